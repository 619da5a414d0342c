"""SliceClassifier: is there PE on this slice, what describes it, and where the score came from."""

from functools import cached_property
from typing import Final

import timm
import torch
from torch import Tensor, nn
from torch.nn import functional

from pe_models.nets.cells import CellPlaces, traced_cells
from pe_models.nets.slice_output import SliceOutput

_TRACED_PX: Final = 64
"""Side of the input by which a net's cells are found."""


class SliceClassifier(nn.Module):
    """A timm backbone, global average pooling and a linear head.

    The head is linear and the pooling a mean, so the map ``w . f(row, col) + b`` decomposes the
    logit without remainder: its mean is the logit (Zhou et al., CVPR 2016, arXiv 1512.04150).
    Dropout acts on the logit in training alone.
    """

    def __init__(self, backbone: str, *, channels: int = 3, dropout: float = 0.0) -> None:
        """``channels`` are those of an input."""
        super().__init__()
        self.backbone = timm.create_model(
            backbone, pretrained=False, num_classes=0, global_pool="", in_chans=channels
        )
        self.channels = channels
        self.embedding = int(self.backbone.num_features)
        self.head = nn.Linear(self.embedding, 1)
        self.dropout = dropout

    def forward(self, x: Tensor) -> SliceOutput:
        """(batch, channel, row, col) -> SliceOutput."""
        return self.read(*self.encode(x))

    def encode(self, x: Tensor) -> tuple[Tensor]:
        """The convolutions: features (batch, embedding, grid_row, grid_col)."""
        grid: Tensor = self.backbone.forward_features(x)
        return (grid,)

    def read(self, grid: Tensor) -> SliceOutput:
        """From the features of ``encode``."""
        embedding = grid.mean(dim=(2, 3))  # (batch, embedding)
        kept = functional.dropout(embedding, self.dropout, self.training)
        logit = self.head(kept).squeeze(1)  # (batch,)
        weight = self.head.weight[0]
        activation = torch.einsum("berc,e->brc", grid, weight) + self.head.bias
        return SliceOutput(logit, embedding, activation)

    @cached_property
    def cells(self) -> CellPlaces:
        """Where on an input the cells of its activation lie. Out of training mode."""
        x = self.head.weight.new_zeros(1, self.channels, _TRACED_PX, _TRACED_PX)
        with torch.no_grad(), traced_cells(self.backbone) as places:
            grid = self.backbone.forward_features(x)
        rows, cols = grid.shape[2:]
        return places.get((rows, cols), CellPlaces.even((rows, cols), (_TRACED_PX, _TRACED_PX)))
