"""The loss of a dense slice net: each tissue at the maps' cells, and the slice's logit."""

from typing import Final

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from pe_models.nets.tissues import STRIDE, Tissue, clot_scores, evidence_logit
from pe_models.training.store.tissue_labels import TissueLabel

_COVERS: Final = {
    Tissue.CLOT: (TissueLabel.CLOT,),
    Tissue.ARTERY: (TissueLabel.ARTERY, TissueLabel.CLOT),
    Tissue.VEIN: (TissueLabel.VEIN,),
    Tissue.RIGHT_VENTRICLE: (TissueLabel.RIGHT_VENTRICLE,),
    Tissue.LEFT_VENTRICLE: (TissueLabel.LEFT_VENTRICLE,),
}
"""Which labels each map is taught."""

_WEIGHT: Final = (2.0, 1.0, 0.5, 0.25, 0.25)
_POSITIVE_WEIGHT: Final = (4.0, 2.0, 2.0, 1.0, 1.0)
"""One of each a Tissue, in its order."""
_OVERLAP_WEIGHT: Final = 0.3
_EACH_CLOT_WEIGHT: Final = 0.4
_HARD_WEIGHT: Final = 0.4
_SLICE_WEIGHT: Final = 0.1
_SMOOTH_CELLS: Final = 20.0
_HARD_CELLS: Final = 16
_IS_CLOT: Final = 0.25
"""The share of a cell from which it is one of a clot."""


def dense_loss(tissues: Tensor, labels: Tensor, shares: Tensor) -> Tensor:
    """Scalar loss of maps (batch, tissue, map_row, map_col), logits, against TissueLabels.

    ``labels`` (batch, row, col) lie on the net's input; a cell's target is the share of its pixels.
    ``shares`` (batch, map_row, map_col) are those of ``clot_shares``.

    Clots fill few cells and small ones fewest, so they count in four more ways: as overlap (Dice;
    Milletari et al. 2016, arXiv 1606.04797), each clot as one whatever its size, against the cells
    that look most like one and are none, and by whether the whole map says that there is any.
    """
    target = tissue_targets(labels)
    weight = tissues.new_tensor(_WEIGHT)
    positive = tissues.new_tensor(_POSITIVE_WEIGHT)[:, None, None]
    cross = functional.binary_cross_entropy_with_logits
    of_cells = cross(tissues, target, pos_weight=positive, reduction="none").mean(dim=(0, 2, 3))
    clot = target[:, Tissue.CLOT]
    found = tissues[:, Tissue.CLOT]
    each = cross(found, (clot > _IS_CLOT).to(found.dtype), reduction="none")
    of_clots = (each * shares).sum() / shares.sum().clamp_min(1.0)
    has_clot = (clot.amax(dim=(1, 2)) > 0.5).to(found.dtype)
    of_slice = cross(evidence_logit(clot_scores(tissues)), has_clot)
    return (
        (weight * of_cells).sum()
        + _OVERLAP_WEIGHT * _dice(found.sigmoid(), clot)
        + _EACH_CLOT_WEIGHT * of_clots
        + _HARD_WEIGHT * _hardest(each, clot)
        + _SLICE_WEIGHT * of_slice
    )


def tissue_targets(labels: Tensor) -> Tensor:
    """TissueLabels (batch, row, col) -> shares (batch, tissue, map_row, map_col) in [0, 1]."""
    masks = [torch.isin(labels, labels.new_tensor(_COVERS[tissue])) for tissue in Tissue]
    return functional.avg_pool2d(torch.stack(masks, dim=1).float(), STRIDE)


def clot_shares(labels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """TissueLabels (row, col) -> (map_row, map_col), 1 over each connected clot together."""
    rows, cols = (n // STRIDE for n in labels.shape)
    is_clot = (labels == TissueLabel.CLOT).reshape(rows, STRIDE, cols, STRIDE).mean(axis=(1, 3))
    _, parts = cv2.connectedComponents((is_clot > _IS_CLOT).astype(np.uint8), connectivity=8)
    n_cells = np.bincount(parts.ravel()).astype(np.float32)
    return np.where(parts > 0, 1.0 / n_cells[parts], 0.0).astype(np.float32)


def _hardest(each: Tensor, clot: Tensor) -> Tensor:
    """The loss of the cells of a crop that are most wrongly taken for a clot, beside any."""
    near = functional.max_pool2d(clot[:, None], 3, stride=1, padding=1)[:, 0]
    return (each * (near == 0)).flatten(1).topk(_HARD_CELLS, dim=1).values.mean()


def _dice(found: Tensor, wanted: Tensor) -> Tensor:
    """1 less the overlap, over the whole batch."""
    both = 2.0 * (found * wanted).sum() + _SMOOTH_CELLS
    return 1.0 - both / (found.sum() + wanted.sum() + _SMOOTH_CELLS)
