"""A place is told the level of the embolus that it lies in, where the truth tells it."""

import numpy as np
import pytest

from pe_models.findings import ArteryLevel
from pe_models.training.rules.clot_voxels import ClotVoxels
from pe_models.training.store import Embolus

SPACING_MM = (2.5, 1.0, 1.0)
LOBAR, SEGMENTAL = Embolus("lobar", "right", 1, 4), Embolus("segmental", "left", 2, 3)


def clots(*parts: tuple[slice, slice, slice], emboli: tuple[Embolus, ...]) -> ClotVoxels:
    is_clot = np.zeros((8, 30, 40), dtype=np.bool_)
    for part in parts:
        is_clot[part] = True
    return ClotVoxels(is_clot, emboli, SPACING_MM)


RIGHT = np.s_[1:5, 10:13, 5:8]
LEFT = np.s_[2:4, 10:12, 30:33]


def test_each_piece_is_the_embolus_with_its_slices() -> None:
    both = clots(RIGHT, LEFT, emboli=(LOBAR, SEGMENTAL))
    assert both.at((2, 11.0, 6.0)) == (True, ArteryLevel.LOBAR)
    assert both.at((2, 11.0, 31.0)) == (True, ArteryLevel.SEGMENTAL)


@pytest.mark.parametrize(("col", "is_clot"), [(12.0, True), (12.1, False)])
def test_a_place_within_five_millimetres_lies_in_a_clot(col: float, is_clot: bool) -> None:
    assert clots(RIGHT, emboli=(LOBAR,)).at((2, 11.0, col))[0] is is_clot


def test_a_part_of_an_embolus_is_told_by_the_slices_around_it() -> None:
    part = clots(np.s_[2:4, 10:13, 5:8], emboli=(LOBAR,))
    assert part.at((2, 11.0, 6.0)) == (True, ArteryLevel.LOBAR)


def test_emboli_that_touch_are_told_where_one_alone_has_the_slice() -> None:
    upper = Embolus("segmental", "right", 3, 5)
    joined = clots(np.s_[1:6, 10:13, 5:8], emboli=(Embolus("lobar", "right", 1, 3), upper))
    assert joined.at((1, 11.0, 6.0)) == (True, ArteryLevel.LOBAR)
    assert joined.at((5, 11.0, 6.0)) == (True, ArteryLevel.SEGMENTAL)
    assert joined.at((3, 11.0, 6.0)) == (True, None)


def test_where_there_is_no_clot_nothing_lies_in_one() -> None:
    assert clots(emboli=()).at((2, 11.0, 6.0)) == (False, None)
