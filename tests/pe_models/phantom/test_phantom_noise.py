"""Noise belongs to the place in the slice and has the spectrum of its kernel."""

import numpy as np
import pytest

from pe_models.phantom.noise import Noise

NOISE = Noise.round(1.2, 3.6)
WHOLE = (slice(0, 150), slice(0, 200))


def test_a_part_has_the_noise_of_the_whole() -> None:
    whole = NOISE.on(5, 3, WHOLE)
    part = NOISE.on(5, 3, (slice(40, 90), slice(60, 131)))
    assert np.allclose(part, whole[40:90, 60:131], atol=1e-5)


@pytest.mark.parametrize(
    "noise",
    [
        NOISE,
        Noise.round(0.1, 0.2),
        Noise.round(0.6, 1.1),
        Noise.round(0.2, 3.0),
        Noise.streaky(4.0, 0.7),
    ],
)
def test_noise_has_unit_variance_and_no_mean(noise: Noise) -> None:
    values = np.stack([noise.on(1, k, WHOLE) for k in range(4)])
    assert values.std() == pytest.approx(1.0, abs=0.05)
    assert abs(values.mean()) < 0.03


def test_slices_and_seeds_have_noise_of_their_own() -> None:
    first = NOISE.on(1, 0, WHOLE).ravel()
    for other in (NOISE.on(1, 1, WHOLE), NOISE.on(2, 0, WHOLE)):
        assert abs(np.corrcoef(first, other.ravel())[0, 1]) < 0.05


def test_low_frequencies_are_poor_and_high_ones_cut() -> None:
    spectrum = np.abs(np.fft.fft2(NOISE.on(3, 0, (slice(0, 256), slice(0, 256))))) ** 2
    at = np.hypot(*np.meshgrid(np.fft.fftfreq(256), np.fft.fftfreq(256)))
    low, middle, high = (spectrum[(at > a) & (at <= b)].mean()
                         for a, b in ((0, 0.015), (0.06, 0.12), (0.35, 0.5)))  # fmt: skip
    assert low < 0.2 * middle
    assert high < 0.05 * middle


def test_streaky_noise_runs_across_the_picture() -> None:
    values = Noise.streaky(8.0, 0.7).on(1, 0, WHOLE)
    across = np.corrcoef(values[:, :-3].ravel(), values[:, 3:].ravel())[0, 1]
    down = np.corrcoef(values[:-3].ravel(), values[3:].ravel())[0, 1]
    assert across > 0.8
    assert down < 0.2


def test_a_part_of_streaky_noise_is_that_of_the_whole() -> None:
    noise = Noise.streaky(8.0, 0.7)
    part = noise.on(5, 3, (slice(40, 90), slice(60, 131)))
    assert np.allclose(part, noise.on(5, 3, WHOLE)[40:90, 60:131], atol=1e-5)
