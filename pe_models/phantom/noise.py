"""Noise of a reconstruction kernel, for a slice or any part of it alone."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Self

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
    """White noise blurred by one Gaussian less the same blurred by a broader one.

    ``fine_px`` and ``broad_px`` are standard deviations in pixels along rows and along columns:
    (down, across). ``purpose`` names its stream of chance.
    """

    fine_px: tuple[float, float]
    broad_px: tuple[float, float]
    purpose: str

    @classmethod
    def round(cls, fine_px: float, broad_px: float) -> Self:
        """Noise that looks the same in all directions."""
        return cls((fine_px, fine_px), (broad_px, broad_px), "noise")

    @classmethod
    def streaky(cls, along_px: float, thick_px: float) -> Self:
        """Streaks across the picture, as where too few photons pass from side to side."""
        return cls((thick_px, along_px), (3.0 * thick_px, along_px), "streaky noise")

    def on(self, seed: int, slice_index: int, place: Place) -> Field:
        """Noise of unit variance at rows and columns ``place`` of a slice (rows, cols).

        What a pixel gets depends on its place in the slice alone, not on the part asked for.
        """
        down, across = (int(np.ceil(_REACH * sigma)) + 1 for sigma in self.broad_px)
        rows, cols = place
        white = self._white(seed, slice_index, slice(rows.start - down, rows.stop + down),
                            slice(cols.start - across, cols.stop + across))  # fmt: skip
        inner: Field = self.shaped(white)[down:-down, across:-across]
        return inner / np.float32(_strength(self))

    def shaped(self, white: Field) -> Field:
        """White noise (rows, cols) with the grain of this one, its strength changed."""
        fine, broad = _blurred(white, self.fine_px), _blurred(white, self.broad_px)
        return fine - np.float32(_LOW_CUT) * broad

    def _white(self, seed: int, slice_index: int, rows: slice, cols: slice) -> Field:
        """White noise of the slice at ``rows`` and ``cols``, which may lie beyond its edges."""
        first_row, first_col = rows.start // _TILE_PX, cols.start // _TILE_PX
        last_row, last_col = (rows.stop - 1) // _TILE_PX, (cols.stop - 1) // _TILE_PX
        tiled = np.empty((last_row + 1 - first_row, _TILE_PX, last_col + 1 - first_col, _TILE_PX),
                         np.float32)  # fmt: skip
        for row in range(first_row, last_row + 1):
            for col in range(first_col, last_col + 1):
                tiled[row - first_row, :, col - first_col] = self._tile(seed, slice_index, row, col)
        top, left = first_row * _TILE_PX, first_col * _TILE_PX
        whole: Field = tiled.reshape(tiled.shape[0] * _TILE_PX, -1)
        return whole[rows.start - top : rows.stop - top, cols.start - left : cols.stop - left]

    def _tile(self, seed: int, slice_index: int, row: int, col: int) -> Field:
        number = (slice_index * _MOST_TILES + row % _MOST_TILES) * _MOST_TILES + col % _MOST_TILES
        rng = stream(seed, self.purpose, number)
        return rng.standard_normal((_TILE_PX, _TILE_PX), dtype=np.float32)


@lru_cache(maxsize=32)
def _strength(noise: Noise) -> float:
    """Standard deviation of the noise made of white noise of unit variance."""
    down, across = (int(np.ceil(_REACH * sigma)) + 1 for sigma in noise.broad_px)
    impulse = np.zeros((2 * down + 1, 2 * across + 1), np.float32)
    impulse[down, across] = 1.0
    return float(np.sqrt((noise.shaped(impulse) ** 2).sum()))


def _blurred(values: Field, sigma_px: tuple[float, float]) -> Field:
    """Blurred by sigmas (down, across) in pixels; one that is next to nothing is left out."""
    down, across = (max(sigma, 0.01) if sigma < _LEAST_SIGMA_PX else sigma for sigma in sigma_px)
    if max(down, across) < _LEAST_SIGMA_PX:
        return values
    blurred: Field = cv2.GaussianBlur(
        np.ascontiguousarray(values), _sizes(down, across), sigmaX=across, sigmaY=down
    )
    return blurred


def _sizes(down: float, across: float) -> tuple[int, int]:
    """Columns and rows of the kernel, as far as a Gaussian reaches."""
    return 2 * int(np.ceil(_REACH * across)) + 1, 2 * int(np.ceil(_REACH * down)) + 1
