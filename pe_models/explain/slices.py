"""Maps of a slice: which regions raised its score, in logit units.

Each slice net has a map of its own, which comes free with the forward pass. A pooled net's is the
class activation map, exact for a net that ends in a mean and a linear layer: its mean over the
net's own grid is the slice's logit. Those cells lie where its strides put them, and are brought to
even ones (``covering``). A dense net's is the clot map that its score is read from. Grad-CAM
(Selvaraju et al., ICCV 2017, arXiv 1610.02391) is made by the grad-cam package, taken before its
ReLU and its scaling by each map's own range, which would make a negative slice look as hot as a
positive one.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from pe_models.errors import InputError
from pe_models.explain.covering import covering
from pe_models.findings import CLASS_ACTIVATION, CLOT_MAP, Crop, Heatmap
from pe_models.nets.dense_slice_net import DenseSliceNet
from pe_models.nets.inference import slice_output
from pe_models.nets.load import SliceNet
from pe_models.nets.slice_classifier import SliceClassifier
from pe_models.nets.tissues import GRID_STRIDE, STRIDE
from pe_models.preprocess import CELL_PX, Framed

if TYPE_CHECKING:
    from pytorch_grad_cam import GradCAM, GradCAMPlusPlus

GRAD_CAM: Final = "grad-cam"
GRAD_CAM_PP: Final = "grad-cam++"


def own_method(net: SliceNet) -> str:
    """The map that ``net`` gives with each forward pass."""
    return CLOT_MAP if isinstance(net, DenseSliceNet) else CLASS_ACTIVATION


def methods(net: SliceNet) -> tuple[str, ...]:
    """The methods of ``explain``, by the name that is shown beside a map."""
    return own_method(net), GRAD_CAM, GRAD_CAM_PP


def explain(
    net: SliceNet,
    x: Tensor,
    *,
    slice_index: int,
    crop: Crop,
    sides: tuple[Framed, Framed] | None,
    method: str,
) -> Heatmap:
    """The map of one slice by ``method``, over ``crop``.

    ``x`` (1, channel, row, col) is the net's input on its device, ``sides`` how the crop lies in
    it. Raises InputError for a method that this net has not.
    """
    if method == own_method(net):
        values = own_map(net, x)
    elif method == GRAD_CAM:
        values = _over_input(net, grad_cam(net, x), x)
    elif method == GRAD_CAM_PP:
        values = _over_input(net, grad_cam_plus_plus(net, x), x)
    else:
        known = ", ".join(methods(net))
        raise InputError(f"There is no map called {method!r} here; there is {known}.")
    return Heatmap(slice_index, within_crop(values, sides), crop, method)


def own_map(net: SliceNet, x: Tensor) -> NDArray[np.float32]:
    """The map (grid_row, grid_col) by ``own_method`` over all of ``x`` (1, channel, row, col)."""
    return maps_over_input(net, slice_output(net, x).activation, x)[0]


def maps_over_input(net: SliceNet, activation: Tensor, x: Tensor) -> list[NDArray[np.float32]]:
    """Maps of ``activation`` (batch, grid_row, grid_col), which ``net`` gave for ``x``, on cells
    that cover each input evenly. In memory of their own.
    """
    return [_over_input(net, each.float().numpy(force=True).copy(), x) for each in activation]


def explain_members(
    nets: Sequence[SliceNet],
    x: Tensor,
    *,
    slice_index: int,
    crop: Crop,
    sides: tuple[Framed, Framed] | None,
    method: str,
) -> Heatmap:
    """As ``explain``, the mean of the maps of several slice nets of one kind."""
    maps = [
        explain(net, x, slice_index=slice_index, crop=crop, sides=sides, method=method)
        for net in nets
    ]
    values = mean_map([torch.from_numpy(heatmap.values)[None] for heatmap in maps])[0].numpy()
    return replace(maps[0], values=values)


def mean_map(activations: Sequence[Tensor]) -> Tensor:
    """The mean of several nets' maps (batch, grid_row, grid_col), on the grid of the first.

    The mean of the net's own cells is that of the logits where the grids are equal, as those of
    stride 32 are.
    """
    first, *others = activations
    if not others:
        return first
    size = first.shape[1:]
    alike = [functional.interpolate(a[:, None], size=size, mode="area")[:, 0] for a in others]
    return torch.stack([first, *alike]).mean(dim=0)


def grad_cam(net: SliceNet, x: Tensor) -> NDArray[np.float32]:
    """Grad-CAM (grid_row, grid_col) of ``x`` (1, channel, row, col) at the net's last features.

    Signed, and times the number of grid cells, so that its mean is the part of the logit that the
    features explain to first order: for a linear head, the class activation map less its bias.
    """
    from pytorch_grad_cam import GradCAM

    cam = _gradient_map(net, x, GradCAM)
    scaled: NDArray[np.float32] = cam * cam.size
    return _coarser(scaled) if isinstance(net, DenseSliceNet) else scaled


def grad_cam_plus_plus(net: SliceNet, x: Tensor) -> NDArray[np.float32]:
    """Grad-CAM++ (grid_row, grid_col): features weighted by how much each raises the logit where it
    does (Chattopadhyay et al., WACV 2018, arXiv 1710.11063, equation 19).

    Its values have no unit: they rank the places of a slice, and say nothing across nets.
    """
    from pytorch_grad_cam import GradCAMPlusPlus

    cam = _gradient_map(net, x, GradCAMPlusPlus)
    return _coarser(cam) if isinstance(net, DenseSliceNet) else cam


def _gradient_map(
    net: SliceNet, x: Tensor, method_of: "type[GradCAM | GradCAMPlusPlus]"
) -> NDArray[np.float32]:
    """The package's map (grid_row, grid_col), signed and not scaled.

    Features are divided by the number of cells and gradients multiplied by it, which changes
    neither method's map: gradients of a mean are so small that the package's guard against a
    division by zero (1e-6) would drown them.
    """
    from pytorch_grad_cam.utils.model_targets import RawScoresOutputTarget

    with torch.no_grad():  # not inference_mode: its tensors cannot enter a backward pass
        grid, tail = _cut(net, x)
    with method_of(tail, [tail.features]) as method, torch.enable_grad():
        targets = [RawScoresOutputTarget()]
        method(grid.detach().requires_grad_(), targets)
        taken = method.activations_and_grads
        n_cells = grid.shape[2] * grid.shape[3]
        cam = method.get_cam_image(
            grid,
            tail.features,
            targets,
            taken.activations[0].numpy(force=True) / n_cells,
            taken.gradients[0].numpy(force=True) * n_cells,
        )  # (1, row, col)
    net.zero_grad(set_to_none=True)
    values: NDArray[np.float32] = cam[0].astype(np.float32)
    return values


def within_crop(
    values: NDArray[np.float32], sides: tuple[Framed, Framed] | None
) -> NDArray[np.float32]:
    """The cells over the crop, of a map over a whole input; those of a coarse map are repeated."""
    if sides is None:
        return values
    rows, cols = sides
    for axis, side in enumerate(sides):
        n_cells = (side.before + side.px + side.after) // CELL_PX
        values = np.repeat(values, n_cells // values.shape[axis], axis=axis)
    return np.ascontiguousarray(values[rows.cells, cols.cells])


def _over_input(net: SliceNet, values: NDArray[np.float32], x: Tensor) -> NDArray[np.float32]:
    """A dense net's cells cover its input as they are."""
    if isinstance(net, DenseSliceNet):
        return values
    return covering(values, net.cells, (x.shape[2], x.shape[3]))


