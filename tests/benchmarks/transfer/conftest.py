"""A straight artery along z, seen through a scanner; its blood holds 400 HU.

Its axis lies at row 35 and column 38 of 16 slices; voxels are 2.0 x 0.7 x 0.8 mm.
"""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import ndimage

from pe_models.imaging.geometry import Geometry
from pe_models.imaging.volume import SliceStamp, Volume, VolumeOrigin

SHAPE = (16, 72, 80)
SPACING_MM = (2.0, 0.7, 0.8)
BLOOD_HU, LUNG_HU = 400.0, -850.0
AXIS_ROW, AXIS_COL = 35.0, 38.0

MakeArtery = Callable[..., Volume]


@pytest.fixture
def make_artery() -> MakeArtery:
    """``make_artery(radius_mm, around_hu=-850, noise_hu=0)``: round, blurred as by a scanner."""
    return _make_artery


@pytest.fixture
def volume_of() -> Callable[[NDArray[np.float64]], Volume]:
    """A Volume of any HU, voxels as above."""
    return _volume_of


@pytest.fixture
def from_axis_mm() -> NDArray[np.float64]:
    """Distance of each pixel to the artery's axis (row, col)."""
    rows, cols = np.mgrid[: SHAPE[1], : SHAPE[2]]
    away = np.hypot((rows - AXIS_ROW) * SPACING_MM[1], (cols - AXIS_COL) * SPACING_MM[2])
    return np.asarray(away)


def _volume_of(hu: NDArray[np.float64]) -> Volume:
    n = len(hu)
    stamps = tuple(SliceStamp(f"2.25.{k + 1}", k + 1, None, SPACING_MM[0] * k) for k in range(n))
    return Volume(
        np.rint(hu).astype(np.int16),
        Geometry.axial(hu.shape, SPACING_MM),
        VolumeOrigin("2.25.1", "2.25.2", stamps, slice_thickness_mm=SPACING_MM[0]),
    )


def _make_artery(radius_mm: float, *, around_hu: float = LUNG_HU, noise_hu: float = 0.0) -> Volume:
    fine = 8
    rows, cols = np.mgrid[: SHAPE[1] * fine, : SHAPE[2] * fine]
    row_mm = ((rows + 0.5) / fine - 0.5 - AXIS_ROW) * SPACING_MM[1]
    col_mm = ((cols + 0.5) / fine - 0.5 - AXIS_COL) * SPACING_MM[2]
    inside = (np.hypot(row_mm, col_mm) <= radius_mm).astype(np.float64)
    sigma = [0.55 / SPACING_MM[1] * fine, 0.55 / SPACING_MM[2] * fine]
    blurred = ndimage.gaussian_filter(inside, sigma)
    share = blurred.reshape(SHAPE[1], fine, SHAPE[2], fine).mean(axis=(1, 3))
    plane = around_hu + (BLOOD_HU - around_hu) * share
    noise = noise_hu * np.random.default_rng(3).standard_normal(SHAPE)
    return _volume_of(np.broadcast_to(plane, SHAPE) + noise)
