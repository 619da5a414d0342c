"""SliceOutput: what one forward pass of a slice net gives."""

from typing import NamedTuple

from torch import Tensor


class SliceOutput(NamedTuple):
    """``logit`` (batch,), whether there is PE on the slice; ``embedding`` (batch, embedding).

    ``activation`` (batch, grid_row, grid_col) says where the score came from, in logit units: the
    exact class activation map of a pooled net, the clot map of a dense one. ``tissues``
    (batch, tissue, map_row, map_col) are the logits of a dense net's maps, None of a pooled one.
    """

    logit: Tensor
    embedding: Tensor
    activation: Tensor
    tissues: Tensor | None = None
