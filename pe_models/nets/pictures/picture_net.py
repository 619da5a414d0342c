"""PictureNet: what every net of single slices and radiographs has in common."""

from abc import ABC, abstractmethod

from torch import Tensor, nn


class PictureNet(nn.Module, ABC):
    """(batch, channel, row, col) -> logits (batch, label).

    ``maps`` is the layer whose output (batch, feature, row, col) class activation is read from,
    ``head`` the linear one that the logits come from. What may begin pretrained, and then learns at
    its own rate, is the ``backbone``.
    """

    maps: nn.Module
    backbone: nn.Module
    head: nn.Linear

    @abstractmethod
    def forward(self, x: Tensor) -> Tensor: ...
