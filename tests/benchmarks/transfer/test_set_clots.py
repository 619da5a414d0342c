"""set_clots: clots with known masks in arteries whose voxels are known."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks.transfer.set_clots import Filling, SetClot, lumen_at, set_clot, side_by_side
from benchmarks.transfer.sites import Place, Site
from pe_models.errors import InputError
from pe_models.imaging.volume import Volume
from pe_models.phantom.spec import Level

MakeArtery = Callable[..., Volume]


def clot_in(
    volume: Volume, filling: Filling, *, level: Level = Level.SEGMENTAL, seed: int = 0
) -> SetClot:
    site = Site("tube-00", "tube", Place("2.25.9", 35, 38), level, "left", "a tube")
    return set_clot(site, volume, lumen_at(site, volume, 400.0), filling, seed)


@pytest.mark.parametrize("around_hu", [-850.0, 0.0])
def test_a_complete_clot_leaves_no_blood_and_keeps_the_border(
    make_artery: MakeArtery, from_axis_mm: NDArray[np.float64], around_hu: float
) -> None:
    before = make_artery(3.5, around_hu=around_hu)
    clot = clot_in(before, Filling.COMPLETE)
    k = clot.slices[len(clot.slices) // 2]
    plane = clot.volume.hu[k]
    assert plane[from_axis_mm < 2.0].mean() == pytest.approx(clot.clot_hu, abs=25)
    outside = plane[(from_axis_mm > 2.6) & (from_axis_mm < 5.0)]
    assert outside.max() < clot.clot_hu + 110
    assert outside.min() > around_hu - 60
    assert np.array_equal(plane[from_axis_mm > 7.0], before.hu[k][from_axis_mm > 7.0])


def test_contrast_passes_around_a_central_clot(
    make_artery: MakeArtery, from_axis_mm: NDArray[np.float64]
) -> None:
    clot = clot_in(make_artery(5.0, around_hu=0.0), Filling.CENTRAL)
    k = clot.slices[len(clot.slices) // 2]
    assert clot.volume.hu[k][35, 38] < 150
    ring = clot.volume.hu[k][(from_axis_mm > 3.9) & (from_axis_mm < 4.3)]
    assert ring.mean() > clot.clot_hu + 100


def test_an_eccentric_clot_lies_to_one_side(make_artery: MakeArtery) -> None:
    clot = clot_in(make_artery(5.0, around_hu=0.0), Filling.ECCENTRIC)
    middle = np.argwhere(clot.mask)[:, 1:].mean(axis=0)
    away_mm = np.hypot(*((middle - (35, 38)) * (0.7, 0.8)))
    assert away_mm > 1.0


def test_the_noise_stays(make_artery: MakeArtery) -> None:
    before = make_artery(5.0, around_hu=0.0, noise_hu=20.0)
    clot = clot_in(before, Filling.COMPLETE)
    k = clot.slices[len(clot.slices) // 2]
    inside = (slice(33, 38), slice(36, 41))
    assert clot.volume.hu[k][inside].std() == pytest.approx(before.hu[k][inside].std(), rel=0.4)
    removed = before.hu[k].astype(float) - clot.volume.hu[k]
    assert np.abs(np.diff(removed[inside])).max() < 25


def test_the_mask_lies_where_voxels_changed_most(make_artery: MakeArtery) -> None:
    before = make_artery(3.0)
    clot = clot_in(before, Filling.COMPLETE)
    removed = before.hu.astype(float) - clot.volume.hu
    assert removed[clot.mask].min() > 120
    assert removed[~clot.mask].max() < 0.75 * removed.max()
    assert np.array_equal(np.flatnonzero(clot.mask.any(axis=(1, 2))), clot.slices)


def test_equal_arguments_give_equal_voxels_and_another_seed_others(
    make_artery: MakeArtery,
) -> None:
    before = make_artery(3.0)
    first, second = (clot_in(before, Filling.CENTRAL) for _ in range(2))
    other = clot_in(before, Filling.CENTRAL, seed=1)
    assert np.array_equal(first.volume.hu, second.volume.hu)
    assert np.array_equal(first.mask, second.mask)
    assert not np.array_equal(first.volume.hu, other.volume.hu)


def test_a_clot_in_a_thin_artery_still_has_a_mask(make_artery: MakeArtery) -> None:
    before = make_artery(1.3, noise_hu=10.0)
    clot = clot_in(before, Filling.COMPLETE, level=Level.SUBSEGMENTAL)
    assert clot.mask.any()
    assert clot.volume.hu[clot.mask].max() < 180


def test_a_site_without_artery_is_refused_by_its_name(make_artery: MakeArtery) -> None:
    site = Site("tube-07", "tube", Place("2.25.9", 10, 10), Level.LOBAR, "left", "lung")
    with pytest.raises(InputError, match="tube-07"):
        lumen_at(site, make_artery(3.0), 400.0)


def test_the_picture_shows_before_after_and_mask(make_artery: MakeArtery) -> None:
    before = make_artery(3.0)
    picture = side_by_side(clot_in(before, Filling.COMPLETE), before, reach_px=20)
    assert picture.shape[1] == 3 * 40 * 4
    old, new = picture[:, 60:100].mean(), picture[:, 160 + 60 : 160 + 100].mean()
    assert new < 0.7 * old
