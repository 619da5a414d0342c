"""Refiner: goes over a dense slice net's maps in three dimensions, and says anew where clots are.

The slice net sees a slice between a few neighbours, and cannot follow a vessel that runs across
them. The Refiner sees what it said of each slice, and the CT itself, over many slices at once: it
takes back what only looked like a clot, and finds what a single slice does not show. A U-net
(Ronneberger et al., MICCAI 2015, arXiv 1505.04597) that halves rows and columns alone, for slices
lie further apart than pixels, and looks across slices once a level. Fully convolutional.
"""

from itertools import pairwise
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from pe_models.bundle import RefinerArchitecture
from pe_models.nets.tissues import STRIDE, Tissue

SEEN: Final = (Tissue.CLOT, Tissue.ARTERY, Tissue.VEIN)
"""The maps that it is shown."""
N_CHANNELS: Final = len(SEEN) + STRIDE * STRIDE
"""Those maps, and the pixels of the CT that a cell covers."""

HIGHEST_LOGIT: Final = 10.0
"""Logits beyond it are as sure."""


class Refiner(nn.Module):
    """Its output is the slice net's own clot logit, moved; a fresh one moves nothing."""

    def __init__(self, architecture: RefinerArchitecture) -> None:
        super().__init__()
        widths = architecture.widths
        self.down = nn.ModuleList(
            nn.Sequential(_block(n_in, width, slices=3), _block(width, width))
            for n_in, width in zip((N_CHANNELS, *widths), widths, strict=False)
        )
        self.up = nn.ModuleList(nn.Conv3d(below, width, 1) for width, below in pairwise(widths))
        self.mix = nn.ModuleList(_block(width, width) for width in widths[:-1])
        self.moved = nn.Conv3d(widths[0], 1, 1)
        self.of_given = nn.Parameter(torch.ones(1))
        self.reach = len(widths)
        for parameter in self.moved.parameters():
            nn.init.zeros_(parameter)

    def forward(self, x: Tensor) -> Tensor:
        """Clot logits (batch, slice, map_row, map_col) of ``x`` (batch, channel, slice, map_row,
        map_col), each as ``refiner_input`` gives it.

        Those of a slice depend on ``reach`` slices on each side.
        """
        levels = []
        whole = x
        for depth, down in enumerate(self.down):
            if depth:
                whole = functional.max_pool3d(whole, (1, 2, 2), ceil_mode=True)
            whole = down(whole)
            levels.append(whole)
        for depth in reversed(range(len(self.mix))):
            finer = levels[depth]
            above = functional.interpolate(self.up[depth](whole), size=finer.shape[2:])
            whole = self.mix[depth](finer + above)
        given = HIGHEST_LOGIT * x[:, Tissue.CLOT]
        logits: Tensor = self.of_given * given + self.moved(whole)[:, 0]
        return logits


def refiner_input(tissues: Tensor, grey: Tensor) -> Tensor:
    """(channel, slice, map_row, map_col), about -1 to 1.

    ``tissues`` (slice, tissue, map_row, map_col) are a dense slice net's maps as logits, of which
    the first are those of ``SEEN``; ``grey`` (slice, row, col) in [0, 1] has STRIDE pixels a cell.
    """
    maps = tissues[:, : len(SEEN)].clamp(-HIGHEST_LOGIT, HIGHEST_LOGIT) / HIGHEST_LOGIT
    pixels = functional.pixel_unshuffle(grey[:, None], STRIDE) * 2.0 - 1.0
    return torch.cat([maps, pixels], dim=1).transpose(0, 1)


def _block(n_in: int, n_out: int, *, slices: int = 1) -> nn.Sequential:
    """A convolution of 3 x 3 cells in so many ``slices`` at once."""
    return nn.Sequential(
        nn.Conv3d(n_in, n_out, (slices, 3, 3), padding=(slices // 2, 1, 1), bias=False),
        nn.BatchNorm3d(n_out),
        nn.ReLU(inplace=True),
    )
