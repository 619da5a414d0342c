"""A net's map as cells that cover its input evenly, as all that draws or reads a map takes it."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from pe_models.nets.cells import CellLine, CellPlaces, GridShape

_FINER: Final = 4
"""A cell that lies elsewhere than an even one becomes so many along a side ..."""
_COARSE_CELLS: Final = 32
"""... on grids of at most so many cells along it."""


def covering(
    values: NDArray[np.float32], places: CellPlaces, input_shape: GridShape
) -> NDArray[np.float32]:
    """``values`` (grid_row, grid_col), whose cells lie at ``places``, on even cells of the input.

    Linear between the middles of the net's own cells, level beyond the outermost. What covers the
    input evenly already comes back as it is.
    """
    rows, cols = input_shape
    along_rows = _resampled(values, places.rows, rows)
    return np.ascontiguousarray(_resampled(along_rows.T, places.cols, cols).T)


def _resampled(values: NDArray[np.float32], line: CellLine, n_pixels: int) -> NDArray[np.float32]:
    """``values`` (cell, ...) on even cells along their first axis."""
    n_cells = len(values)
    if line == CellLine.even(n_cells, n_pixels):
        return values
    n_even = n_cells * _FINER if n_cells <= _COARSE_CELLS else n_cells
    middles_px = (np.arange(n_even) + 0.5) * (n_pixels / n_even) - 0.5
    at = np.clip((middles_px - line.first_px) / line.step_px, 0.0, n_cells - 1.0)
    lower = np.minimum(at.astype(np.intp), max(0, n_cells - 2))
    share = (at - lower).astype(np.float32)[:, None]
    upper = np.minimum(lower + 1, n_cells - 1)
    resampled: NDArray[np.float32] = values[lower] * (1 - share) + values[upper] * share
    return resampled
