"""DenseNet: clot, artery and vein at every second pixel; a slice's score comes from its map."""

from typing import Final, NamedTuple

import timm
import torch
from torch import Tensor, nn
from torch.nn import functional

from pe_models.imaging.window import PE_WINDOW
from pe_models.training.pretrained import BACKBONE, start_from_imagenet

STRIDE: Final = 2
"""Input pixels a cell of the map."""

PIXEL_MM: Final = 0.75
"""Pitch of the input: a segmental artery of 4 mm is five pixels wide."""

_WIDTH: Final = 40
_PRIOR_LOGIT: Final = -4.0


class DenseOutput(NamedTuple):
    """Logits (batch, map_row, map_col); ``artery`` covers its clots too."""

    clot: Tensor
    artery: Tensor
    vein: Tensor


class DenseNet(nn.Module):
    """A timm backbone whose five strides are joined, coarse to fine, to one of two pixels."""

    def __init__(self, backbone: str = BACKBONE) -> None:
        super().__init__()
        self.backbone = timm.create_model(backbone, pretrained=False, features_only=True)
        channels = self.backbone.feature_info.channels()
        self.laterals = nn.ModuleList(nn.Conv2d(c, _WIDTH, 1) for c in channels)
        self.mixes = nn.ModuleList(_mix() for _ in channels[1:])
        self.head = nn.Conv2d(_WIDTH, 3, 1)

    def forward(self, x: Tensor) -> DenseOutput:
        """(batch, 3: neighbour below, slice, neighbour above; row, col) -> DenseOutput."""
        fine_to_coarse = [
            lateral(f) for lateral, f in zip(self.laterals, self.backbone(x), strict=True)
        ]
        joined = fine_to_coarse.pop()
        for mix, finer in zip(self.mixes, reversed(fine_to_coarse), strict=True):
            above = functional.interpolate(joined, size=finer.shape[2:], mode="nearest")
            joined = mix(above + finer)  # (batch, width, row / stride, col / stride)
        clot, artery, vein = (self.head(joined) + _PRIOR_LOGIT).unbind(dim=1)
        return DenseOutput(clot, artery, vein)


def imagenet_dense_net() -> DenseNet:
    """A DenseNet whose backbone starts from ImageNet. Raises TrainingError without the package."""
    net = DenseNet()
    whole = timm.create_model(BACKBONE, pretrained=False, num_classes=0)
    start_from_imagenet(whole)
    missing, _ = net.backbone.load_state_dict(whole.state_dict(), strict=False)
    if missing:
        raise RuntimeError(f"the backbone lacks {missing[:3]}")
    return net


def window_inputs(hu: Tensor) -> Tensor:
    """HU (batch, 3, row, col) -> inputs in [-1, 1] by the PE window, channels last."""
    grey = ((hu - PE_WINDOW.low_hu) / PE_WINDOW.width_hu).clamp(0.0, 1.0)
    return (2.0 * grey - 1.0).contiguous(memory_format=torch.channels_last)


def clot_map(output: DenseOutput) -> Tensor:
    """How surely each cell is clot within an artery, (batch, map_row, map_col) in [0, 1].

    The geometric mean of both heads, averaged over three cells: a single cell is noise.
    """
    within = (output.clot.sigmoid() * output.artery.sigmoid()).sqrt()
    return functional.avg_pool2d(within[:, None], 3, stride=1, padding=1)[:, 0]


def _mix() -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(_WIDTH, _WIDTH, 3, padding=1, groups=_WIDTH, bias=False),
        nn.Conv2d(_WIDTH, _WIDTH, 1, bias=False),
        nn.BatchNorm2d(_WIDTH),
        nn.ReLU(inplace=True),
    )
