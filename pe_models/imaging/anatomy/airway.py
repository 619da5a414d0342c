"""The carina, as a landmark: the trachea followed downward to where it splits.

The pulmonary trunk and its branches lie at, and up to about 4 cm below, the level of the carina.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from pe_models.imaging.anatomy.lungs import LungMask

_LUMEN_HU: Final = -700.0
"""Low enough that the wall between a main bronchus and the lung, thinner than a cell, is seen."""

_LUMEN_CM2: Final = (0.4, 8.0)
"""Area of a trachea or main bronchus in a slice, partial volume and a wide trachea included."""

_MAIN_BRONCHUS_CM2: Final = 0.8
"""Least area of a main bronchus where no trachea above it tells it from a lobar one."""

_SPLIT_MM: Final = (10.0, 70.0)
"""Distance between the centres of the two main bronchi, from the carina to the hila."""

_CENTRAL_SHARE: Final = 0.25
"""Half-width, as a share of the lungs' width, of the strip in which the airway is sought."""

_START_AREA_SHARE: Final = 0.3
"""The search starts where the lungs are wide, so that no apex is taken for the trachea."""

_BRONCHI_AREA_SHARE: Final = 0.6
"""So wide are the lungs, as a share of their widest slice, where main bronchi can be; above it two
lumens side by side are the trachea and something else."""

_REACH_CELLS: Final = 2


@dataclass(frozen=True, slots=True)
class Carina:
    """Where the trachea splits, in cells of the lungs' grid.

    ``trachea_is_seen`` is False where the topmost slice already shows both main bronchi, so that
    the true carina lies at or above it.
    """

    slice_index: int
    row: float
    col: float
    trachea_is_seen: bool


@dataclass(frozen=True, slots=True)
class _Lumen:
    cells: NDArray[np.bool_]
    row: float
    col: float
    area_cm2: float


def find_carina(lungs: LungMask) -> Carina | None:
    """The carina of a chest whose slices run upward; None where it is not in the Volume."""
    areas = lungs.area_cm2
    if areas.max(initial=0.0) == 0.0:
        return None
    wide = np.flatnonzero(areas >= _START_AREA_SHARE * areas.max())
    air = lungs.inside & (lungs.grid.hu < _LUMEN_HU)
    previous: list[_Lumen] = []
    for slice_index in range(int(wide[-1]), int(wide[0]) - 1, -1):
        lumens = _lumens(air[slice_index], lungs, slice_index)
        if previous:
            lumens = _continued(lumens, previous)
        elif slice_index < wide[-1] and not lumens:
            continue
        pair = _main_bronchi(lumens, lungs)
        is_wide = areas[slice_index] >= _BRONCHI_AREA_SHARE * areas.max()
        if pair is not None and (previous or (is_wide and pair[1].area_cm2 >= _MAIN_BRONCHUS_CM2)):
            above = previous or pair
            row = float(np.mean([lumen.row for lumen in above]))
            col = float(np.mean([lumen.col for lumen in above]))
            return Carina(slice_index, row, col, trachea_is_seen=bool(previous))
        previous = lumens if previous else lumens[:1]
    return None


def _lumens(air: NDArray[np.bool_], lungs: LungMask, slice_index: int) -> list[_Lumen]:
    """Enclosed air of the size of an airway near the middle of the chest, largest first."""
    cols = np.flatnonzero(lungs.mask.any(axis=(0, 1)))
    rows = np.flatnonzero(lungs.mask[slice_index].any(axis=1))
    middle, reach = (cols[0] + cols[-1]) / 2, _CENTRAL_SHARE * (cols[-1] - cols[0])
    labels, n_regions = ndimage.label(air)
    found: list[_Lumen] = []
    for label in range(1, n_regions + 1):
        cells = labels == label
        area = float(cells.sum()) * lungs.grid.cell_area_cm2
        if not _LUMEN_CM2[0] <= area <= _LUMEN_CM2[1]:
            continue
        row, col = (float(index.mean()) for index in np.nonzero(cells))
        if abs(col - middle) <= reach and rows.size and rows[0] < row < rows[-1]:
            found.append(_Lumen(cells, row, col, area))
    return sorted(found, key=lambda lumen: -lumen.area_cm2)


def _continued(lumens: list[_Lumen], previous: list[_Lumen]) -> list[_Lumen]:
    """Those that overlap with the airway of the slice above, give or take 6 mm."""
    above = np.logical_or.reduce([lumen.cells for lumen in previous])
    reach = ndimage.binary_dilation(above, iterations=_REACH_CELLS)
    return [lumen for lumen in lumens if (lumen.cells & reach).any()]


def _main_bronchi(lumens: list[_Lumen], lungs: LungMask) -> list[_Lumen] | None:
    """The two largest lumens, where they lie side by side as the main bronchi do."""
    if len(lumens) < 2:
        return None
    pair = lumens[:2]
    _, row_mm, col_mm = lungs.grid.geometry.spacing_mm
    apart = abs(pair[0].col - pair[1].col) * col_mm
    in_depth = abs(pair[0].row - pair[1].row) * row_mm
    is_side_by_side = _SPLIT_MM[0] <= apart <= _SPLIT_MM[1] and in_depth <= apart
    return pair if is_side_by_side else None
