"""Montage: tiles of one scale side by side, 8-bit grey, one scale bar and no words."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from pe_models.imaging.window import Window

Grey = NDArray[np.uint8]

_AIR_HU: Final = -1024.0
_GAP_PX: Final = 2
_BAR_PX: Final = 3
_INSET_PX: Final = 8


@dataclass(frozen=True, slots=True)
class Frame:
    """What a tile shows: ``shape_px`` (rows, cols) pixels of ``mm_per_px``, at a window."""

    mm_per_px: float
    shape_px: tuple[int, int]
    window: Window

    def tile(
        self,
        hu: NDArray[np.int16],
        pixel_mm: tuple[float, float],
        centre: tuple[float, float],
    ) -> Grey:
        """The part of ``hu`` (row, col) about the pixel ``centre``; air beyond its edges.

        ``pixel_mm`` is the pitch of rows and of columns, which may differ.
        """
        rows, cols = self.shape_px
        scale = np.asarray(pixel_mm) / self.mm_per_px
        shift = 0.5 * np.array([rows - 1, cols - 1]) - np.asarray(centre) * scale
        to_tile = np.array([[scale[1], 0.0, shift[1]], [0.0, scale[0], shift[0]]])
        drawn = cv2.warpAffine(_smoothed(hu.astype(np.float32), scale), to_tile, (cols, rows),
                               flags=cv2.INTER_CUBIC if scale.max() > 1.0 else cv2.INTER_LINEAR,
                               borderValue=_AIR_HU)  # fmt: skip
        return self.window.to_grey(np.rint(drawn).astype(np.int16))

    def empty(self) -> Grey:
        return np.zeros(self.shape_px, np.uint8)


def montage(rows: Sequence[Sequence[Grey]], frame: Frame, *, bar_mm: float) -> Grey:
    """The tiles in rows of equal length, a gap between them; the first has a bar of ``bar_mm``."""
    lines = [_joined(list(row), axis=1) for row in rows]
    whole = _joined(lines, axis=0)
    length = round(bar_mm / frame.mm_per_px)
    bottom = frame.shape_px[0] - _INSET_PX
    whole[bottom - _BAR_PX : bottom, _INSET_PX : _INSET_PX + length] = 255
    return whole


def _smoothed(hu: NDArray[np.float32], scale: NDArray[np.float64]) -> NDArray[np.float32]:
    """Blurred as far as it is to shrink, so that noise does not turn into dots."""
    sigma = [0.45 * np.sqrt(max(1.0 / s**2 - 1.0, 0.0)) for s in scale]
    if max(sigma) < 0.05:
        return hu
    blurred = cv2.GaussianBlur(hu, (0, 0), sigmaX=max(sigma[1], 0.01), sigmaY=max(sigma[0], 0.01))
    return np.asarray(blurred, np.float32)


def _joined(tiles: list[Grey], axis: int) -> Grey:
    shape = list(tiles[0].shape)
    shape[axis] = _GAP_PX
    gap = np.zeros(shape, np.uint8)
    parts = [part for tile in tiles for part in (tile, gap)][:-1]
    return np.concatenate(parts, axis=axis)
