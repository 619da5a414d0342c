"""The loss of a dense slice net: each tissue at the maps' cells, and the slice's peak."""

from typing import Final

import torch
from torch import Tensor
from torch.nn import functional

from pe_models.nets.tissues import STRIDE, Tissue, clot_scores, peak_logit
from pe_models.training.tissue_labels import TissueLabel

_COVERS: Final = {
    Tissue.CLOT: (TissueLabel.CLOT,),
    Tissue.ARTERY: (TissueLabel.ARTERY, TissueLabel.CLOT),
    Tissue.VEIN: (TissueLabel.VEIN,),
    Tissue.RIGHT_VENTRICLE: (TissueLabel.RIGHT_VENTRICLE,),
    Tissue.LEFT_VENTRICLE: (TissueLabel.LEFT_VENTRICLE,),
}
"""Which labels each map is taught."""

_WEIGHT: Final = (5.0, 2.0, 1.0, 0.5, 0.5)
_POSITIVE_WEIGHT: Final = (4.0, 2.0, 2.0, 1.0, 1.0)
"""One of each a Tissue, in its order."""
_OVERLAP_WEIGHT: Final = 0.5
_PEAK_WEIGHT: Final = 0.1
_SMOOTH_CELLS: Final = 20.0


def dense_loss(tissues: Tensor, labels: Tensor) -> Tensor:
    """Scalar loss of maps (batch, tissue, map_row, map_col), logits, against TissueLabels.

    ``labels`` (batch, row, col) lie on the net's input; a cell's target is the share of its pixels.
    Clots count as overlap too (Dice; Milletari et al. 2016, arXiv 1606.04797), for they fill few
    cells; the peak of the clot map learns whether there is any.
    """
    target = tissue_targets(labels)
    weight = tissues.new_tensor(_WEIGHT)
    positive = tissues.new_tensor(_POSITIVE_WEIGHT)[:, None, None]
    cross = functional.binary_cross_entropy_with_logits
    of_cells = cross(tissues, target, pos_weight=positive, reduction="none").mean(dim=(0, 2, 3))
    clot = target[:, Tissue.CLOT]
    has_clot = (clot.amax(dim=(1, 2)) > 0.5).to(tissues.dtype)
    of_peak = cross(peak_logit(clot_scores(tissues)), has_clot)
    overlap = _dice(tissues[:, Tissue.CLOT].sigmoid(), clot)
    return (weight * of_cells).sum() + _OVERLAP_WEIGHT * overlap + _PEAK_WEIGHT * of_peak


def tissue_targets(labels: Tensor) -> Tensor:
    """TissueLabels (batch, row, col) -> shares (batch, tissue, map_row, map_col) in [0, 1]."""
    masks = [torch.isin(labels, labels.new_tensor(_COVERS[tissue])) for tissue in Tissue]
    return functional.avg_pool2d(torch.stack(masks, dim=1).float(), STRIDE)


def _dice(found: Tensor, wanted: Tensor) -> Tensor:
    """1 less the overlap, over the whole batch."""
    both = 2.0 * (found * wanted).sum() + _SMOOTH_CELLS
    return 1.0 - both / (found.sum() + wanted.sum() + _SMOOTH_CELLS)
