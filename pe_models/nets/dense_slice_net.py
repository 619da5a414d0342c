"""DenseSliceNet: where on a slice clot, vessels and ventricles are; the score is read from there.

Fully convolutional: any input whose sides are multiples of ``SIDE_PX``.
"""

from typing import Final

import timm
import torch
from torch import Tensor, nn
from torch.nn import functional

from pe_models.nets.slice_description import describe, description_length
from pe_models.nets.slice_output import SliceOutput
from pe_models.nets.tissues import STRIDE, Tissue, clot_grid, clot_scores, evidence_logit

_PRIOR_LOGIT: Final = -4.0
"""Most cells are none of the tissues; a fresh net says so."""


class DenseSliceNet(nn.Module):
    """A timm backbone whose strides are joined, coarse to fine, to maps at every second pixel.

    As feature pyramids (Lin et al., CVPR 2017, arXiv 1612.03144) with light mixes, and a shallow
    branch of full convolutions for what is a few pixels wide. The slice's logit is an affine of
    the clot map's evidence; a linear layer on the backbone's pooled features, zero at first, is
    added for data that have labels without masks.
    """

    def __init__(
        self, backbone: str, *, width: int, channels: int = 3, dropout: float = 0.0
    ) -> None:
        """``channels`` are those of an input.

        Raises ValueError for a backbone that has no features at a stride of two pixels.
        """
        super().__init__()
        self.backbone = timm.create_model(
            backbone, pretrained=False, features_only=True, in_chans=channels
        )
        depths = self.backbone.feature_info.channels()
        if self.backbone.feature_info.reduction()[0] != STRIDE:
            raise ValueError(f"{backbone} has no features at a stride of {STRIDE}")
        self.laterals = nn.ModuleList(nn.Conv2d(c, width, 1) for c in depths)
        self.mixes = nn.ModuleList(_mix(width) for _ in depths[1:])
        self.detail = nn.Sequential(_conv(channels, width, stride=STRIDE), _conv(width, width))
        self.fuse = nn.Sequential(_conv(2 * width, width), _conv(width, width))
        self.maps = nn.Conv2d(width, len(Tissue), 1)
        self.of_evidence = nn.Linear(1, 1)
        self.of_pooled = nn.Linear(depths[-1], 1, bias=False)
        self.embedding = description_length(width)
        self.channels = channels
        self.dropout = dropout
        with torch.no_grad():
            self.of_evidence.weight.fill_(1.0)
            self.of_evidence.bias.zero_()
            self.of_pooled.weight.zero_()

    def forward(self, x: Tensor) -> SliceOutput:
        """(batch, channel: neighbours below, slice, above; row, col) -> SliceOutput."""
        return self.read(*self.encode(x))

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """The convolutions: joined features (batch, width, row / 2, col / 2), pooled ones."""
        levels = self.backbone(x)
        pooled = levels[-1].mean(dim=(2, 3))  # (batch, channels of the coarsest)
        joined = self.joined(levels)
        fine = self.fuse(torch.cat([joined, self.detail(x)], dim=1))
        return joined + fine, pooled

    def joined(self, levels: list[Tensor]) -> Tensor:
        """Features of all strides, fine to coarse -> (batch, width, row / 2, col / 2)."""
        sides = [lateral(level) for lateral, level in zip(self.laterals, levels, strict=True)]
        whole: Tensor = sides.pop()
        for mix, finer in zip(self.mixes, reversed(sides), strict=True):
            above = functional.interpolate(whole, size=finer.shape[2:], mode="nearest")
            whole = mix(above + finer)
        return whole

    def read(self, features: Tensor, pooled: Tensor) -> SliceOutput:
        """From the joined features and the pooled ones of the backbone; always in float32."""
        with torch.autocast(features.device.type, enabled=False):
            features, pooled = features.float(), pooled.float()
            tissues = self.maps(features) + _PRIOR_LOGIT  # (batch, tissue, row / 2, col / 2)
            clot = clot_scores(tissues)
            kept = functional.dropout(pooled, self.dropout, self.training)
            of_map = self.of_evidence(evidence_logit(clot)[:, None])
            logit = (of_map + self.of_pooled(kept)).squeeze(1)
            with torch.no_grad():
                embedding = describe(features, tissues, clot, logit)
        return SliceOutput(logit, embedding, clot_grid(clot), tissues)


def _mix(width: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(width, width, 3, padding=1, groups=width, bias=False),
        nn.Conv2d(width, width, 1, bias=False),
        nn.BatchNorm2d(width),
        nn.ReLU(inplace=True),
    )


def _conv(n_in: int, n_out: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(n_in, n_out, 3, padding=1, stride=stride, bias=False),
        nn.BatchNorm2d(n_out),
        nn.ReLU(inplace=True),
    )
