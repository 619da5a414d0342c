"""Training crops: they lie where they should, keep left and right, and are the same twice."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from pe_models.training.batches.crops import Crop, Scan, draw_crop
from pe_models.training.config import CropConfig
from pe_models.training.store.places import PlaceKind, find_places, places_of
from pe_models.training.store.tissue_labels import TissueLabel, tissue_labels

SPACING_MM = (2.5, 0.7, 0.7)
STILL = CropConfig(
    px=64,
    rotation_degrees=0.0,
    scale=0.0,
    shift_px=0.0,
    vessel_shift_hu=0.0,
    equal_vessels=0.0,
    noise_low_hu=1e-3,
    noise_high_hu=1e-3,
)


def scan() -> Scan:
    """Five slices of 120 x 150: slice k has HU 10 k; an artery with a clot at its right end."""
    hu = np.zeros((5, 120, 150), dtype=np.int16) + 10 * np.arange(5, dtype=np.int16)[:, None, None]
    labels = np.zeros(hu.shape, dtype=np.uint8)
    labels[2, 50:58, 60:100], hu[2, 50:58, 60:100] = TissueLabel.ARTERY, 350
    labels[2, 50:58, 92:100], hu[2, 50:58, 92:100] = TissueLabel.CLOT, 60
    labels[2, 70:76, 60:100], hu[2, 70:76, 60:100] = TissueLabel.VEIN, 200
    return Scan(hu, labels, SPACING_MM)


def drawn(config: CropConfig, *, seed: int = 1, place: tuple[int, int, int] = (2, 54, 80)) -> Crop:
    rng = np.random.default_rng(seed)
    return draw_crop(scan(), place, rng, pixel_mm=0.7, neighbour_mm=2.5, config=config)


def test_a_still_crop_is_the_part_of_the_slice_about_its_place() -> None:
    crop = drawn(STILL)
    expected = scan().labels[2, 54 - 32 : 54 + 32, 80 - 32 : 80 + 32]
    assert np.array_equal(crop.labels, expected)
    assert crop.hu.shape == (3, 64, 64)
    assert crop.hu.dtype == np.float32


def test_channels_are_the_slices_below_and_above() -> None:
    hu = drawn(STILL).hu[:, 5:10, 5:10].mean(axis=(1, 2))
    assert hu[0] < hu[1] < hu[2]  # 10, 20, 30 HU before the bent curve of tissues


def test_the_scale_is_that_of_the_net_whatever_the_pixels_of_the_study() -> None:
    rng = np.random.default_rng(1)
    crop = draw_crop(scan(), (2, 54, 80), rng, pixel_mm=1.4, neighbour_mm=2.5, config=STILL)
    n_clot = int((crop.labels == TissueLabel.CLOT).sum())
    assert n_clot == pytest.approx(8 * 8 / 4, abs=4)


def test_left_stays_left() -> None:
    for seed in range(12):
        labels = drawn(replace(STILL, rotation_degrees=18.0, scale=0.15), seed=seed).labels
        clot = np.argwhere(labels == TissueLabel.CLOT)
        artery = np.argwhere(labels == TissueLabel.ARTERY)
        vein = np.argwhere(labels == TissueLabel.VEIN)
        assert clot[:, 1].mean() > artery[:, 1].mean()
        assert vein[:, 0].mean() > artery[:, 0].mean()


def test_beyond_the_slice_lies_air() -> None:
    crop = drawn(STILL, place=(0, 0, 0))
    assert crop.hu[:, :28, :28].max() < -900
    assert (crop.labels[:28, :28] == 0).all()


def test_the_middle_of_a_crop_may_move_but_not_out_of_it() -> None:
    config = replace(STILL, shift_px=24.0)
    crops = [drawn(config, seed=s, place=(2, 54, 95)) for s in range(30)]
    seen = [np.argwhere(crop.labels == TissueLabel.CLOT) for crop in crops]
    assert all(len(at) for at in seen)
    assert len({tuple(at[0]) for at in seen}) > 20
    with pytest.raises(ValueError, match="shift_px"):
        replace(STILL, shift_px=32.0)


def test_a_clot_stays_darker_than_its_artery() -> None:
    config = replace(STILL, vessel_shift_hu=300.0)
    for seed in range(30):
        crop = drawn(config, seed=seed)
        inner_clot, inner_artery = crop.hu[1, 30:34, 46:50], crop.hu[1, 30:34, 20:35]
        assert crop.labels[31, 47] == TissueLabel.CLOT
        assert inner_artery.mean() > inner_clot.mean() + 20


def test_veins_take_the_brightness_of_arteries_where_asked() -> None:
    for seed in range(5):
        crop = drawn(replace(STILL, equal_vessels=1.0, vessel_shift_hu=90.0), seed=seed)
        artery = np.median(crop.hu[1][crop.labels == TissueLabel.ARTERY])
        vein = np.median(crop.hu[1][crop.labels == TissueLabel.VEIN])
        assert abs(artery - vein) < 5


def test_noise_is_of_the_strength_that_was_asked_for() -> None:
    quiet, noisy = drawn(STILL), drawn(replace(STILL, noise_low_hu=30.0, noise_high_hu=30.0))
    assert (noisy.hu - quiet.hu).std() == pytest.approx(30.0, rel=0.05)


def test_a_crop_is_a_function_of_its_generator() -> None:
    one, two, other = (drawn(CropConfig(), seed=s) for s in (5, 5, 6))
    assert np.array_equal(one.hu, two.hu)
    assert np.array_equal(one.labels, two.labels)
    assert not np.array_equal(one.hu, other.hu)


def vessels() -> tuple[NDArray[np.int16], NDArray[np.uint8]]:
    """One thick artery and one thin, in a body with air about it."""
    hu = np.full((12, 200, 300), -1000, dtype=np.int16)
    hu[:, 20:180, 20:280] = 40
    labels = np.zeros(hu.shape, dtype=np.uint8)
    labels[1:11, 50:110, 40:140] = TissueLabel.ARTERY
    labels[1:11, 150:154, 40:140] = TissueLabel.ARTERY
    return hu, labels


def test_thin_arteries_are_looked_at_more_often_than_their_area() -> None:
    table = find_places(*vessels(), pixel_mm=0.7, seed=3)
    rows = places_of(table, PlaceKind.ARTERY)[:, 1]
    assert (rows >= 150).mean() > 3 * (4 / 64)
    assert (rows < 150).any()


def test_places_lie_where_they_say() -> None:
    hu, labels = vessels()
    table = find_places(hu, labels, pixel_mm=0.7, seed=3)
    assert table.dtype == np.int16
    assert (labels[tuple(places_of(table, PlaceKind.ARTERY).T)] == TissueLabel.ARTERY).all()
    assert (hu[tuple(places_of(table, PlaceKind.BODY).T)] > -950).all()
    assert len(places_of(table, PlaceKind.CLOT)) == 0
    assert np.array_equal(table, find_places(hu, labels, pixel_mm=0.7, seed=3))


def test_a_clot_hides_its_vessel_and_a_vessel_its_chamber() -> None:
    clot = np.array([[0, 0, 0, 2]], dtype=np.uint8)
    vessel = np.array([[0, 1, 2, 1]], dtype=np.uint8)
    chamber = np.array([[1, 2, 0, 1]], dtype=np.uint8)
    assert tissue_labels(clot, vessel, chamber).tolist() == [
        [TissueLabel.RIGHT_VENTRICLE, TissueLabel.ARTERY, TissueLabel.VEIN, TissueLabel.CLOT]
    ]
