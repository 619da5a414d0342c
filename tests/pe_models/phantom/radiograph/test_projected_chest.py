"""The chest in projection: what it weighs, which way round it is, and where points of it fall."""

from dataclasses import replace

import numpy as np
import pytest

from pe_models.phantom.radiograph.chest import Chest, in_slabs
from pe_models.phantom.radiograph.filling import Filling, box_about
from pe_models.phantom.radiograph.view import Position, View
from pe_models.phantom.shapes import coverage, ellipsoid

PX = 128
STRAIGHT = View(Position.PA, 1800.0, 30.0, 380.0, 0.0, 0.0, 0.0, (0.0, 0.0))


def _ball(chest: Chest, centre: tuple[float, float, float], radius: float) -> Filling:
    filling = Filling.of(replace(chest.lungs, cover=np.ones_like(chest.lungs.cover)))
    box = box_about(chest.lungs, centre, radius + 5.0)
    rows, depths, cols = box
    lungs = chest.lungs
    body = ellipsoid(lungs.x[:, :, cols], lungs.y[:, depths], lungs.z[rows], centre, (radius,) * 3)
    filling.density[...] = 0.0
    filling.fill(box, coverage(body, 3.0), 1.0)
    return filling


def test_the_spine_is_in_the_way_more_than_the_lungs(chest: Chest) -> None:
    water = STRAIGHT.project(chest.slabs, chest, PX)
    middle = water[40:70, 60:68].mean()
    beside = np.minimum(water[40:70, 34:40].mean(), water[40:70, 88:94].mean())
    # A chest of some 20 cm holds 15 cm of tissue before and behind the heart, half of it beside.
    assert 100.0 < middle < 320.0
    assert beside < 0.75 * middle


def test_the_heart_lies_at_the_right_of_the_picture_which_is_the_patients_left(
    chest: Chest,
) -> None:
    lung = in_slabs(chest.lungs.cover).sum(axis=0)
    right, left = lung[:, : lung.shape[1] // 2].sum(), lung[:, lung.shape[1] // 2 :].sum()
    assert left < right


def test_the_domes_are_below_and_the_apices_above(chest: Chest) -> None:
    lung = in_slabs(chest.lungs.cover).sum(axis=0) > 5.0
    rows = np.flatnonzero(lung.any(axis=1))
    widths = lung.sum(axis=1)
    third = (rows[-1] - rows[0]) // 3
    assert widths[rows[0] : rows[0] + third].mean() < widths[rows[-1] - third : rows[-1]].mean()


@pytest.mark.parametrize("centre", [(-70.0, -30.0, -50.0), (60.0, 40.0, 10.0)])
def test_a_ball_falls_where_its_middle_is_placed_and_is_as_thick_as_it_is(
    chest: Chest, centre: tuple[float, float, float]
) -> None:
    view = replace(STRAIGHT, turn_deg=5.0, tilt_deg=-4.0, roll_deg=2.0, shift_mm=(6.0, -9.0))
    shadow = view.project(in_slabs(_ball(chest, centre, 18.0).density), chest, PX)
    rows, cols = np.mgrid[0:PX, 0:PX]
    col, row = view.place(centre, chest, PX)
    assert (cols * shadow).sum() / shadow.sum() == pytest.approx(col, abs=0.7)
    assert (rows * shadow).sum() / shadow.sum() == pytest.approx(row, abs=0.7)
    assert shadow.max() == pytest.approx(36.0 * chest.scene.habitus.scale[1], rel=0.12)


def test_what_is_far_from_the_detector_is_larger(chest: Chest) -> None:
    # The heart lies in front: near the detector from behind, far from it from the front.
    from_front = replace(STRAIGHT, position=Position.AP, source_mm=1100.0)
    assert from_front.magnification(-40.0) > STRAIGHT.magnification(-40.0) > 1.0
    assert STRAIGHT.magnification(100.0) > STRAIGHT.magnification(-100.0)


def test_slabs_hold_the_water_of_the_volume_that_they_are_made_of(chest: Chest) -> None:
    whole = in_slabs(chest.lungs.density)
    assert whole.shape[0] == len(chest.slab_y) == len(chest.slabs)
    painted = chest.slabs.sum(axis=0)[::2]
    halved = painted.reshape(len(painted), -1, 2).mean(axis=2)
    assert whole.sum(axis=0) == pytest.approx(halved, rel=1e-3, abs=1e-2)


def test_rows_that_are_not_painted_are_the_mean_of_their_neighbours(chest: Chest) -> None:
    between, last = chest.slabs[:, 1:-1:2], chest.slabs[:, -1]
    mean = 0.5 * (chest.slabs[:, :-2:2] + chest.slabs[:, 2::2])
    assert between == pytest.approx(mean, abs=1e-3)
    assert np.array_equal(last, chest.slabs[:, -2])


def test_nothing_is_filled_twice(chest: Chest) -> None:
    filling = Filling.of(chest.lungs)
    place = np.argwhere(chest.lungs.cover > 0.99)[0]
    box = tuple(slice(int(at), int(at) + 1) for at in place)
    one = np.ones((1, 1, 1), np.float32)
    first = filling.fill((box[0], box[1], box[2]), one, 0.9)
    again = filling.fill((box[0], box[1], box[2]), one, 0.9)
    assert first.item() > 0.1
    assert again.item() == pytest.approx(0.0, abs=1e-6)
