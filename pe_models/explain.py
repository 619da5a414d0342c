"""Activation maps: which regions raised a slice's score, in logit units.

The class activation map is exact for a net that ends in a mean and a linear layer, and comes free
with the forward pass; its mean over the grid is the slice's logit. Grad-CAM (Selvaraju et al.,
ICCV 2017, arXiv 1610.02391) is made by the grad-cam package, taken before its ReLU and its scaling
by each map's own range, which would make a negative slice look as hot as a positive one.
"""

from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from pe_models.errors import InputError
from pe_models.findings import CLASS_ACTIVATION, Crop, Heatmap
from pe_models.nets.slice_classifier import SliceClassifier

GRAD_CAM: Final = "grad-cam"
METHODS: Final = (CLASS_ACTIVATION, GRAD_CAM)
"""The methods of ``explain``, by the name that is shown beside a map."""


def explain(
    classifier: SliceClassifier, x: Tensor, *, slice_index: int, crop: Crop, method: str
) -> Heatmap:
    """The map of one slice by ``method``, over ``crop``.

    ``x`` (1, 3, row, col) is the net's input on its device. Raises InputError for another method.
    """
    if method == CLASS_ACTIVATION:
        return Heatmap(slice_index, class_activation(classifier, x), crop, method)
    if method == GRAD_CAM:
        return Heatmap(slice_index, grad_cam(classifier, x), crop, method)
    raise InputError(f"There is no map called {method!r}; there is {' and '.join(METHODS)}.")


def class_activation(classifier: SliceClassifier, x: Tensor) -> NDArray[np.float32]:
    """Class activation map (grid_row, grid_col) of ``x`` (1, 3, row, col); its mean: the logit."""
    with torch.inference_mode():
        return to_grid(classifier(x).activation[0])


def grad_cam(classifier: SliceClassifier, x: Tensor) -> NDArray[np.float32]:
    """Grad-CAM (grid_row, grid_col) of ``x`` (1, 3, row, col) at the last grid of features.

    Signed, and times the number of grid cells, so that its mean is the part of the logit that the
    features explain to first order: for a linear head, the class activation map less its bias.
    """
    from pytorch_grad_cam import GradCAM
    from pytorch_grad_cam.utils.model_targets import RawScoresOutputTarget

    with torch.no_grad():  # not inference_mode: its tensors cannot enter a backward pass
        grid = classifier.backbone.forward_features(x)
    tail = _PooledHead(classifier)
    with GradCAM(tail, [tail.features]) as method, torch.enable_grad():
        targets = [RawScoresOutputTarget()]
        method(grid.detach().requires_grad_(), targets)
        taken = method.activations_and_grads
        cam = method.get_cam_image(
            grid,
            tail.features,
            targets,
            taken.activations[0].numpy(force=True),
            taken.gradients[0].numpy(force=True),
        )  # (1, grid_row, grid_col)
    classifier.zero_grad(set_to_none=True)
    scaled: NDArray[np.float32] = (cam[0] * cam[0].size).astype(np.float32)
    return scaled


def to_grid(activation: Tensor) -> NDArray[np.float32]:
    """An activation map (grid_row, grid_col) as an array of its own memory."""
    return activation.float().numpy(force=True).copy()


class _PooledHead(nn.Module):
    """What follows the grid of features in a SliceClassifier: mean, then its linear head."""

    def __init__(self, classifier: SliceClassifier) -> None:
        super().__init__()
        self.features = nn.Identity()
        self.head = classifier.head

    def forward(self, grid: Tensor) -> Tensor:
        """(batch, embedding, grid_row, grid_col) -> (batch, 1)."""
        logit: Tensor = self.head(self.features(grid).mean(dim=(2, 3)))
        return logit
