"""A heart of two ellipsoids with a wall between them, whose widths are known by formula."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pe_models.heart.maps import VentricleMaps

SPACING_MM = (2.5, 0.8, 0.7)
"""Of slices, rows and columns: unequal, so that any swap shows."""
CELL_MM = 2.0
CELLS = (60, 72)
N_MAPS = 24
FIRST_SLICE = 10
CORNER_PX = (41.0, 57.0)
"""Where the middle of cell (0, 0) lies in a slice."""


@dataclass(frozen=True, slots=True)
class Ventricle:
    """An ellipsoid: its middle in mm (slice, row, col), and how wide it is across the septum."""

    middle_mm: tuple[float, float, float]
    across_mm: float
    along_mm: float
    high_mm: float


@dataclass(frozen=True, slots=True)
class TwoVentricles:
    """Both ventricles; ``across`` is the unit vector (row, col) from left to right."""

    right: Ventricle
    left: Ventricle
    across: NDArray[np.float64]


MakeMaps = Callable[..., VentricleMaps]


def two_ventricles(
    *, degrees: float = -130.0, rv_mm: float = 44.0, lv_mm: float = 40.0
) -> TwoVentricles:
    """The right one, 8 mm of wall, the left one, along a line at that angle (row over col)."""
    angle = np.deg2rad(degrees)
    across = np.array([np.sin(angle), np.cos(angle)])
    middle = np.array([60.0, 72.0])
    away = 4.0 + 0.5 * rv_mm, 4.0 + 0.5 * lv_mm
    right, left = middle + away[0] * across, middle - away[1] * across
    return TwoVentricles(
        Ventricle((30.0, *right.tolist()), rv_mm, 56.0, 26.0),
        Ventricle((24.0, *left.tolist()), lv_mm, 60.0, 22.0),
        across,
    )
