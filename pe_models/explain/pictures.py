"""Class activation of a picture net, in logit units.

Grad-CAM (Selvaraju et al., ICCV 2017, arXiv 1610.02391) at the net's ``maps``, signed: before its
ReLU and its scaling by each map's own range. Its mean over the net's own cells is the part of the
logit that the features explain to first order; for a net that ends in a mean and a linear layer,
all of it but the bias.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from pe_models.explain.covering import covering
from pe_models.nets.cells import CellPlaces, traced_cells
from pe_models.nets.pictures import PictureNet


def picture_map(net: PictureNet, x: Tensor, label: int) -> NDArray[np.float32]:
    """The map (grid_row, grid_col) of ``x`` (1, channel, row, col) for a label by its number.

    Its cells cover ``x`` evenly. ``net`` is out of training mode.
    """
    values, places = cell_activation(net, x, label)
    return covering(values, places, (x.shape[2], x.shape[3]))


def cell_activation(
    net: PictureNet, x: Tensor, label: int
) -> tuple[NDArray[np.float32], CellPlaces]:
    """As ``picture_map`` on the net's own cells, and where on ``x`` they lie."""
    kept: list[Tensor] = []

    def keep(_module: object, _given: object, grid: Tensor) -> None:
        kept.append(grid)

    hook = net.maps.register_forward_hook(keep)
    try:
        with torch.enable_grad(), traced_cells(net) as places:
            logit = net(x.clone().requires_grad_())[0, label]
    finally:
        hook.remove()
    grid = kept[0]
    (gradient,) = torch.autograd.grad(logit, grid)
    weight = gradient.mean(dim=(2, 3))  # (1, feature)
    n_cells = grid.shape[2] * grid.shape[3]
    values: NDArray[np.float32] = (
        torch.einsum("bfrc,bf->rc", grid, weight).mul(n_cells).float().numpy(force=True)
    )
    rows, cols = grid.shape[2:]
    even = CellPlaces.even((rows, cols), (x.shape[2], x.shape[3]))
    return values, places.get((rows, cols), even)
