"""PictureNet: what every net of single slices and radiographs has in common."""

from torch import Tensor, nn


class PictureNet(nn.Module):
    """(batch, channel, row, col) -> logits (batch, label).

    ``maps`` is the layer whose output (batch, feature, row, col) class activation is read from.
    What may begin pretrained, and then learns at its own rate, is the ``backbone``.
    """

    maps: nn.Module
    backbone: nn.Module

    def forward(self, x: Tensor) -> Tensor:
        raise NotImplementedError
