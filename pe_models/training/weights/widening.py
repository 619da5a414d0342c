"""Weights of a net that sees few slices, put into one that sees more on each side."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional


def widened(weights: Mapping[str, Tensor], net: nn.Module) -> dict[str, Tensor]:
    """``weights`` with as many input channels as ``net`` has; the outer ones are 0.

    So the net says of a slice what it said before, until it has learnt what the others show. What
    differs in anything else stays as it is.
    """
    own = net.state_dict()
    return {name: _padded(weight, own.get(name, weight)) for name, weight in weights.items()}


def _padded(weight: Tensor, like: Tensor) -> Tensor:
    """(out, channel, row, col) with the channels of ``like``, as many more on each side."""
    if weight.dim() != 4 or weight.shape == like.shape:
        return weight
    missing, odd = divmod(like.shape[1] - weight.shape[1], 2)
    if (
        missing < 1
        or odd
        or like.shape != torch.Size((weight.shape[0], like.shape[1], *weight.shape[2:]))
    ):
        return weight
    return functional.pad(weight, (0, 0, 0, 0, missing, missing))
