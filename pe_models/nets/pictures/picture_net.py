"""PictureNet: what every net of single slices and radiographs has in common."""

from torch import Tensor, nn


class PictureNet(nn.Module):
    """(batch, channel, row, col) -> logits (batch, label).

    ``maps`` is the layer whose output (batch, feature, row, col) class activation is read from. A
    part that may begin pretrained is called ``backbone``, so that it can learn at its own rate.
    """

    maps: nn.Module

    def forward(self, x: Tensor) -> Tensor:
        raise NotImplementedError
