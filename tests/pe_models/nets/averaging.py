"""Nets made linear and even, so that what a cell looks at has a middle that can be measured."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn


def averaging(net: nn.Module) -> None:
    """Every convolution of ``net`` a mean over its kernel, every pooling a mean; in place."""
    for layer in list(net.modules()):
        if isinstance(layer, nn.Conv2d):
            nn.init.constant_(layer.weight, 1.0 / layer.weight[0].numel())
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
        if isinstance(layer, nn.BatchNorm2d):
            nn.init.ones_(layer.weight)  # some start at 0, which would shut a branch
        for name, child in layer.named_children():
            if isinstance(child, nn.MaxPool2d):
                pooling = nn.AvgPool2d(child.kernel_size, child.stride, child.padding)
                setattr(layer, name, pooling)


def looked_at(net: nn.Module, channels: int, px: int) -> tuple[int, float]:
    """Cells along a side of the grid of an ``averaging`` net, and the middle, in px along a column,
    of what the middle one looks at: the centroid of the gradient of its features."""
    grey = torch.full((1, channels, px, px), 1e-3, dtype=torch.float64, requires_grad=True)
    grid = net.double()(grey)
    n_cells = grid.shape[3]
    (gradient,) = torch.autograd.grad(grid[0, :, n_cells // 2, n_cells // 2].sum(), grey)
    seen = gradient[0].sum(dim=(0, 1)).numpy()
    return n_cells, float(_centroid(seen - seen.min()))


def middle_px(values: NDArray[np.float32], shape: tuple[int, int]) -> tuple[float, float]:
    """Row and col, in px of an input of ``shape``, of what stands out of a map of even cells."""
    high = values - np.median(values)
    high = np.where(high > 0.5 * high.max(), high, 0.0)
    rows, cols = (n / cells for n, cells in zip(shape, values.shape, strict=True))
    row, col = _centroid(high.sum(axis=1)), _centroid(high.sum(axis=0))
    return (row + 0.5) * rows - 0.5, (col + 0.5) * cols - 0.5


def _centroid(weights: NDArray[np.floating]) -> float:
    return float((weights * np.arange(len(weights))).sum() / weights.sum())
