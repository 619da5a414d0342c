"""VentricleMaps: how surely each cell of some slices is blood of either ventricle."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from pe_models.heart_findings import Point

Masks = NDArray[np.bool_]
"""``[slice, row, col]`` over the cells of the maps."""

SURE: Final = 0.5
"""A cell from here is rather blood of the ventricle than not."""


@dataclass(frozen=True, slots=True, eq=False)
class VentricleMaps:
    """``right`` and ``left``: float32 ``[slice, row, col]`` in [0, 1] over the cells of one box.

    Map k is that of the Volume's slice ``slice_indices[k]``, ascending and evenly spaced. Rows run
    toward the patient's back, columns toward their left. The middle of cell (0, 0) lies at the
    pixel ``first_cell`` (row, col) of its slice, and cells are ``cell_px`` pixels apart.
    ``spacing_mm`` is that of the Volume's slices, rows and columns.
    """

    right: NDArray[np.float32]
    left: NDArray[np.float32]
    slice_indices: tuple[int, ...]
    first_cell: Point
    cell_px: Point
    spacing_mm: tuple[float, float, float]

    def __post_init__(self) -> None:
        if not self.right.shape == self.left.shape == (len(self.slice_indices), *self.cells):
            raise ValueError(f"maps of {self.right.shape} and {self.left.shape} do not go together")

    @property
    def cells(self) -> tuple[int, int]:
        """Rows and columns of a map."""
        rows, cols = self.right.shape[1:]
        return rows, cols

    @property
    def cell_mm(self) -> tuple[float, float]:
        """Height and width of a cell."""
        return self.cell_px[0] * self.spacing_mm[1], self.cell_px[1] * self.spacing_mm[2]

    @property
    def step_mm(self) -> float:
        """From map to map; 0 where there is one alone."""
        if len(self.slice_indices) < 2:
            return 0.0
        return (self.slice_indices[1] - self.slice_indices[0]) * self.spacing_mm[0]

    @property
    def cell_ml(self) -> float:
        return self.cell_mm[0] * self.cell_mm[1] * self.step_mm / 1000.0

    def pixel_at(self, point_mm: NDArray[np.float64]) -> Point:
        """The pixel (row, col) at ``point_mm``, counted from the middle of cell (0, 0)."""
        row, col = (
            first + mm / spacing
            for first, mm, spacing in zip(
                self.first_cell, point_mm.tolist(), self.spacing_mm[1:], strict=True
            )
        )
        return row, col


def main_part(scores: NDArray[np.float32]) -> Masks:
    """The largest connected part of the cells that are rather blood than not."""
    labels, n_parts = ndimage.label(scores >= SURE)
    if n_parts == 0:
        return np.zeros(scores.shape, np.bool_)
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    part: Masks = labels == sizes.argmax()
    return part
