"""HeartNet: where on a slice the blood of the right and of the left ventricle is."""

from enum import IntEnum
from itertools import pairwise
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

SIDE_PX: Final = 16
"""Inputs have sides of multiples of this."""

_CHANNELS: Final = 3
"""The slice between its neighbours below and above."""
_SHARES: Final = (1, 2, 4, 6, 8)
"""Channels of each level, as multiples of the finest's; each is half as fine as the one before."""


class Ventricle(IntEnum):
    """Channels of the maps; what is neither has the channel after them."""

    RIGHT = 0
    LEFT = 1


class HeartNet(nn.Module):
    """A small U-Net (Ronneberger et al., MICCAI 2015, arXiv 1505.04597), trained from nothing.

    At 2 mm a pixel its coarsest level sees the whole heart, which tells a ventricle from an atrium
    and right from left; the finest one sees where the blood ends.
    """

    def __init__(self, width: int) -> None:
        """``width`` is the number of channels at the input's own scale."""
        super().__init__()
        channels = [width * share for share in _SHARES]
        self.down = nn.ModuleList(
            _two_convolutions(before, after)
            for before, after in zip([_CHANNELS, *channels], channels, strict=False)
        )
        self.up = nn.ModuleList(
            _two_convolutions(fine + coarse, fine) for fine, coarse in pairwise(channels)
        )
        self.maps = nn.Conv2d(width, len(Ventricle) + 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, 3, row, col) -> logits (batch, ventricle and neither, row, col)."""
        levels = []
        for index, level in enumerate(self.down):
            x = level(functional.max_pool2d(x, 2) if index else x)
            levels.append(x)
        for level, fine in zip(reversed(self.up), reversed(levels[:-1]), strict=True):
            x = level(torch.cat([fine, functional.interpolate(x, scale_factor=2.0)], dim=1))
        maps: Tensor = self.maps(x)
        return maps


def ventricle_scores(maps: Tensor) -> Tensor:
    """How surely each pixel is blood of each ventricle: (batch, ventricle, row, col) in [0, 1]."""
    return maps.float().softmax(dim=1)[:, : len(Ventricle)]


def _two_convolutions(n_in: int, n_out: int) -> nn.Sequential:
    return nn.Sequential(*_convolution(n_in, n_out), *_convolution(n_out, n_out))


def _convolution(n_in: int, n_out: int) -> tuple[nn.Module, ...]:
    return (
        nn.Conv2d(n_in, n_out, 3, padding=1, bias=False),
        nn.BatchNorm2d(n_out),
        nn.ReLU(inplace=True),
    )
