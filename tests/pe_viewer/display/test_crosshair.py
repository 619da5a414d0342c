"""The point that all planes go through, on upright, tilted, mirrored and broken stacks."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pe_models.imaging.geometry import Geometry
from pe_models.imaging.reslicing.voxels import Voxels
from pe_viewer.display.crosshair import (
    centre_mm,
    middle_of_slice,
    nearest_voxel,
    on_slice,
    point_mm_at,
    row_col_at,
    stepped,
)

SHAPE = (6, 40, 60)
SPACING_MM = (2.5, 0.7, 0.5)
ORIGIN_MM = (-20.0, -15.0, -100.0)
UPRIGHT = Geometry.axial(SHAPE, SPACING_MM, ORIGIN_MM)
LEAN = float(np.sin(np.radians(20))), float(np.cos(np.radians(20)))
TILTED = Geometry(
    SHAPE, SPACING_MM, ORIGIN_MM, ((0.0, LEAN[0], LEAN[1]), (0.0, 1.0, 0.0), (1.0, 0.0, 0.0))
)
MIRRORED = Geometry(
    SHAPE, SPACING_MM, ORIGIN_MM, ((0.0, 0.0, 1.0), (0.0, -1.0, 0.0), (-1.0, 0.0, 0.0))
)
CORONAL = Geometry(
    SHAPE, SPACING_MM, ORIGIN_MM, ((0.0, 1.0, 0.0), (0.0, 0.0, -1.0), (1.0, 0.0, 0.0))
)
GEOMETRIES = (UPRIGHT, TILTED, MIRRORED, CORONAL)

voxel_indices = st.tuples(*(st.integers(0, extent - 1) for extent in SHAPE))


def voxels_of(geometry: Geometry) -> Voxels:
    return Voxels(np.zeros(geometry.shape, dtype=np.int16), geometry)


def with_a_gap() -> Voxels:
    """Six slices; between the third and the fourth two are missing."""
    geometry = Geometry.axial((8, *SHAPE[1:]), SPACING_MM, ORIGIN_MM)
    levels = np.array([0, 1, 2, 5, 6, 7])
    return Voxels(np.zeros(SHAPE, dtype=np.int16), geometry, level_of_slice=levels)


@given(st.sampled_from(GEOMETRIES), voxel_indices)
def test_the_centre_of_a_voxel_lies_in_that_voxel(geometry: Geometry, voxel: Any) -> None:
    voxels = voxels_of(geometry)
    assert nearest_voxel(voxels, centre_mm(voxels, voxel)) == voxel


@given(voxel_indices)
def test_beyond_a_gap_slices_are_still_counted_as_slices(voxel: Any) -> None:
    voxels = with_a_gap()
    point_mm = centre_mm(voxels, voxel)
    n_missing = 2 if voxel[0] >= 3 else 0
    assert point_mm[2] == pytest.approx(-100.0 + 2.5 * (voxel[0] + n_missing))
    assert nearest_voxel(voxels, point_mm) == voxel


@pytest.mark.parametrize(("above_mm", "slice_index"), [(5.5, 2), (8.0, 2), (9.5, 3), (12.0, 3)])
def test_within_a_gap_the_nearest_slice_is_taken(above_mm: float, slice_index: int) -> None:
    """The gap lies between 5 and 12.5 mm; its middle is at 8.75."""
    voxels = with_a_gap()
    assert nearest_voxel(voxels, (0.0, 0.0, -100.0 + above_mm))[0] == slice_index


def test_a_point_outside_is_brought_to_the_nearest_voxel() -> None:
    voxels = voxels_of(UPRIGHT)
    assert nearest_voxel(voxels, (500.0, -500.0, 500.0)) == (5, 0, 59)
    assert centre_mm(voxels, (9, -3, 17)) == centre_mm(voxels, (5, 0, 17))


@given(st.sampled_from(GEOMETRIES), voxel_indices, st.integers(0, 5))
def test_following_a_slice_moves_along_one_patient_axis_alone(
    geometry: Geometry, voxel: Any, slice_index: int
) -> None:
    """The planes beside the slices stay where they are, however the gantry was tilted."""
    voxels = voxels_of(geometry)
    before = centre_mm(voxels, voxel)
    after = on_slice(voxels, before, slice_index)
    across = 1 if geometry is CORONAL else 2
    kept = [axis for axis in range(3) if axis != across]
    assert [after[axis] for axis in kept] == [before[axis] for axis in kept]
    assert geometry.to_index(after)[0] == pytest.approx(slice_index, abs=1e-9)


def test_following_a_slice_beyond_a_gap_lands_on_it() -> None:
    voxels = with_a_gap()
    assert on_slice(voxels, (1.0, 2.0, -100.0), 3) == pytest.approx((1.0, 2.0, -87.5))


@pytest.mark.parametrize("geometry", [UPRIGHT, MIRRORED, CORONAL])
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_step_goes_one_voxel_toward_left_back_or_head(geometry: Geometry, axis: int) -> None:
    voxels = voxels_of(geometry)
    before = centre_mm(voxels, (2, 20, 30))
    after = stepped(voxels, before, axis, 1)
    moved = np.subtract(after, before)
    spacing_mm = np.abs(np.asarray(geometry.directions)[:, axis]) @ geometry.spacing_mm
    assert moved[axis] == pytest.approx(spacing_mm)
    assert np.count_nonzero(np.abs(moved) > 1e-9) == 1
    assert stepped(voxels, after, axis, -1) == pytest.approx(before)


def test_a_step_stops_at_the_end() -> None:
    voxels = voxels_of(UPRIGHT)
    last = centre_mm(voxels, (2, 39, 30))
    assert stepped(voxels, last, 1, 5) == last


@given(voxel_indices)
def test_a_pixel_of_a_slice_and_its_point_are_each_others_inverse(voxel: Any) -> None:
    for voxels in (voxels_of(TILTED), with_a_gap()):
        slice_index, row, col = voxel
        point_mm = point_mm_at(voxels, slice_index, row + 0.25, col - 0.5)
        assert row_col_at(voxels, point_mm) == pytest.approx((row + 0.25, col - 0.5))


def test_the_crosshair_begins_in_the_middle_of_the_slice() -> None:
    assert nearest_voxel(voxels_of(UPRIGHT), middle_of_slice(voxels_of(UPRIGHT), 4)) == (4, 20, 30)
