"""The septum: the wall between the ventricles, as its direction in the axial plane.

Its middle is where both ventricles are equally far. Over all slices together: on one slice alone
the ends of the septum, where it bends into the grooves, would turn it.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from pe_models.heart.maps import Masks

_MIDDLE_MM: Final = 1.5
"""So much farther from one ventricle than from the other a cell of the middle may be."""
_THICKEST_MM: Final = 24.0
"""Septum with the trabeculae on its right; beyond it lie grooves and valves."""
_LEAST_CELLS: Final = 12


def across_septum(
    right: Masks, left: Masks, cell_mm: tuple[float, float]
) -> NDArray[np.float64] | None:
    """Unit vector (row, col) across the septum, from the left to the right ventricle.

    None where the two have no wall in common.
    """
    scatter, toward_right, n_cells = np.zeros((2, 2)), np.zeros(2), 0
    for one, other in zip(right, left, strict=True):
        if not (one.any() and other.any()):
            continue
        middle = _middle(one, other, cell_mm)
        n_cells += len(middle)
        away = middle - middle.mean(axis=0) if len(middle) else middle
        scatter += away.T @ away
        toward_right += _centre(one, cell_mm) - _centre(other, cell_mm)
    if n_cells < _LEAST_CELLS:
        return None
    _, axes = np.linalg.eigh(scatter)
    across: NDArray[np.float64] = axes[:, 0]  # of least scatter
    return across if across @ toward_right > 0.0 else -across


def _middle(
    right: NDArray[np.bool_], left: NDArray[np.bool_], cell_mm: tuple[float, float]
) -> NDArray[np.float64]:
    """Cells (cell, 2) in mm that are as far from one ventricle as from the other."""
    from_right, from_left = (
        ndimage.distance_transform_edt(~mask, sampling=cell_mm) for mask in (right, left)
    )
    is_middle = np.abs(from_right - from_left) <= _MIDDLE_MM
    is_wall = (from_right + from_left <= _THICKEST_MM) & ~right & ~left
    middle: NDArray[np.float64] = np.argwhere(is_middle & is_wall) * np.asarray(cell_mm)
    return middle


def _centre(mask: NDArray[np.bool_], cell_mm: tuple[float, float]) -> NDArray[np.float64]:
    centre: NDArray[np.float64] = np.argwhere(mask).mean(axis=0) * np.asarray(cell_mm)
    return centre
