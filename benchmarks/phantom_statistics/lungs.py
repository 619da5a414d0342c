"""Lungs: bright spots by size of contrast, density from front to back, sharpness of the border."""

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from benchmarks.phantom_statistics.subjects import CtSlice
from benchmarks.phantom_statistics.tissues import Mask, Tissues, blurred

SPOT_THRESHOLDS_HU: Final = (-700.0, -500.0, -300.0)
_LEAST_SPOT_MM2: Final = 1.0
_DEPTH_STEP_MM: Final = 10.0
_LEAST_STEPS: Final = 5
_LEAST_STEP_PX: Final = 40
_REACH_MM: Final = 8.0
_PLATEAU_MM: Final = 3.0
_WALL_HU: Final = (0.0, 150.0)
_MOST_OBLIQUE: Final = 0.35
"""Border's slope against the column: more than 19 degrees would blur the profile by 6 %."""
_STEP_MM: Final = 0.05


def spots_per_cm2(ct: CtSlice, tissues: Tissues, threshold_hu: float) -> float:
    """Pieces of at least 1 mm2 above the threshold in the lung field, a cm2 of it; NaN of none."""
    area_cm2 = float(tissues.lung_field.sum()) * ct.pixel_mm**2 / 100.0
    if area_cm2 == 0.0:
        return np.nan
    return float((_spots_mm2(ct, tissues, threshold_hu) >= _LEAST_SPOT_MM2).sum()) / area_cm2


def spot_widths_mm(ct: CtSlice, tissues: Tissues, threshold_hu: float) -> NDArray[np.float64]:
    """Of each piece above the threshold in the lung field (piece,): the disc of its area."""
    return np.asarray(2.0 * np.sqrt(_spots_mm2(ct, tissues, threshold_hu) / np.pi))


def _spots_mm2(ct: CtSlice, tissues: Tissues, threshold_hu: float) -> NDArray[np.float64]:
    numbered, _ = ndimage.label(tissues.lung_field & (ct.hu > threshold_hu))
    return np.asarray(np.bincount(numbered.ravel())[1:] * ct.pixel_mm**2)


def gradient_hu_cm(ct: CtSlice, tissues: Tissues) -> float:
    """The rise of the lung field's median HU from front to back, a cm; NaN of little lung."""
    rows, cols = np.nonzero(tissues.lung_field)
    if rows.size == 0:
        return np.nan
    step = ((rows - rows.min()) / ct.px(_DEPTH_STEP_MM)).astype(np.int64)
    values = ct.hu[rows, cols]
    known = [(k, float(np.median(values[step == k]))) for k in range(int(step.max()) + 1)
             if (step == k).sum() >= _LEAST_STEP_PX]  # fmt: skip
    if len(known) < _LEAST_STEPS:
        return np.nan
    at, medians = np.asarray(known).T
    return float(np.polyfit(at * _DEPTH_STEP_MM / 10.0, medians, 1)[0])


def edge_rises_mm(ct: CtSlice, tissues: Tissues) -> Iterator[float]:
    """10-90 % rises across the lateral border from lung to chest wall, one a row that shows one.

    Along the rows, where the border runs nearly straight across them and soft tissue, not rib or
    fat, lies behind it. Pixels are joined by lines, which widens a sharp edge by up to a tenth.
    """
    field = blurred(ct.hu, ct.px(1.0))
    slope_row, slope_col = np.gradient(field, axis=0), np.gradient(field, axis=1)
    for row, col, outward in _lateral_borders(tissues.lung):
        if abs(slope_row[row, col]) <= _MOST_OBLIQUE * abs(slope_col[row, col]):
            profile = _profile(ct, row, col, outward)
            rise = np.nan if profile is None else _rise_mm(profile)
            if np.isfinite(rise):
                yield rise


def _lateral_borders(lung: Mask) -> Iterator[tuple[int, int, int]]:
    """Row, column and direction outward (-1, 1) of the outermost lung of each row."""
    for row in np.flatnonzero(lung.any(axis=1)):
        cols = np.flatnonzero(lung[row])
        yield int(row), int(cols[0]), -1
        yield int(row), int(cols[-1]), 1


def _profile(ct: CtSlice, row: int, col: int, outward: int) -> NDArray[np.float64] | None:
    """HU along the row from 8 mm within to 8 mm outside, every 0.05 mm; None beyond the picture."""
    reach = int(np.ceil(ct.px(_REACH_MM))) + 1
    if col - reach < 0 or col + reach >= ct.hu.shape[1]:
        return None
    values = ct.hu[row, col - reach : col + reach + 1][::outward]
    at_mm = np.arange(-reach, reach + 1) * ct.pixel_mm
    fine_mm = np.arange(-_REACH_MM, _REACH_MM, _STEP_MM)
    return np.asarray(np.interp(fine_mm, at_mm, values))


def _rise_mm(profile: NDArray[np.float64]) -> float:
    """Between the crossings of 10 and 90 % next to that of 50 %; NaN without two plateaus."""
    n = round(_PLATEAU_MM / _STEP_MM)
    middle = len(profile) // 2
    inner = float(np.median(profile[middle - 2 * n : middle - n]))
    outer = float(np.median(profile[middle + n : middle + 2 * n]))
    if not (_WALL_HU[0] < outer < _WALL_HU[1] and inner < -700.0):
        return np.nan
    share = (profile - inner) / (outer - inner)
    half = middle - n + int(np.argmax(share[middle - n : middle + n] >= 0.5))
    below, above = np.flatnonzero(share[:half] <= 0.1), np.flatnonzero(share[half:] >= 0.9)
    if below.size == 0 or above.size == 0:
        return np.nan
    return float((half + above[0] - below[-1]) * _STEP_MM)
