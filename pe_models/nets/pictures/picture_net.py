"""PictureNet: what every net of single slices and radiographs has in common."""

from abc import ABC, abstractmethod

from torch import Tensor, nn


class PictureNet(nn.Module, ABC):
    """(batch, channel, row, col) -> logits (batch, label).

    ``maps`` is the layer whose output (batch, feature, row, col) class activation is read from.
    What may begin pretrained, and then learns at its own rate, is the ``backbone``.
    """

    maps: nn.Module
    backbone: nn.Module

    @abstractmethod
    def forward(self, x: Tensor) -> Tensor: ...
