"""Kernels differ in their edges and in their noise, as a body's dose does."""

import dataclasses

import numpy as np
import pytest

from pe_models.phantom.dose import Dose
from pe_models.phantom.habitus import Habitus
from pe_models.phantom.response import Response
from pe_models.phantom.spec import Kernel

PLACE = (slice(0, 120), slice(0, 120))
STEP = np.where(np.arange(60) < 30, -850.0, 40.0).astype(np.float32)[None].repeat(60, axis=0)


@pytest.mark.parametrize("seed", range(5))
def test_a_sharp_kernel_has_narrower_edges_and_finer_noise_than_a_soft_one(seed: int) -> None:
    soft, sharp = (Response.draw(seed, kernel) for kernel in (Kernel.SOFT, Kernel.SHARP))
    assert sharp.blur_mm < soft.blur_mm
    assert sharp.fine_mm < soft.fine_mm
    assert sharp.overshoot > soft.overshoot


def test_both_kernels_are_drawn() -> None:
    kernels = [Response.draw(seed, None).kernel for seed in range(60)]
    assert {*kernels} == {Kernel.SOFT, Kernel.SHARP}
    assert kernels.count(Kernel.SOFT) > kernels.count(Kernel.SHARP)


def test_soft_kernels_reach_from_the_smoothest_to_a_standard_body_kernel() -> None:
    """Mean frequencies of the noise: about 2 a cm when very smooth, 3.3 with GE STANDARD."""
    drawn = [Response.draw(seed, Kernel.SOFT) for seed in range(60)]
    per_cm = sorted(_mean_per_cm(response) for response in drawn)
    assert 1.7 < per_cm[0] < 2.3
    assert 3.1 < per_cm[-1] < 3.5


def _mean_per_cm(response: Response) -> float:
    """Of the noise's radial spectrum from 1.2 a cm on: one Gaussian less a broader one."""
    at = np.linspace(1.2, 7.0, 400)
    fine, broad = (np.exp(-2 * (np.pi * sigma / 10 * at) ** 2)
                   for sigma in (response.fine_mm, response.broad_mm))  # fmt: skip
    power = (fine - 0.85 * broad) ** 2
    return float((at * power).sum() / power.sum())


def test_an_enhanced_edge_overshoots_on_both_sides_and_keeps_what_is_far_from_it() -> None:
    response = dataclasses.replace(Response.draw(1, Kernel.SHARP), overshoot=0.5)
    enhanced = response.enhanced(STEP, pitch_mm=0.7)
    assert enhanced[:, :30].min() < -850 - 50
    assert enhanced[:, 30:].max() > 40 + 50
    assert np.allclose(enhanced[:, [0, -1]], STEP[:, [0, -1]], atol=1e-3)


def test_a_kernel_without_overshoot_leaves_the_picture_as_it_is() -> None:
    response = dataclasses.replace(Response.draw(1, Kernel.SOFT), overshoot=0.0)
    assert response.margin_px(0.7) == 0
    assert np.array_equal(response.enhanced(STEP, pitch_mm=0.7), STEP)


def _noise(z: float, *, arms_are_down: bool = False, hu: float = 40.0) -> np.ndarray:  # type: ignore[type-arg]
    habitus = Habitus.draw(3, arms_are_down=arms_are_down)
    response = Response.draw(3, Kernel.SOFT)
    dose = Dose.draw(3, habitus, response, noise_hu=15.0)
    picture = np.full((120, 120), hu, np.float32)
    return dose.noise(response, 0.7, 3, 0, PLACE, z, picture)


def test_noise_is_as_strong_as_asked_for_in_mid_chest_and_stronger_at_the_shoulders() -> None:
    assert _noise(-60.0).std() == pytest.approx(15.0, rel=0.06)
    assert _noise(85.0).std() > 1.02 * _noise(-60.0).std()


def test_arms_beside_the_chest_add_streaks_at_every_height() -> None:
    with_arms = _noise(-60.0, arms_are_down=True)
    assert with_arms.std() > 1.05 * _noise(-60.0).std()
    down, across = (np.corrcoef(a.ravel(), b.ravel())[0, 1] for a, b in (
        (with_arms[:-6], with_arms[6:]), (with_arms[:, :-6], with_arms[:, 6:])))  # fmt: skip
    assert across > down + 0.1


def test_lung_is_less_noisy_than_muscle() -> None:
    assert _noise(-60.0, hu=-900.0).std() < 0.7 * _noise(-60.0).std()


def test_a_wider_body_is_noisier() -> None:
    response = Response.draw(3, Kernel.SOFT)
    slim, obese = (dataclasses.replace(Habitus.draw(3), fat_mm=fat) for fat in (8.0, 50.0))
    noises = [Dose.draw(3, body, response, noise_hu=None).noise_hu for body in (slim, obese)]
    assert noises[1] > 1.3 * noises[0]
