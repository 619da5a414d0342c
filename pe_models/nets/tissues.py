"""The maps of a dense slice net: their tissues, the clot map, and a slice's peak."""

from enum import IntEnum
from typing import Final

import torch
from torch import Tensor
from torch.nn import functional

STRIDE: Final = 2
"""Input pixels a cell of the maps: a segmental artery of 4 mm is two to three cells wide."""
GRID_STRIDE: Final = 4
"""Input pixels a cell of the clot map that is kept and shown."""

_PEAK_CELLS: Final = 3
_LEAST: Final = 1e-6


class Tissue(IntEnum):
    """Channels of the maps. ``ARTERY`` covers its clots too."""

    CLOT = 0
    ARTERY = 1
    VEIN = 2
    RIGHT_VENTRICLE = 3
    LEFT_VENTRICLE = 4


def clot_scores(tissues: Tensor) -> Tensor:
    """How surely each cell is clot within an artery: (batch, map_row, map_col) in [0, 1].

    ``tissues`` (batch, tissue, map_row, map_col) are logits. The product of both heads, averaged
    over 3 x 3 cells: a single cell is noise.
    """
    scores = tissues.sigmoid()
    within = scores[:, Tissue.CLOT] * scores[:, Tissue.ARTERY]
    return functional.avg_pool2d(within[:, None], 3, stride=1, padding=1)[:, 0]


def peak_logit(scores: Tensor) -> Tensor:
    """Logit (batch,) of the mean of the three highest cells of ``scores`` (batch, row, col)."""
    return to_logit(scores.flatten(1).topk(_PEAK_CELLS, dim=1).values.mean(dim=1))


def clot_grid(scores: Tensor) -> Tensor:
    """The clot map in logit units at GRID_STRIDE: a cell keeps the highest that it covers."""
    pooled = functional.max_pool2d(scores[:, None], GRID_STRIDE // STRIDE)[:, 0]
    return to_logit(pooled)  # (batch, grid_row, grid_col)


def to_logit(scores: Tensor) -> Tensor:
    """Logits of scores in [0, 1], finite at both ends."""
    return torch.logit(scores, eps=_LEAST)
