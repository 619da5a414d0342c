"""Planes: where their pixels lie, how radiologists hold them, and how they are turned."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pe_models.imaging.geometry import Geometry
from pe_models.imaging.reslicing.plane import Plane, PlaneAxis

GEOMETRY = Geometry.axial((6, 40, 60), (2.5, 0.7, 0.5), (-20.0, -15.0, -100.0))
INSIDE_MM = (-5.0, 3.0, -96.0)

# DICOM's axes (PS3.3 C.7.6.2.1.1): x grows to the patient's left, y to posterior, z to superior.
SIDES = {
    "left": (1, 0, 0),
    "right": (-1, 0, 0),
    "posterior": (0, 1, 0),
    "anterior": (0, -1, 0),
    "superior": (0, 0, 1),
    "inferior": (0, 0, -1),
}


@pytest.mark.parametrize(
    ("make", "at_the_left", "at_the_top", "farthest"),
    [
        (Plane.axial, "right", "anterior", "superior"),
        (Plane.coronal, "right", "superior", "posterior"),
        (Plane.sagittal, "anterior", "superior", "right"),
    ],
)
def test_pictures_are_held_as_radiologists_hold_them(make, at_the_left, at_the_top, farthest):
    plane = make(GEOMETRY, INSIDE_MM)

    np.testing.assert_array_equal(-np.asarray(plane.col_direction), SIDES[at_the_left])
    np.testing.assert_array_equal(-np.asarray(plane.row_direction), SIDES[at_the_top])
    np.testing.assert_array_equal(plane.normal, SIDES[farthest])


@pytest.mark.parametrize("make", [Plane.axial, Plane.coronal, Plane.sagittal])
def test_a_plane_goes_through_its_point_and_covers_the_volume(make):
    plane = make(GEOMETRY, INSIDE_MM)

    assert plane.distance_mm(INSIDE_MM) == pytest.approx(0.0, abs=1e-9)
    corners = GEOMETRY.to_patient_mm([(k, i, j) for k in (0, 5) for i in (0, 39) for j in (0, 59)])
    pixels = plane.to_pixel(corners)
    assert pixels.min() >= -1e-9
    assert (pixels <= np.asarray(plane.shape) - 1 + 1e-9).all()
    # One pixel more on any side would lie outside all voxels.
    edges_mm = 0.5 * np.abs(np.asarray(GEOMETRY.directions)).T @ np.asarray(GEOMETRY.spacing_mm)
    reach = np.ptp(pixels, axis=0) * plane.spacing_mm
    beyond = np.abs((plane.row_direction, plane.col_direction)) @ edges_mm * 2
    assert ((np.asarray(plane.shape) - 1) * plane.spacing_mm <= reach + beyond + 1e-9).all()


def test_pixels_lie_on_voxel_centres_where_the_spacing_is_theirs():
    plane = Plane.coronal(GEOMETRY, INSIDE_MM)

    cols = plane.to_voxel([(0, 0), (0, 1), (0, 59)], GEOMETRY)[:, 2]

    assert plane.spacing_mm == 0.5
    assert plane.shape[1] == 60
    np.testing.assert_allclose(cols, [0, 1, 59], atol=1e-9)


def test_a_tilted_stack_is_covered_too():
    tilted = Geometry(
        (6, 40, 60),
        (2.5, 0.7, 0.5),
        (-20.0, -15.0, -100.0),
        ((0.0, np.sin(0.35), np.cos(0.35)), (0.0, 1.0, 0.0), (1.0, 0.0, 0.0)),
    )
    plane = Plane.sagittal(tilted, INSIDE_MM)
    corners = tilted.to_patient_mm([(k, i, j) for k in (0, 5) for i in (0, 39) for j in (0, 59)])

    pixels = plane.to_pixel(corners)

    assert pixels.min() >= -1e-9
    assert (pixels <= np.asarray(plane.shape) - 1 + 1e-9).all()


angles = st.floats(-180, 180)
points = st.tuples(st.floats(-50, 50), st.floats(-50, 50), st.floats(-150, 50))


@given(st.sampled_from(PlaneAxis), angles, points)
def test_turning_keeps_the_pivot_on_its_pixel(axis, degrees, pivot_mm):
    plane = Plane.coronal(GEOMETRY, INSIDE_MM).through(pivot_mm)

    turned = plane.turned(axis, degrees, pivot_mm=pivot_mm)

    np.testing.assert_allclose(turned.to_pixel(pivot_mm), plane.to_pixel(pivot_mm), atol=1e-6)
    assert turned.distance_mm(pivot_mm) == pytest.approx(0.0, abs=1e-9)
    assert (turned.shape, turned.spacing_mm) == (plane.shape, plane.spacing_mm)


@given(angles, angles, angles)
def test_many_turns_leave_the_directions_orthogonal(first, second, third):
    plane = Plane.axial(GEOMETRY, INSIDE_MM)
    for degrees in (first, second, third) * 5:
        for axis in PlaneAxis:
            plane = plane.turned(axis, degrees)

    axes = np.array([plane.row_direction, plane.col_direction, plane.normal])
    np.testing.assert_allclose(axes @ axes.T, np.eye(3), atol=1e-9)


def test_turning_about_an_axis_follows_the_right_hand_rule():
    axial = Plane.axial(GEOMETRY, INSIDE_MM)

    # About +x (toward the patient's left), y turns toward z.
    np.testing.assert_allclose(
        axial.turned(PlaneAxis.COL, 90).row_direction, SIDES["superior"], atol=1e-12
    )
    # About +y (toward posterior), x turns toward -z.
    np.testing.assert_allclose(
        axial.turned(PlaneAxis.ROW, 90).col_direction, SIDES["inferior"], atol=1e-12
    )
    # About +z (toward superior), x turns toward y.
    np.testing.assert_allclose(
        axial.turned(PlaneAxis.NORMAL, 90).col_direction, SIDES["posterior"], atol=1e-12
    )


def test_a_plane_turns_about_its_centre_unless_a_pivot_is_given():
    plane = Plane.sagittal(GEOMETRY, INSIDE_MM)

    turned = plane.turned(PlaneAxis.NORMAL, 30)

    np.testing.assert_allclose(turned.centre_mm, plane.centre_mm, atol=1e-9)


def test_moving_goes_away_from_the_viewer():
    coronal = Plane.coronal(GEOMETRY, INSIDE_MM)

    moved = coronal.moved(2.0)

    assert moved.distance_mm(INSIDE_MM) == pytest.approx(-2.0)
    np.testing.assert_allclose(np.subtract(moved.origin_mm, coronal.origin_mm), (0, 2, 0))


@given(points, angles)
def test_pixel_to_patient_and_back_is_the_identity(point_mm, degrees):
    plane = Plane.coronal(GEOMETRY, INSIDE_MM).turned(PlaneAxis.ROW, degrees).through(point_mm)

    np.testing.assert_allclose(plane.to_patient_mm(plane.to_pixel(point_mm)), point_mm, atol=1e-6)


def test_the_index_map_says_what_the_geometry_says():
    plane = Plane.sagittal(GEOMETRY, INSIDE_MM).turned(PlaneAxis.COL, 25)
    index_map = plane.index_map(GEOMETRY)

    index = index_map.origin + index_map.steps @ (1.5, 7, 11)

    behind = plane.moved(1.5).to_voxel((7, 11), GEOMETRY)
    np.testing.assert_allclose(index, behind, atol=1e-9)


@pytest.mark.parametrize(
    "changes",
    [
        {"shape": (0, 5)},
        {"spacing_mm": 0.0},
        {"spacing_mm": float("nan")},
        {"origin_mm": (0.0, float("inf"), 0.0)},
        {"row_direction": (0.0, 2.0, 0.0)},
        {"row_direction": (1.0, 0.0, 0.0)},
    ],
)
def test_a_plane_that_is_none_is_refused(changes):
    parts = {
        "origin_mm": (0.0, 0.0, 0.0),
        "row_direction": (0.0, 1.0, 0.0),
        "col_direction": (1.0, 0.0, 0.0),
        "spacing_mm": 1.0,
        "shape": (4, 5),
    }
    with pytest.raises(ValueError):
        Plane(**(parts | changes))
