"""The loss of a Refiner: the clot at each cell, and each slice's logit."""

from typing import Final

from torch import Tensor
from torch.nn import functional

from pe_models.nets.tissues import evidence_logit, smoothed_scores

_POSITIVE_WEIGHT: Final = 4.0
_CELL_WEIGHT: Final = 5.0
_HARD_WEIGHT: Final = 0.1
_HARD_CELLS: Final = 24
_OVERLAP_WEIGHT: Final = 0.5
_SLICE_WEIGHT: Final = 0.5
_IS_CLOT: Final = 0.35
"""The share of a cell from which it is one of a clot; those of less than that say nothing."""


def refined_loss(clot_logits: Tensor, shares: Tensor) -> Tensor:
    """Scalar loss of logits (batch, slice, map_row, map_col) against the ``shares`` of clot.

    Clots fill few cells: they count in each cell, as overlap (Dice; Milletari et al. 2016, arXiv
    1606.04797), against the cells of each block that look most like one and are none, and by
    whether each slice's map says that there is any.
    """
    cross = functional.binary_cross_entropy_with_logits
    is_clot = (shares > _IS_CLOT).to(clot_logits.dtype)
    is_told = ((shares == 0) | (shares > _IS_CLOT)).to(clot_logits.dtype)
    weight = is_told * (1.0 + (_POSITIVE_WEIGHT - 1.0) * is_clot)
    each = cross(clot_logits, is_clot, reduction="none") * weight
    hardest = (each * (1.0 - is_clot)).flatten(1).topk(_HARD_CELLS, dim=1).values.mean()
    return (
        _CELL_WEIGHT * each.sum() / weight.sum()
        + _HARD_WEIGHT * hardest
        + _OVERLAP_WEIGHT * _dice(clot_logits.sigmoid() * is_told, is_clot)
        + _SLICE_WEIGHT * _of_slices(clot_logits, shares, is_clot)
    )


def _of_slices(clot_logits: Tensor, shares: Tensor, is_clot: Tensor) -> Tensor:
    """Whether each slice holds a clot; those that hold a trace of one say nothing."""
    has_clot = is_clot.amax(dim=(2, 3)).flatten()
    is_told = (has_clot > 0) | (shares.amax(dim=(2, 3)).flatten() == 0)
    logit = evidence_logit(smoothed_scores(clot_logits.flatten(0, 1)))
    each = functional.binary_cross_entropy_with_logits(logit, has_clot, reduction="none")
    return (each * is_told).mean()


def _dice(found: Tensor, wanted: Tensor) -> Tensor:
    """1 less the overlap, a mean over the blocks that hold a clot; 0 where none does."""
    both = 2.0 * (found * wanted).flatten(1).sum(dim=1) + 1.0
    missed = 1.0 - both / ((found + wanted).flatten(1).sum(dim=1) + 1.0)
    holds = wanted.flatten(1).any(dim=1).to(found.dtype)
    return (missed * holds).sum() / holds.sum().clamp_min(1.0)
