"""Peaks of a map, each a place of its own."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from pe_models.placing.frame import Triple

Cell = tuple[int, int, int]

NEAR_CLOT_MM: Final = 5.0
"""A place so near to a clot's voxel lies in it: the widest tolerance of the CAD-PE challenge
(Gonzalez et al. 2020)."""


def highest_peaks(
    cells: NDArray[Any], step_mm: Triple, *, apart_mm: float, least: float, most: int
) -> list[Cell]:
    """The peaks of ``cells[slice, row, col]``, highest first; the first of equal ones counts.

    At most ``most``, none below ``least``, each ``apart_mm`` or more from every higher one.
    """
    local = ndimage.maximum_filter(cells, size=3)
    found = np.argwhere((cells == local) & (cells >= least))
    order = np.argsort(-cells[tuple(found.T)].astype(np.float64), kind="stable")
    kept: list[NDArray[np.intp]] = []
    for place in found[order]:
        if len(kept) == most:
            break
        if all(np.linalg.norm((place - other) * step_mm) >= apart_mm for other in kept):
            kept.append(place)
    return [(int(k), int(row), int(col)) for k, row, col in kept]
