"""FineGrid: a patch on a finer grid, and back through the scanner."""

from collections.abc import Callable

import numpy as np
import pytest

from benchmarks.transfer.fine_grid import FineGrid
from pe_models.imaging.volume import Volume

CENTRE = (8, 35, 38)


@pytest.fixture
def ramp(volume_of: Callable[..., Volume]) -> Volume:
    plane = np.add.outer(np.arange(72) * 3.0, np.arange(80))
    return volume_of(np.add.outer(np.arange(16) * 50.0, plane))


def test_the_fine_grid_meets_every_voxel_of_its_window(ramp: Volume) -> None:
    grid = FineGrid.around(ramp, CENTRE)
    window = tuple(slice(*ends) for ends in grid.window)
    k, row, col = grid.factors
    np.testing.assert_allclose(grid.hu[::k, ::row, ::col], ramp.hu[window], rtol=1e-6)
    at_centre = grid.hu[grid.centre]
    assert at_centre == ramp.hu[CENTRE]


def test_between_voxels_the_fine_grid_is_linear(ramp: Volume) -> None:
    grid = FineGrid.around(ramp, CENTRE)
    k, row, col = grid.centre
    middle = grid.hu[k, row, col + 1]
    assert middle == pytest.approx(0.5 * (grid.hu[k, row, col] + grid.hu[k, row, col + 2]))


def test_the_scanner_keeps_the_amount_of_what_it_blurs(ramp: Volume) -> None:
    grid = FineGrid.around(ramp, CENTRE)
    share = np.zeros(grid.hu.shape, dtype=np.float32)
    k, row, col = grid.centre
    share[k - 6 : k + 7, row - 5 : row + 6, col - 5 : col + 6] = 1.0
    fine_per_voxel = float(np.prod(grid.factors))
    assert grid.seen(share).sum() == pytest.approx(share.sum() / fine_per_voxel, rel=0.02)
    assert grid.covered(share).sum() == pytest.approx(share.sum() / fine_per_voxel, rel=0.02)


def test_a_voxel_within_is_covered_wholly_and_one_apart_not_at_all(ramp: Volume) -> None:
    grid = FineGrid.around(ramp, CENTRE)
    share = np.zeros(grid.hu.shape, dtype=np.float32)
    k, row, col = grid.centre
    share[k - 6 : k + 7, row - 5 : row + 6, col - 5 : col + 6] = 1.0
    covered = grid.covered(share)
    at = tuple(c // f for c, f in zip(grid.centre, grid.factors, strict=True))
    assert covered[at] == pytest.approx(1.0)
    assert covered[at[0], at[1], at[2] + 6] == 0.0


def test_a_vessel_cut_by_the_last_slice_keeps_its_calibre(ramp: Volume) -> None:
    grid = FineGrid.around(ramp, CENTRE)
    inside = np.zeros(grid.hu.shape, dtype=np.bool_)
    inside[:, 20:31, 20:31] = True
    radius = grid.distance_mm(inside)
    assert radius[-1, 25, 25] == radius[len(radius) // 2, 25, 25] > 0
