"""Maps of that heart, and the HU beneath them."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from pe_models.heart.maps import VentricleMaps
from tests.pe_models.heart.two_ventricles import (
    CELL_MM,
    CELLS,
    CORNER_PX,
    FIRST_SLICE,
    N_MAPS,
    SPACING_MM,
    MakeMaps,
    TwoVentricles,
    Ventricle,
    two_ventricles,
)


@pytest.fixture
def heart() -> TwoVentricles:
    return two_ventricles()


@pytest.fixture
def make_maps() -> MakeMaps:
    """``make_maps(heart)``; scores fall from 1 to 0 over ``soft_mm`` about the border."""
    return _make_maps


def _make_maps(
    heart: TwoVentricles, *, soft_mm: float = 3.0, first_slice: int = FIRST_SLICE
) -> VentricleMaps:
    return VentricleMaps(
        right=_scores(heart.right, heart.across, soft_mm),
        left=_scores(heart.left, heart.across, soft_mm),
        slice_indices=tuple(range(first_slice, first_slice + N_MAPS)),
        first_cell=CORNER_PX,
        cell_px=(CELL_MM / SPACING_MM[1], CELL_MM / SPACING_MM[2]),
        spacing_mm=SPACING_MM,
    )


def _scores(
    ventricle: Ventricle, across: NDArray[np.float64], soft_mm: float
) -> NDArray[np.float32]:
    up, down, side = np.mgrid[0:N_MAPS, 0 : CELLS[0], 0 : CELLS[1]].astype(np.float64)
    z = SPACING_MM[0] * up - ventricle.middle_mm[0]
    row = CELL_MM * down - ventricle.middle_mm[1]
    col = CELL_MM * side - ventricle.middle_mm[2]
    u = row * across[0] + col * across[1]
    v = -row * across[1] + col * across[0]
    half = 0.5 * ventricle.across_mm
    radius = np.sqrt(
        (u / half) ** 2 + (v / (0.5 * ventricle.along_mm)) ** 2 + (z / ventricle.high_mm) ** 2
    )
    inward_mm = half * (1.0 - radius)
    return np.clip(0.5 + inward_mm / soft_mm, 0.0, 1.0).astype(np.float32)


@pytest.fixture
def opacified() -> Callable[[VentricleMaps], NDArray[np.int16]]:
    """HU [slice, row, col] under maps: bright blood, darker muscle, more slices on either side."""
    return _opacified


def _opacified(
    maps: VentricleMaps, *, right_hu: int = 380, left_hu: int = 300, wall_hu: int = 90
) -> NDArray[np.int16]:
    rows, cols = 240, 280
    n_slices = maps.slice_indices[-1] + FIRST_SLICE
    hu = np.full((n_slices, rows, cols), wall_hu, dtype=np.int16)
    row, col = np.mgrid[0:rows, 0:cols]
    at = [
        np.clip(np.rint((where - first) / step), 0, n - 1).astype(int)
        for where, first, step, n in zip(
            (row, col), maps.first_cell, maps.cell_px, maps.cells, strict=True
        )
    ]
    for place, index in enumerate(maps.slice_indices):
        hu[index][maps.right[place][at[0], at[1]] >= 0.5] = right_hu
        hu[index][maps.left[place][at[0], at[1]] >= 0.5] = left_hu
    return hu
