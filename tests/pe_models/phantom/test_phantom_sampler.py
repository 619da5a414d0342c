"""Parts of a phantom straight to arrays."""

import numpy as np
import pytest

from pe_models.phantom.sampler import ARTERY, PhantomSampler, Region
from pe_models.phantom.spec import PhantomError
from pe_models.phantom.study import Phantom


@pytest.fixture(scope="module")
def sampler(positive_spec) -> PhantomSampler:  # type: ignore[no-untyped-def]
    return PhantomSampler.plan(7, positive_spec)


def test_a_block_is_that_part_of_the_whole_study(
    sampler: PhantomSampler, positive: Phantom
) -> None:
    box = np.s_[20:23, 30:75, 41:90]
    block = sampler.block(Region((20, 23), (30, 75), (41, 90)))
    difference = np.abs(block.hu.astype(int) - positive.hu[box])
    assert np.percentile(difference, 99) <= 1
    assert difference.max() <= 20  # rounding at the edge of a patch of a distance field
    assert ((block.clot > 0) != (positive.clot[box] > 0)).mean() < 1e-3
    assert (block.vessel != positive.vessel[box]).mean() < 1e-3


def test_clot_centres_lie_about_the_clots(sampler: PhantomSampler, positive: Phantom) -> None:
    centres = sampler.clot_centres()
    for centre, embolus in zip(centres, positive.truth.emboli, strict=True):
        off_mm = (centre - embolus.center_slice_row_col) * positive.geometry.spacing_mm
        assert np.linalg.norm(off_mm) < 15.0


def test_artery_points_lie_in_arteries(sampler: PhantomSampler, positive: Phantom) -> None:
    points = np.rint(sampler.artery_points()).astype(int)
    shape = np.asarray(positive.hu.shape)
    inside = points[((points >= 0) & (points < shape)).all(axis=1)]
    wide = inside[:60]  # the named trunks stand first
    assert (positive.vessel[tuple(wide.T)] == ARTERY).mean() > 0.9


def test_a_region_about_a_voxel_is_moved_into_the_study() -> None:
    region = Region.about((2.0, 50.0, 126.0), (8, 32, 32))
    assert region == Region((-2, 6), (34, 66), (110, 142))
    assert region.within((48, 128, 128)) == Region((0, 8), (34, 66), (96, 128))


@pytest.mark.parametrize("rows", [(5, 5), (0, 129), (9, 2)])
def test_a_region_that_cannot_fit_is_refused(rows: tuple[int, int]) -> None:
    with pytest.raises(PhantomError, match="1 to 128 voxels"):
        Region((0, 4), rows, (0, 10)).within((48, 128, 128))


def test_a_planned_phantom_without_clots_has_no_clot_centres() -> None:
    from pe_models.phantom.spec import PhantomSpec

    negative = PhantomSampler.plan(8, PhantomSpec(matrix=64, n_slices=16, is_positive=False))
    assert negative.clot_centres().shape == (0, 3)
