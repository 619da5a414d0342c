"""Noise of a reconstruction kernel, for a slice or any part of it alone."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from pe_models.phantom.chance import stream
from pe_models.phantom.shapes import Field, Place

_TILE_PX: Final = 64
_MOST_TILES: Final = 64
"""Along one axis of a slice, those beyond its edge included."""
_LOW_CUT: Final = 0.85
"""How much of the broad noise is taken out of the fine: CT noise is poor in low frequencies."""
_REACH: Final = 4.0
"""Where a Gaussian is cut off, in standard deviations."""
_LEAST_SIGMA_PX: Final = 0.3


@dataclass(frozen=True, slots=True)
class Noise:
    """Noise with the spectrum of the difference of two Gaussians, of these sigmas in pixels."""

    fine_px: float
    broad_px: float

    def on(self, seed: int, slice_index: int, place: Place) -> Field:
        """Noise of unit variance at rows and columns ``place`` of a slice (rows, cols).

        What a pixel gets depends on its place in the slice alone, not on the part asked for.
        """
        margin = int(np.ceil(_REACH * self.broad_px)) + 1
        wide = tuple(slice(part.start - margin, part.stop + margin) for part in place)
        white = _white(seed, slice_index, wide[0], wide[1])
        grain = _blurred(white, self.fine_px) - np.float32(_LOW_CUT) * _blurred(
            white, self.broad_px
        )
        inner: Field = grain[margin:-margin, margin:-margin]
        return inner / np.float32(self._strength)

    @property
    def _strength(self) -> float:
        """Standard deviation of the noise made of white noise of unit variance."""
        radius = int(np.ceil(_REACH * self.broad_px)) + 1
        impulse = np.zeros((2 * radius + 1, 2 * radius + 1), np.float32)
        impulse[radius, radius] = 1.0
        kernel = _blurred(impulse, self.fine_px) - _LOW_CUT * _blurred(impulse, self.broad_px)
        return float(np.sqrt((kernel**2).sum()))


def _white(seed: int, slice_index: int, rows: slice, cols: slice) -> Field:
    """White noise of the slice at ``rows`` and ``cols``, which may lie beyond its edges."""
    first_row, first_col = rows.start // _TILE_PX, cols.start // _TILE_PX
    last_row, last_col = (rows.stop - 1) // _TILE_PX, (cols.stop - 1) // _TILE_PX
    tiles = [
        [_tile(seed, slice_index, row, col) for col in range(first_col, last_col + 1)]
        for row in range(first_row, last_row + 1)
    ]
    top, left = first_row * _TILE_PX, first_col * _TILE_PX
    whole: Field = np.block(tiles)
    return whole[rows.start - top : rows.stop - top, cols.start - left : cols.stop - left]


def _tile(seed: int, slice_index: int, row: int, col: int) -> Field:
    number = (slice_index * _MOST_TILES + row % _MOST_TILES) * _MOST_TILES + col % _MOST_TILES
    rng = stream(seed, "noise", number)
    return rng.standard_normal((_TILE_PX, _TILE_PX), dtype=np.float32)


def _blurred(values: Field, sigma_px: float) -> Field:
    if sigma_px < _LEAST_SIGMA_PX:
        return values
    blurred: Field = cv2.GaussianBlur(np.ascontiguousarray(values), (0, 0), sigma_px)
    return blurred
