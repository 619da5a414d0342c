"""A slice of a chest drawn with the compass, its HU known everywhere."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks.phantom_statistics.subjects import CtSlice

PIXEL_MM = 0.8
LUNG_HU, BLOOD_HU, MUSCLE_HU, FAT_HU, BONE_HU = -860.0, 350.0, 55.0, -100.0, 420.0
MARROW_HU = 240.0

MakeChest = Callable[..., CtSlice]


@pytest.fixture
def make_chest() -> MakeChest:
    """``make_chest(blood_hu=350, gradient_hu_cm=0, blur_mm=0, noise_hu=0)``.

    Skin to skin 360 mm wide: fat, muscle with a ring of bone, two lungs, a vessel between them, a
    vertebra of even marrow behind it, and a table of two shells with air between them.
    """
    return _make_chest


def _make_chest(
    *,
    blood_hu: float = BLOOD_HU,
    gradient_hu_cm: float = 0.0,
    blur_mm: float = 0.0,
    noise_hu: float = 0.0,
) -> CtSlice:
    rows, cols = np.mgrid[:400, :512]
    x, y = (cols - 256) * PIXEL_MM, (rows - 180) * PIXEL_MM
    hu = np.full(rows.shape, -1000.0, np.float32)
    hu[_ellipse(x, y, 180, 120)] = FAT_HU
    hu[_ellipse(x, y, 165, 105)] = MUSCLE_HU
    hu[_ellipse(x, y, 150, 96) & ~_ellipse(x, y, 142, 89)] = BONE_HU
    for centre in (-75, 75):
        lung = _ellipse(x - centre, y, 55, 75)
        hu[lung] = LUNG_HU + gradient_hu_cm * y[lung] / 10.0
    hu[_ellipse(x, y + 20, 15, 15)] = blood_hu
    hu[_ellipse(x, y - 45, 16, 16)] = MARROW_HU
    for shell in (155, 168):
        hu[(np.abs(y - shell) < 1.5) & (np.abs(x) < 200)] = 100.0
    if blur_mm:
        hu = cv2.GaussianBlur(hu, (0, 0), blur_mm / PIXEL_MM)
    hu += noise_hu * np.random.default_rng(4).standard_normal(hu.shape).astype(np.float32)
    return CtSlice(hu.astype(np.float32), PIXEL_MM)


def _ellipse(
    x: NDArray[np.float64], y: NDArray[np.float64], half_x: float, half_y: float
) -> NDArray[np.bool_]:
    return np.asarray((x / half_x) ** 2 + (y / half_y) ** 2 < 1.0)
