"""Slices stored mirrored or turned come to the nets as any other, and their maps go back."""

import itertools

import numpy as np
import pytest

from pe_models.findings import Crop, Heatmap
from pe_models.imaging.geometry import Geometry
from pe_models.imaging.volume import SliceStamp, Volume, VolumeOrigin
from pe_models.orientation import InPlaneTurn

SHAPE = (3, 5, 8)
SPACING_MM = (2.5, 0.7, 0.9)
ORIGIN = VolumeOrigin("1.2", "1.3", tuple(SliceStamp(f"1.4.{k}", k, None, k) for k in range(3)))
TURNS = [InPlaneTurn(*flags) for flags in itertools.product((False, True), repeat=3)]


def upright() -> Volume:
    """An asymmetric Volume, rows toward posterior, cols toward left, with some padding."""
    hu = np.arange(np.prod(SHAPE), dtype=np.int16).reshape(SHAPE)
    geometry = Geometry.axial(SHAPE, SPACING_MM, (-100.0, -80.0, 20.0))
    return Volume(hu, geometry, ORIGIN, padding=np.packbits(hu % 7 == 0, axis=2))


def stored_as(turn: InPlaneTurn) -> Volume:
    """The same patient, stored so that ``turn`` brings the slices upright again."""
    volume = upright()
    mask = np.stack([volume.padding_mask(k) for k in range(3)])
    rows_step, cols_step = (-1 if flip else 1 for flip in (turn.flips_rows, turn.flips_cols))

    def store(array: np.ndarray) -> np.ndarray:
        mirrored = array[:, ::rows_step, ::cols_step]
        return np.ascontiguousarray(mirrored.swapaxes(1, 2) if turn.exchanges else mirrored)

    axes = [(0.0, 0.0, 1.0), (0.0, float(rows_step), 0.0), (float(cols_step), 0.0, 0.0)]
    corner = (0, SHAPE[1] - 1 if rows_step < 0 else 0, SHAPE[2] - 1 if cols_step < 0 else 0)
    order = (0, 2, 1) if turn.exchanges else (0, 1, 2)
    hu = store(volume.hu)
    geometry = Geometry(
        shape=hu.shape,  # type: ignore[arg-type]
        spacing_mm=tuple(SPACING_MM[k] for k in order),  # type: ignore[arg-type]
        origin_mm=tuple(volume.geometry.to_patient_mm(corner).tolist()),
        directions=tuple(axes[k] for k in order),  # type: ignore[arg-type]
    )
    return Volume(hu, geometry, ORIGIN, padding=np.packbits(store(mask), axis=2))


def test_upright_slices_are_not_even_copied() -> None:
    volume = upright()
    assert InPlaneTurn.of(volume.geometry).turned(volume) is volume


@pytest.mark.parametrize("turn", TURNS, ids=str)
def test_each_way_of_storing_is_recognised(turn: InPlaneTurn) -> None:
    assert InPlaneTurn.of(stored_as(turn).geometry) == turn


@pytest.mark.parametrize("turn", TURNS, ids=str)
def test_a_turned_volume_equals_the_upright_one(turn: InPlaneTurn) -> None:
    turned, expected = turn.turned(stored_as(turn)), upright()
    np.testing.assert_array_equal(turned.hu, expected.hu)
    np.testing.assert_allclose(turned.geometry.origin_mm, expected.geometry.origin_mm)
    np.testing.assert_allclose(turned.geometry.directions, expected.geometry.directions)
    assert turned.geometry.spacing_mm == expected.geometry.spacing_mm
    for k in range(3):
        np.testing.assert_array_equal(turned.padding_mask(k), expected.padding_mask(k))


@pytest.mark.parametrize("turn", TURNS, ids=str)
def test_a_point_goes_back_to_the_same_voxel(turn: InPlaneTurn) -> None:
    row, col = turn.stored_point(3, 6, rows=SHAPE[1], cols=SHAPE[2])
    assert stored_as(turn).hu[1, int(row), int(col)] == upright().hu[1, 3, 6]


@pytest.mark.parametrize("turn", TURNS, ids=str)
def test_a_crop_goes_back_to_the_same_voxels(turn: InPlaneTurn) -> None:
    crop = Crop(1, 3, 2, 7)
    stored = stored_as(turn)
    back = turn.stored_crop(crop, rows=SHAPE[1], cols=SHAPE[2])
    inside = stored.hu[:, back.row_min : back.row_max, back.col_min : back.col_max]
    assert sorted(inside.ravel()) == sorted(upright().hu[:, 1:3, 2:7].ravel())
    rows, cols = stored.geometry.shape[1:]
    assert turn.turned_crop(back, rows=rows, cols=cols) == crop


@pytest.mark.parametrize("turn", TURNS, ids=str)
def test_a_map_lies_over_the_same_voxels_when_it_goes_back(turn: InPlaneTurn) -> None:
    crop = Crop(1, 5, 2, 8)
    heatmap = Heatmap(1, upright().hu[1, 1:5, 2:8].astype(np.float32), crop)
    back = turn.stored_heatmap(heatmap, rows=SHAPE[1], cols=SHAPE[2])
    under = stored_as(turn).hu[1, back.crop.row_min : back.crop.row_max]
    np.testing.assert_array_equal(back.values, under[:, back.crop.col_min : back.crop.col_max])


def test_a_slightly_turned_head_is_no_turn() -> None:
    c, s = np.cos(0.3), np.sin(0.3)
    geometry = Geometry(SHAPE, SPACING_MM, (0, 0, 0), ((0, 0, 1), (-s, c, 0), (c, s, 0)))
    assert InPlaneTurn.of(geometry) == InPlaneTurn()
