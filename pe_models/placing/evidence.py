"""EvidenceMaps: how surely each place of a study is clot, and where its arteries are."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pe_models.findings import Crop
from pe_models.placing.frame import ChestFrame, Offset, Triple

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class EvidenceMaps:
    """``clot`` (float16 logits) and ``vessel`` (whether artery or clot), ``[slice, row, col]``.

    Their cells cover ``crop`` of every slice evenly; rows run toward posterior, cols toward the
    patient's left. ``frame`` says where in the chest they lie.
    """

    clot: NDArray[np.float16]
    vessel: NDArray[np.bool_]
    crop: Crop
    frame: ChestFrame

    def __post_init__(self) -> None:
        if self.clot.shape != self.vessel.shape or self.clot.ndim != 3:
            raise ValueError(f"maps of shapes {self.clot.shape} and {self.vessel.shape}")

    @property
    def step_mm(self) -> Triple:
        """From cell to cell."""
        high, wide = self._pixels_a_cell
        slice_mm, row_mm, col_mm = self.frame.spacing_mm
        return slice_mm, high * row_mm, wide * col_mm

    def voxel(self, cell: Triple) -> Triple:
        """Where the middle of a cell lies in the Volume; whole numbers are middles of both."""
        high, wide = self._pixels_a_cell
        slice_index, map_row, map_col = cell
        row = self.crop.row_min + (map_row + 0.5) * high - 0.5
        col = self.crop.col_min + (map_col + 0.5) * wide - 0.5
        return slice_index, row, col

    def offset(self, cell: Triple) -> Offset:
        """Where in the chest the middle of a cell lies."""
        return self.frame.offset(self.voxel(cell))

    def axes_mm(self) -> tuple[Floats, Floats, Floats]:
        """How far up, back and to the left of the carina slices, rows and cols lie."""
        first = self.offset((0, 0, 0))
        starts = (first.up_mm, first.back_mm, first.left_mm)
        slices, rows, cols = (
            start + step * np.arange(n)
            for start, step, n in zip(starts, self.step_mm, self.clot.shape, strict=True)
        )
        return slices, rows, cols

    @property
    def _pixels_a_cell(self) -> tuple[float, float]:
        _, rows, cols = self.clot.shape
        crop = self.crop
        return (crop.row_max - crop.row_min) / rows, (crop.col_max - crop.col_min) / cols


def within(values_mm: Floats, limits_mm: tuple[float, float]) -> Mask:
    return (values_mm >= limits_mm[0]) & (values_mm <= limits_mm[1])
