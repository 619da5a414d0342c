"""Maps kept slice by slice come back in slice order, over the crop alone."""

import numpy as np
import pytest
import torch

from pe_models.nets.kept_maps import KeptMaps
from pe_models.nets.tissues import Tissue
from pe_models.preprocess import Framed

ROWS, COLS = Framed(4, 8, 4), Framed(8, 16, 8)
"""An input of 16 x 32 px: maps of 8 x 16 cells, of which rows 2 to 5 and cols 4 to 11 count."""


def tissues(*hot: tuple[Tissue, int, int, int]) -> torch.Tensor:
    """Logits (2, tissue, 8, 16), +8 about each (tissue, slice, row, col), -8 elsewhere."""
    maps = torch.full((2, len(Tissue), 8, 16), -8.0)
    for tissue, k, row, col in hot:
        maps[k, tissue, row - 1 : row + 2, col - 1 : col + 2] = 8.0
    return maps


def test_slices_come_back_in_order_over_the_crop() -> None:
    kept = KeptMaps()
    kept.add((2, 0), [tissues((Tissue.CLOT, 0, 3, 5))])
    kept.add((1, 3), [tissues((Tissue.ARTERY, 1, 4, 9))])
    found = kept.within((ROWS, COLS))
    assert found is not None
    clot, vessel = found
    assert clot.shape == vessel.shape == (4, 4, 8)
    assert np.unravel_index(clot.argmax(), clot.shape) == (2, 1, 1)
    assert clot[2, 1, 1] == pytest.approx(8.0, abs=0.1)
    assert sorted(set(np.argwhere(vessel)[:, 0].tolist())) == [2, 3]
    assert vessel[3, 2, 5]


def test_the_maps_of_several_nets_are_averaged() -> None:
    """Of scores: one net is sure and one sees nothing."""
    kept = KeptMaps()
    kept.add((0, 1), [tissues((Tissue.CLOT, 0, 3, 5)), tissues()])
    found = kept.within((ROWS, COLS))
    assert found is not None
    assert found[0][0, 1, 1] == pytest.approx(0.0, abs=0.01)


def test_nets_without_maps_leave_nothing() -> None:
    kept = KeptMaps()
    kept.add((0, 1), [None, None])
    assert kept.within(None) is None
