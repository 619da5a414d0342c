"""Training crops: places, warps, contrast and noise."""

import numpy as np
import pytest

from benchmarks.transfer.crops import CROP_PX, Places, draw_crop
from benchmarks.transfer.phantom_cache import BLOOD, CLOT, VEIN, TrainingPhantom

LUNG_HU, BLOOD_HU, VEIN_HU, CLOT_HU = -850, 400, 250, 50


@pytest.fixture(scope="module")
def phantom() -> TrainingPhantom:
    """A thick and a thin artery, the thin one with a clot, and a vein, in lung."""
    label = np.zeros((5, 200, 220), dtype=np.uint8)
    label[:, 40:100, 40:100] = BLOOD
    label[:, 130:142, 150:162] = BLOOD
    label[2, 133:139, 153:159] = CLOT
    label[:, 60:80, 150:170] = VEIN
    table = np.array([LUNG_HU, BLOOD_HU, VEIN_HU, CLOT_HU], dtype=np.int16)
    hu = table[label]
    hu[:, :, :10] = -1000
    return TrainingPhantom(
        seed=5,
        is_easy=False,
        slice_mm=2.5,
        pixel_mm=0.75,
        hu=hu,
        label=label,
        lookalikes=np.array([[0, 9, 9], [2, 150, 30], [3, 40, 40]]),
        lookalike_kinds=np.array(["node", "node", "nodule"]),
    )


@pytest.fixture(scope="module")
def places(phantom: TrainingPhantom) -> Places:
    return Places.of(phantom, np.random.default_rng(0))


def test_places_lie_where_they_say_and_never_at_an_end(
    phantom: TrainingPhantom, places: Places
) -> None:
    assert set(phantom.label[tuple(places.clots.T)]) == {CLOT}
    assert set(phantom.label[tuple(places.arteries.T)]) <= {BLOOD, CLOT}
    for kind in (places.clots, places.arteries, *places.lookalikes, places.body):
        assert 1 <= kind[:, 0].min() <= kind[:, 0].max() <= 3


def test_a_thin_artery_is_chosen_more_often_than_its_area_says(places: Places) -> None:
    thin = np.mean(places.arteries[:, 2] > 120)
    assert thin > 2.5 * (12 * 12) / (60 * 60)


def test_half_the_crops_lie_at_arteries_and_clots(places: Places) -> None:
    rng = np.random.default_rng(1)
    drawn = [tuple(places.draw(rng)) for _ in range(600)]
    at_clots = np.mean([d in set(map(tuple, places.clots)) for d in drawn])
    at_node = np.mean([d == (2, 150, 30) for d in drawn])
    at_nodule = np.mean([d == (3, 40, 40) for d in drawn])
    assert 0.24 < at_clots < 0.4
    assert 0.1 < at_node + at_nodule < 0.2
    assert at_node > 0.04
    assert at_nodule > 0.04


def test_label_and_hu_are_warped_together(phantom: TrainingPhantom, places: Places) -> None:
    rng = np.random.default_rng(2)
    for _ in range(8):
        crop = draw_crop(phantom, places, rng, most_noise_hu=3.1)
        assert crop.hu.shape == (3, CROP_PX, CROP_PX)
        middle = crop.hu[1]
        inner = crop.label == BLOOD
        if inner.sum() > 200:
            assert np.median(middle[inner]) > 200
        outside = (crop.label == 0) & (middle < 100)
        assert outside.sum() > 0.9 * (crop.label == 0).sum() - 400


def test_a_clot_stays_darker_than_its_artery(phantom: TrainingPhantom, places: Places) -> None:
    rng = np.random.default_rng(3)
    compared = 0
    for _ in range(60):
        crop = draw_crop(phantom, places, rng, most_noise_hu=3.1)
        clot, blood = crop.label == CLOT, crop.label == BLOOD
        if clot.sum() > 20 and blood.sum() > 60:
            compared += 1
            assert np.median(crop.hu[1][clot]) < np.median(crop.hu[1][blood]) - 20
    assert compared > 5


def test_noise_is_added_after_the_warp(phantom: TrainingPhantom, places: Places) -> None:
    quiet = [_lung_sd(phantom, places, seed, 3.1) for seed in range(6)]
    loud = [_lung_sd(phantom, places, seed, 300.0) for seed in range(6)]
    assert max(quiet) < 12
    assert np.mean(loud) > 2 * np.mean(quiet)


def _lung_sd(phantom: TrainingPhantom, places: Places, seed: int, most_hu: float) -> float:
    crop = draw_crop(phantom, places, np.random.default_rng(seed), most_noise_hu=most_hu)
    lung = (crop.label == 0) & (np.abs(crop.hu[1] - LUNG_HU) < 900) & (crop.hu[1] < 0)
    return float(np.median(np.abs(np.diff(crop.hu[1], axis=1)[lung[:, 1:]])))
