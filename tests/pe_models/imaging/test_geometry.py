"""Geometry: voxel index <-> patient millimetres, for any sane grid."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pe_models.imaging.geometry import Geometry

coordinates = st.floats(-500, 500)
spacings = st.floats(0.1, 10)


@st.composite
def geometries(draw):
    """Any orientation, with a slice axis that may lean by up to 30 degrees."""
    quaternion = np.array([draw(st.floats(-1, 1)) for _ in range(4)])
    if np.linalg.norm(quaternion) < 0.1:
        quaternion = np.array([1.0, 0, 0, 0])
    w, x, y, z = quaternion / np.linalg.norm(quaternion)
    rotation = np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )
    slice_axis, row_axis, col_axis = rotation
    tilt = np.radians(draw(st.floats(-30, 30)))
    leaning = np.cos(tilt) * slice_axis + np.sin(tilt) * row_axis
    axes = [leaning, row_axis, col_axis]
    return Geometry(
        shape=(3, 40, 60),
        spacing_mm=(draw(spacings), draw(spacings), draw(spacings)),
        origin_mm=(draw(coordinates), draw(coordinates), draw(coordinates)),
        directions=tuple(tuple(float(part) for part in axis) for axis in axes),
    )


@given(geometries(), st.lists(st.floats(-50, 600), min_size=3, max_size=3))
def test_index_to_patient_and_back_is_the_identity(geometry, index):
    back = geometry.to_index(geometry.to_patient_mm(index))
    np.testing.assert_allclose(back, index, atol=1e-6)


@given(geometries())
def test_one_step_along_an_axis_is_its_spacing_long(geometry):
    here = geometry.to_patient_mm((1, 1, 1))
    for axis, spacing in enumerate(geometry.spacing_mm):
        there = geometry.to_patient_mm(np.array((1, 1, 1)) + np.eye(3)[axis])
        assert np.linalg.norm(there - here) == pytest.approx(spacing)


@given(geometries())
def test_the_normal_is_perpendicular_to_rows_and_columns(geometry):
    _, row_axis, col_axis = np.asarray(geometry.directions)
    assert abs(geometry.normal @ row_axis) < 1e-6
    assert abs(geometry.normal @ col_axis) < 1e-6
    assert geometry.normal @ np.asarray(geometry.directions[0]) > 0


def test_many_points_are_mapped_at_once():
    geometry = Geometry.axial((3, 40, 60), (2.5, 0.7, 0.5), (-20, -15, -100))

    points = geometry.to_patient_mm([[0, 0, 0], [1, 2, 3]])

    np.testing.assert_allclose(points, [[-20, -15, -100], [-18.5, -13.6, -97.5]])


def test_tilt_is_the_lean_of_the_slice_axis():
    leaning = (0.0, float(np.sin(0.2)), float(np.cos(0.2)))
    geometry = Geometry((3, 4, 5), (1, 1, 1), (0, 0, 0), (leaning, (0, 1, 0), (1, 0, 0)))

    assert geometry.tilt_degrees == pytest.approx(np.degrees(0.2))
    assert Geometry.axial((3, 4, 5), (1, 1, 1)).tilt_degrees == pytest.approx(0)


@pytest.mark.parametrize(
    "changes",
    [
        {"shape": (0, 4, 5)},
        {"spacing_mm": (1, 0, 1)},
        {"spacing_mm": (1, float("nan"), 1)},
        {"origin_mm": (0, float("inf"), 0)},
        {"directions": ((0, 0, 2), (0, 1, 0), (1, 0, 0))},
        {"directions": ((0, 0, 1), (0.6, 0.8, 0), (1, 0, 0))},
        {"directions": ((0, 1, 0), (0, 1, 0), (1, 0, 0))},
    ],
)
def test_a_grid_that_cannot_be_is_refused(changes):
    sane = {
        "shape": (3, 4, 5),
        "spacing_mm": (1, 1, 1),
        "origin_mm": (0, 0, 0),
        "directions": ((0, 0, 1), (0, 1, 0), (1, 0, 0)),
    }
    Geometry(**sane)
    with pytest.raises(ValueError):
        Geometry(**{**sane, **changes})
