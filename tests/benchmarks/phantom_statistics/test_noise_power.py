"""Noise power of noise whose spectrum is known."""

import cv2
import numpy as np
import pytest

from benchmarks.phantom_statistics.noise_power import noise_power
from benchmarks.phantom_statistics.subjects import CtSlice

PIXEL_MM = 0.7


def _tissue(sd_hu: float, sigma_mm: float) -> CtSlice:
    noise = np.random.default_rng(7).standard_normal((300, 300)).astype(np.float32)
    if sigma_mm:
        noise = cv2.GaussianBlur(noise, (0, 0), sigma_mm / PIXEL_MM)
    return CtSlice(60.0 + noise * np.float32(sd_hu / noise.std()), PIXEL_MM)


def test_white_noise_is_as_strong_at_every_frequency() -> None:
    found = noise_power([_tissue(18.0, 0.0)])
    assert found is not None
    assert found.sd_hu == pytest.approx(18.0, rel=0.03)
    assert np.isnan(found.half_per_cm)
    assert found.power.std() < 0.1 * found.power.mean()
    # Parseval: white noise of variance s2 has the power s2 times the area of a pixel everywhere.
    assert found.power.mean() == pytest.approx(18.0**2 * PIXEL_MM**2, rel=0.05)


@pytest.mark.parametrize("sigma_mm", [0.4, 0.6])
def test_blurred_noise_has_the_mean_frequency_of_its_gaussian(sigma_mm: float) -> None:
    """Its power is exp(-(2 pi s f)^2), of which the quadratic takes a little of what is lowest."""
    found = noise_power([_tissue(12.0, sigma_mm)])
    assert found is not None
    assert found.sd_hu == pytest.approx(12.0, rel=0.08)
    at = np.linspace(1.2, 0.5 * 10 / PIXEL_MM, 500)
    power = np.exp(-((2 * np.pi * sigma_mm / 10 * at) ** 2))
    assert found.mean_per_cm == pytest.approx((at * power).sum() / power.sum(), rel=0.1)


def test_noise_of_a_band_ends_where_the_band_ends() -> None:
    white = np.random.default_rng(5).standard_normal((300, 300))
    per_cm = np.fft.fftfreq(300, d=PIXEL_MM / 10)
    band = np.hypot(per_cm[:, None], per_cm[None, :]) < 4.0
    noise = np.fft.ifft2(np.fft.fft2(white) * band).real
    found = noise_power([CtSlice((60 + 15 * noise / noise.std()).astype(np.float32), PIXEL_MM)])
    assert found is not None
    assert found.half_per_cm == pytest.approx(4.0, abs=0.3)


def test_finer_noise_peaks_at_a_higher_frequency() -> None:
    coarse, fine = (_tissue(15.0, s) for s in (0.9, 0.35))
    middle = CtSlice(fine.hu - cv2.GaussianBlur(fine.hu, (0, 0), 1.6) + 60.0, PIXEL_MM)
    found = [noise_power([ct]) for ct in (coarse, middle)]
    assert found[0] is not None
    assert found[1] is not None
    assert found[1].peak_per_cm > found[0].peak_per_cm


def test_tissue_with_structure_is_not_measured() -> None:
    stripes = np.tile(np.where(np.arange(300) // 8 % 2, 120.0, 20.0), (300, 1)).astype(np.float32)
    assert noise_power([CtSlice(stripes, PIXEL_MM)]) is None


def test_air_is_not_measured() -> None:
    assert noise_power([CtSlice(np.full((300, 300), -990.0, np.float32), PIXEL_MM)]) is None
