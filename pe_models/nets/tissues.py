"""The maps of a dense slice net: their tissues, the clot map, and a slice's evidence of clot."""

from enum import IntEnum
from typing import Final

import torch
from torch import Tensor
from torch.nn import functional

STRIDE: Final = 2
"""Input pixels a cell of the maps: a segmental artery of 4 mm is two to three cells wide."""
GRID_STRIDE: Final = 4
"""Input pixels a cell of the clot map that is kept and shown."""

_NORM: Final = 3.0
"""The order of the norm: at 1 many faint cells outdo a clot, at infinity one peak hides others."""
_LEAST: Final = 1e-6


class Tissue(IntEnum):
    """Channels of the maps. ``ARTERY`` covers its clots too."""

    CLOT = 0
    ARTERY = 1
    VEIN = 2
    RIGHT_VENTRICLE = 3
    LEFT_VENTRICLE = 4


def clot_scores(tissues: Tensor) -> Tensor:
    """How surely each cell is clot: (batch, map_row, map_col) in [0, 1].

    ``tissues`` (batch, tissue, map_row, map_col) are logits. Averaged over 3 x 3 cells: a single
    cell is noise.
    """
    return smoothed_scores(tissues[:, Tissue.CLOT])


def smoothed_scores(clot_logits: Tensor) -> Tensor:
    """As ``clot_scores``, from the clot's logits (batch, map_row, map_col) alone."""
    return functional.avg_pool2d(clot_logits.sigmoid()[:, None], 3, stride=1, padding=1)[:, 0]


def evidence_logit(scores: Tensor) -> Tensor:
    """Logit (batch,) that a slice holds any clot, from its ``scores`` (batch, row, col).

    Of 1 - exp(-n), where n is the norm of all cells. Unlike their maximum it rises with every clot,
    also one that is fainter than another or than a false peak elsewhere.
    """
    logs = scores.clamp_min(_LEAST).log().flatten(1)
    n = (torch.logsumexp(_NORM * logs, dim=1) / _NORM).exp()
    return n + torch.log(-torch.expm1(-n))


def clot_grid(scores: Tensor) -> Tensor:
    """The clot map in logit units at GRID_STRIDE: a cell keeps the highest that it covers."""
    pooled = functional.max_pool2d(scores[:, None], GRID_STRIDE // STRIDE)[:, 0]
    return to_logit(pooled)  # (batch, grid_row, grid_col)


def to_logit(scores: Tensor) -> Tensor:
    """Logits of scores in [0, 1], finite at both ends."""
    return torch.logit(scores, eps=_LEAST)
