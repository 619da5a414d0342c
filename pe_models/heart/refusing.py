"""Why the ventricles of a CT are not measured: said from pixels and maps, never from tags."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from pe_models.heart.maps import Masks, VentricleMaps
from pe_models.heart.measuring import Measured, Ventricles
from pe_models.heart_findings import HeartRefusal

LEAST_ML: Final = 15.0
"""Of each ventricle: a tenth of a small adult's. What is less is something else, or a part."""

_CUT_SHARE: Final = 0.85
"""A ventricle that is, on the first or last slice of the Volume, wider than this share of its
widest place may be wider still beyond it."""

_SURE_BLOOD: Final = 0.8
_LEAST_BLOOD_HU: Final = 93.0
"""What unenhanced blood never reaches (see ``quality.LEAST_HU``): one ventricle has to."""
_LEAST_OVER_WALL_HU: Final = 30.0
"""Blood of either ventricle less the wall between them; below it nobody sees where it ends."""

_METAL_HU: Final = 1500.0
"""Calcium and undiluted contrast in the heart stay below it."""
_AROUND_CELLS: Final = 2
_WALL_CELLS: Final = 4
"""So near to both ventricles the wall between them lies."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A code, and a sentence for the reader."""

    code: HeartRefusal
    message: str


def refusal_of(
    maps: VentricleMaps, ventricles: Ventricles, hu: NDArray[np.int16]
) -> Refused | None:
    """Why they cannot be measured; None where both can. ``hu[slice, row, col]`` is the Volume's."""
    volumes_ml = [mask.sum() * maps.cell_ml for mask in (ventricles.right, ventricles.left)]
    if min(volumes_ml) < LEAST_ML:
        return not_found()
    return _crossed(maps, ventricles, hu) or _not_opacified(maps, ventricles, hu)


def not_covered(maps: VentricleMaps, measured: Measured, n_slices: int) -> Refused | None:
    """Where the series ends within the heart; None where the widest places lie within it."""
    step = maps.slice_indices[1] - maps.slice_indices[0]
    is_cut = (maps.slice_indices[0] < step, maps.slice_indices[-1] >= n_slices - step)
    wide = (share > _CUT_SHARE for share in measured.end_shares)
    if not any(cut and is_wide for cut, is_wide in zip(is_cut, wide, strict=True)):
        return None
    return Refused(
        HeartRefusal.NOT_COVERED,
        "The series ends within the heart: the widest place of a ventricle may lie beyond it.",
    )


def not_found() -> Refused:
    return Refused(
        HeartRefusal.NOT_FOUND,
        "Right and left ventricle were not found; measure them by hand where they can be seen.",
    )


def _not_opacified(
    maps: VentricleMaps, ventricles: Ventricles, hu: NDArray[np.int16]
) -> Refused | None:
    cells_hu = _cells_hu(maps, hu)
    blood_hu = [
        _median(cells_hu[scores >= _SURE_BLOOD])
        for scores in (ventricles.right_scores, ventricles.left_scores)
    ]
    wall_hu = _median(cells_hu[_wall(ventricles)])
    is_bright = max(blood_hu) >= _LEAST_BLOOD_HU
    if is_bright and min(blood_hu) - wall_hu >= _LEAST_OVER_WALL_HU:
        return None
    right, left = (f"{value:.0f}" for value in blood_hu)
    return Refused(
        HeartRefusal.NOT_OPACIFIED,
        f"Blood measures {right} HU in the right ventricle and {left} HU in the left one, the wall "
        f"between them {wall_hu:.0f} HU: where blood ends cannot be seen.",
    )


def _wall(ventricles: Ventricles) -> Masks:
    """Cells between the ventricles: near to both, and beside neither, where blood blends in."""
    near, beside = (np.ones((1, 2 * n + 1, 2 * n + 1), np.bool_) for n in (_WALL_CELLS, 1))
    right, left = (
        ndimage.binary_dilation(mask, near) for mask in (ventricles.right, ventricles.left)
    )
    blood = ndimage.binary_dilation(ventricles.right | ventricles.left, beside)
    wall: Masks = right & left & ~blood
    return wall


def _crossed(maps: VentricleMaps, ventricles: Ventricles, hu: NDArray[np.int16]) -> Refused | None:
    """Metal within the blood or beside it, at full resolution: a lead is thinner than a cell."""
    around = np.ones((2 * _AROUND_CELLS + 1,) * 2, np.bool_)
    for place, index in enumerate(maps.slice_indices):
        blood = ventricles.right[place] | ventricles.left[place]
        if not blood.any():
            continue
        metal = _cells_of(np.argwhere(hu[index] >= _METAL_HU), maps)
        if len(metal) and ndimage.binary_dilation(blood, around)[tuple(metal.T)].any():
            return Refused(
                HeartRefusal.DEVICE,
                "Metal, as of a lead, crosses the ventricles: its streaks hide where blood ends.",
            )
    return None


def _cells_of(pixels: NDArray[np.int64], maps: VentricleMaps) -> NDArray[np.int64]:
    """The cells (cell, 2) that hold ``pixels`` (pixel, 2), of those that the maps cover."""
    cells = np.rint((pixels - np.asarray(maps.first_cell)) / np.asarray(maps.cell_px))
    inside = ((cells >= 0) & (cells < maps.cells)).all(axis=1)
    covered: NDArray[np.int64] = cells[inside].astype(np.int64)
    return covered


def _cells_hu(maps: VentricleMaps, hu: NDArray[np.int16]) -> NDArray[np.int16]:
    """HU at the middle of each cell, ``[map, row, col]``."""
    rows, cols = (
        np.clip(np.rint(first + step * np.arange(n)), 0, most - 1).astype(np.int64)
        for first, step, n, most in zip(
            maps.first_cell, maps.cell_px, maps.cells, hu.shape[1:], strict=True
        )
    )
    return np.stack([hu[index][np.ix_(rows, cols)] for index in maps.slice_indices])


def _median(values: NDArray[np.int16]) -> float:
    """NaN of none."""
    return float(np.median(values)) if values.size else float("nan")
