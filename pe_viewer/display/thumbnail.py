"""A slice as a small picture: grey, turned to the reading position, a few thousand bytes."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from pe_models.imaging.geometry import Geometry
from pe_models.imaging.window import Window
from pe_viewer.display.orientation import reading_orientation
from pe_viewer.display.slice_image import render

LONGEST_PX: Final = 96
"""Twice the place in the list, for screens of double density."""


def thumbnail(hu_slice: NDArray[np.int16], geometry: Geometry, window: Window) -> NDArray[np.uint8]:
    """``hu_slice`` (row, col) as grey levels (row, col), at most ``LONGEST_PX`` either way.

    Each level is the mean of a block of pixels; what is left over at the far edges falls away.
    Proportions are those of the stored pixels, not yet those of the patient.
    """
    turned = reading_orientation(geometry).turn(render(hu_slice, window))
    block = -(-max(turned.shape) // LONGEST_PX)
    rows, cols = (max(1, size // block) for size in turned.shape)
    down, across = (min(block, size) for size in turned.shape)
    blocks = turned[: rows * down, : cols * across].reshape(rows, down, cols, across)
    mean: NDArray[np.uint8] = np.round(blocks.mean(axis=(1, 3))).astype(np.uint8)  # (row, col)
    return mean
