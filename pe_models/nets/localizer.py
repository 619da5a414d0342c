"""Localizer: the box of the lungs on single slices, joined to one Crop a Volume."""

import timm
import torch
from torch import Tensor, nn

from pe_models.findings import Crop

_TYPICAL_BOX = (0.15, 0.2, 0.85, 0.8)
_LEAST_SHARE = 0.2


class Localizer(nn.Module):
    """A timm net with four outputs: (xmin, ymin, xmax, ymax), normalised to [0, 1].

    No sigmoid; trained with L1. The bias starts at a typical chest.
    """

    def __init__(self, backbone: str) -> None:
        super().__init__()
        self.net = timm.create_model(backbone, pretrained=False, num_classes=4)
        head = self.net.get_classifier()
        with torch.no_grad():
            head.weight.mul_(0.1)
            head.bias.copy_(torch.tensor(_TYPICAL_BOX))

    def forward(self, x: Tensor) -> Tensor:
        """(batch, 3, row, col) -> (batch, 4)."""
        box: Tensor = self.net(x)
        return box


def union_crop(boxes: Tensor, *, rows: int, cols: int, margin: float) -> Crop:
    """The Crop around all ``boxes`` (n, 4), widened by ``margin`` and clipped to the slice.

    A union that is not finite or shows less than a fifth of a side is no chest: then the whole
    slice is taken, so that nothing is lost.
    """
    whole = Crop(0, rows, 0, cols)
    if boxes.numel() == 0 or not bool(torch.isfinite(boxes).all()):
        return whole
    x_min, y_min = (boxes[:, :2].amin(dim=0) - margin).clamp(0.0, 1.0).tolist()
    x_max, y_max = (boxes[:, 2:].amax(dim=0) + margin).clamp(0.0, 1.0).tolist()
    if x_max - x_min < _LEAST_SHARE or y_max - y_min < _LEAST_SHARE:
        return whole
    return Crop(
        row_min=int(y_min * rows),
        row_max=max(int(y_min * rows) + 1, round(y_max * rows)),
        col_min=int(x_min * cols),
        col_max=max(int(x_min * cols) + 1, round(x_max * cols)),
    )
