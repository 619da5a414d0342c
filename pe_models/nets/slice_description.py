"""What a dense slice net tells the sequence net of a slice: a compact vector that knows sides.

Cols run from the patient's right to their left, rows from front to back. Zones are quarters of the
input across, so that the middle of the chest parts right from left, and halves down it. Areas are
logarithms of cells; widths are those of the ellipse with the same second moments, in cells.
"""

from typing import Final

import torch
from torch import Tensor
from torch.nn import functional

from pe_models.nets.tissues import Tissue, to_logit

ZONES: Final = (2, 4)
"""Rows and columns of zones: front and back by right, right middle, left middle and left."""

_N_ZONES: Final = ZONES[0] * ZONES[1]

N_EVIDENCE: Final = 3 * _N_ZONES + 12
"""The last numbers of a description, which mean the same in every net: clot by zone, vessels,
ventricles and the slice's logit. Those before them are the decoder's features.
"""

N_REFINED: Final = 2 * _N_ZONES + 4
"""What ``describe_refined`` adds to it."""


def description_length(width: int) -> int:
    """Numbers a slice, of a decoder with ``width`` channels."""
    return 3 * width + N_EVIDENCE


def describe(features: Tensor, tissues: Tensor, clot: Tensor, logit: Tensor) -> Tensor:
    """(batch, description_length).

    ``features`` (batch, width, row, col) of the decoder, ``tissues`` (batch, tissue, row, col) as
    logits, ``clot`` (batch, row, col) as ``clot_scores`` gives it, ``logit`` (batch,) of the slice.
    """
    scores = tissues.sigmoid().contiguous()  # sums over channels_last strides are slow
    cells = features.permute(0, 2, 3, 1).flatten(1, 2)  # (batch, cell, width): no copy, and fast
    parts = [
        cells.mean(dim=1),
        functional.adaptive_max_pool2d(features, 1).flatten(1),
        _weighted_mean(cells, clot),
        _zone_peaks(clot),
        _zone_areas(clot),
        _zone_areas(scores[:, Tissue.ARTERY]),
        _centre(clot),
        _area(scores[:, Tissue.VEIN]),
        *_ventricles(scores),
        _area(clot),
        logit[:, None],
    ]
    return torch.cat(parts, dim=1)


def describe_refined(clot: Tensor, logit: Tensor) -> Tensor:
    """(batch, N_REFINED): clot by zone and as a whole, and the slice's logit last.

    ``clot`` (batch, row, col) are scores of a refined map, ``logit`` (batch,) is their evidence.
    """
    parts = [_zone_peaks(clot), _zone_areas(clot), _centre(clot), _area(clot), logit[:, None]]
    return torch.cat(parts, dim=1)


def _zone_peaks(clot: Tensor) -> Tensor:
    """(batch, zone): the highest score in each zone, in logits."""
    return to_logit(functional.adaptive_max_pool2d(clot[:, None], ZONES)).flatten(1)


def _weighted_mean(cells: Tensor, clot: Tensor) -> Tensor:
    """Features (batch, width) where the clot is; toward 0 where there is less than a cell of it."""
    weight = clot.flatten(1)  # (batch, cell)
    total = torch.bmm(weight[:, None], cells)[:, 0]
    return total / (1.0 + weight.sum(dim=1, keepdim=True))


def _zone_areas(scores: Tensor) -> Tensor:
    """(batch, zone): the area of a tissue in each zone."""
    share = functional.adaptive_avg_pool2d(scores[:, None], ZONES).flatten(1)
    return torch.log1p(share * (scores[0].numel() / _N_ZONES))


def _area(scores: Tensor) -> Tensor:
    return torch.log1p(scores.sum(dim=(1, 2)))[:, None]


def _centre(weight: Tensor) -> Tensor:
    """(batch, 2): row and col of the middle of ``weight``, in [-1, 1]; 0 where there is none."""
    rows, cols = _axes(weight)
    total = 1.0 + weight.sum(dim=(1, 2))
    row = torch.einsum("bij,i->b", weight, rows) / total
    col = torch.einsum("bij,j->b", weight, cols) / total
    return torch.stack([row / len(rows), col / len(cols)], dim=1) * 2.0


def _ventricles(scores: Tensor) -> tuple[Tensor, ...]:
    """Area and both widths of each ventricle, and the logarithm of RV/LV of the short widths."""
    right = _widths(scores[:, Tissue.RIGHT_VENTRICLE])
    left = _widths(scores[:, Tissue.LEFT_VENTRICLE])
    ratio = torch.log((1.0 + right[:, 1:2]) / (1.0 + left[:, 1:2]))
    return right, left, ratio


def _widths(scores: Tensor) -> Tensor:
    """(batch, 3): area, short and long width of the cells that are surer than not."""
    weight = scores * (scores > 0.5)
    rows, cols = _axes(weight)
    total = 1e-3 + weight.sum(dim=(1, 2))
    down, across = weight.sum(dim=2), weight.sum(dim=1)  # (batch, row), (batch, col)
    row = (down @ rows / total)[:, None]
    col = (across @ cols / total)[:, None]
    of_rows = (down * (rows - row) ** 2).sum(dim=1) / total
    of_cols = (across * (cols - col) ** 2).sum(dim=1) / total
    both = torch.einsum("bij,i,j->b", weight, rows, cols) / total - (row * col)[:, 0]
    mean, spread = 0.5 * (of_rows + of_cols), 0.5 * (of_rows - of_cols)
    away = torch.sqrt(spread**2 + both**2)
    short, long = (4.0 * torch.sqrt((mean + sign * away).clamp_min(0.0)) for sign in (-1, 1))
    return torch.stack([torch.log1p(weight.sum(dim=(1, 2))), short, long], dim=1)


def _axes(cells: Tensor) -> tuple[Tensor, Tensor]:
    """Row and column of each cell, counted from the middle of ``cells`` (batch, row, col)."""
    rows, cols = (
        torch.arange(n, device=cells.device, dtype=cells.dtype) - 0.5 * (n - 1)
        for n in cells.shape[1:]
    )
    return rows, cols
