"""A picture becomes the input of a picture net.

First it shrinks to a square of the net's side, still in HU (or over its own range), which is what
training keeps; then windows turn it into channels.
"""

from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from pe_models.imaging.volume import PADDING_HU, VolumeKind
from pe_models.tasks import PictureInput

LEVELS: Final = 4095
"""The brightest value of a shrunk picture whose values mean no HU; the darkest is 0."""

_MOST_HU: Final = 3071
_OWN_RANGE: Final = (0.5, 99.5)
"""Percentiles that are black and white where values mean no HU: collimators and burnt-in letters
lie outside them.
"""


def shrunk(values: NDArray[np.int16], kind: VolumeKind, px: int) -> NDArray[np.int16]:
    """(px, px) of a picture (row, col): HU, or 0 to LEVELS over its own range.

    A picture that is no square gets air, or black, on both of its short sides.
    """
    rows, cols = values.shape
    side = max(rows, cols)
    scaled = _clipped(values) if kind is VolumeKind.HU else _over_own_range(values)
    square = np.full((side, side), PADDING_HU if kind is VolumeKind.HU else 0, dtype=np.float32)
    top, left = (side - rows) // 2, (side - cols) // 2
    square[top : top + rows, left : left + cols] = scaled
    small = functional.interpolate(
        torch.from_numpy(square)[None, None],
        size=(px, px),
        mode="bilinear",
        antialias=True,
        align_corners=False,
    )
    found: NDArray[np.int16] = small[0, 0].round().numpy().astype(np.int16)
    return found


def as_input(small: Tensor, params: PictureInput) -> Tensor:
    """Shrunk pictures (picture, row, col) as (picture, channel, row, col), float32, normalised."""
    return normalise(as_grey(small, params), params)


def as_grey(small: Tensor, params: PictureInput) -> Tensor:
    """Shrunk pictures (picture, row, col) as grey (picture, channel, row, col) in [0, 1]."""
    values = small.to(torch.float32)
    if params.windows:
        grey = torch.stack(
            [(values - window.low_hu) / window.width_hu for window in params.windows], dim=1
        )
    else:
        grey = values[:, None] / LEVELS
    if grey.shape[1] != params.channels:
        grey = grey.expand(-1, params.channels, -1, -1)
    return grey.clamp(0.0, 1.0)


def normalise(grey: Tensor, params: PictureInput) -> Tensor:
    return (grey - params.mean) / params.std


def _clipped(values: NDArray[np.int16]) -> NDArray[np.float32]:
    return np.clip(values, PADDING_HU, _MOST_HU).astype(np.float32)


def _over_own_range(values: NDArray[np.int16]) -> NDArray[np.float32]:
    low, high = (float(value) for value in np.percentile(values, _OWN_RANGE))
    grey = (values.astype(np.float32) - low) / max(high - low, 1.0)
    levels: NDArray[np.float32] = np.clip(grey, 0.0, 1.0) * np.float32(LEVELS)
    return levels