def _cut(net: SliceNet, x: Tensor) -> tuple[Tensor, "_Tail"]:
    """The last features (1, channel, row, col) of ``net`` for ``x``, and what follows them."""
    if isinstance(net, SliceClassifier):
        return net.backbone.forward_features(x), _PooledTail(net)
    levels = net.backbone(x)
    return net.joined(levels), _MapTail(net, levels[-1].mean(dim=(2, 3)))


class _Tail(nn.Module):
    """What follows the last features of a slice net; ``features`` is where they pass."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Identity()


class _PooledTail(_Tail):
    """Mean and linear head."""

    def __init__(self, net: SliceClassifier) -> None:
        super().__init__()
        self.head = net.head

    def forward(self, grid: Tensor) -> Tensor:
        """(batch, embedding, grid_row, grid_col) -> (batch, 1)."""
        logit: Tensor = self.head(self.features(grid).mean(dim=(2, 3)))
        return logit


class _MapTail(_Tail):
    """Maps, their peak and the logit; the backbone's pooled features stay as they are."""

    def __init__(self, net: DenseSliceNet, pooled: Tensor) -> None:
        super().__init__()
        self.net, self.pooled = net, pooled

    def forward(self, grid: Tensor) -> Tensor:
        """(batch, width, row, col) -> (batch, 1)."""
        return self.net.read(self.features(grid), self.pooled).logit[:, None]


def _coarser(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Means of the cells that one of GRID_STRIDE covers."""
    step = GRID_STRIDE // STRIDE
    rows, cols = (n // step for n in values.shape)
    means: NDArray[np.float32] = values.reshape(rows, step, cols, step).mean(axis=(1, 3))
    return means
