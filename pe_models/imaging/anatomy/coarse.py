"""CoarseGrid: a Volume averaged down to cells of about 3 mm, for measuring anatomy quickly."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pe_models.imaging.geometry import Geometry

CELL_MM: Final = 3.0
"""Wanted edge of a cell: small beside a trachea or an artery, large beside the noise."""


@dataclass(frozen=True, slots=True, eq=False)
class CoarseGrid:
    """Mean HU (float32) ``hu[slice, row, col]`` of cells, with the Geometry of the cells.

    Cell (i, j, k) is the mean over ``step[1]`` rows and ``step[2]`` cols of slice ``i * step[0]``;
    slices are sampled, not averaged. ``full_shape`` is the shape of the Volume.
    """

    hu: NDArray[np.float32]
    geometry: Geometry
    step: tuple[int, int, int]
    full_shape: tuple[int, int, int]

    @property
    def cell_area_cm2(self) -> float:
        return self.geometry.spacing_mm[1] * self.geometry.spacing_mm[2] / 100.0

    @property
    def cell_volume_ml(self) -> float:
        return self.cell_area_cm2 * self.geometry.spacing_mm[0] / 10.0

    def offsets_mm(
        self, slice_index: float, row: float, col: float
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Distances from a cell toward superior, anterior and the patient's left.

        Three arrays that broadcast over ``[slice, row, col]``. Exact for an upright axial stack,
        and off by the cosine of the tilt for a leaning one.
        """
        n_slices, n_rows, n_cols = self.geometry.shape
        slice_mm, row_mm, col_mm = self.geometry.spacing_mm
        directions = self.geometry.directions
        superior = np.sign(directions[0][2]) * slice_mm * (np.arange(n_slices) - slice_index)
        anterior = -np.sign(directions[1][1]) * row_mm * (np.arange(n_rows) - row)
        left = np.sign(directions[2][0]) * col_mm * (np.arange(n_cols) - col)
        return superior[:, None, None], anterior[None, :, None], left[None, None, :]


def coarsen(hu: NDArray[np.int16], geometry: Geometry) -> CoarseGrid:
    """The coarse grid of ``hu[slice, row, col]``; a remainder of less than a cell is left out."""
    slice_step, row_step, col_step = (
        min(extent, max(1, round(CELL_MM / spacing)))
        for extent, spacing in zip(hu.shape, geometry.spacing_mm, strict=True)
    )
    n_rows, n_cols = hu.shape[1] // row_step, hu.shape[2] // col_step
    sampled = hu[::slice_step, : n_rows * row_step, : n_cols * col_step]
    means = np.stack([_block_sums(each, row_step, col_step) for each in sampled])
    means /= np.float32(row_step * col_step)
    first_cell = (0.0, (row_step - 1) / 2, (col_step - 1) / 2)
    x_mm, y_mm, z_mm = (float(value) for value in geometry.to_patient_mm(first_cell))
    slice_mm, row_mm, col_mm = geometry.spacing_mm
    cells = Geometry(
        (len(means), n_rows, n_cols),
        (slice_mm * slice_step, row_mm * row_step, col_mm * col_step),
        (x_mm, y_mm, z_mm),
        geometry.directions,
    )
    full_shape = (hu.shape[0], hu.shape[1], hu.shape[2])
    return CoarseGrid(means, cells, (slice_step, row_step, col_step), full_shape)


def _block_sums(hu: NDArray[np.int16], row_step: int, col_step: int) -> NDArray[np.float32]:
    """Sums over blocks of one slice, exact. Whole rows at a time: six times ``numpy.mean``."""
    rows = hu[::row_step].astype(np.int32)  # (n_rows, cols)
    for row in range(1, row_step):
        rows += hu[row::row_step]
    sums = rows[:, ::col_step].astype(np.float32)  # (n_rows, n_cols)
    for col in range(1, col_step):
        sums += rows[:, col::col_step]
    return sums
