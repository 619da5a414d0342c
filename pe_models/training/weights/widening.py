"""Weights of a net that sees few channels, put into one that sees more."""

from collections.abc import Mapping, Sequence
from typing import Final

from torch import Tensor, nn

from pe_models.bundle import Preprocessing

_COLOURS: Final = 3
"""Channels of a net that was trained on photographs."""


def widened(
    weights: Mapping[str, Tensor], net: nn.Module, places: Sequence[int]
) -> dict[str, Tensor]:
    """``weights`` with as many input channels as ``net`` has; the new ones weigh nothing.

    Channel k becomes channel ``places[k]``. So the net says what it said before, until it has
    learnt what the others show. Weights that differ in anything else stay as they are.
    """
    own = net.state_dict()
    return {
        name: _spread(weight, own.get(name, weight), places) for name, weight in weights.items()
    }


def places_of_colours(params: Preprocessing) -> tuple[int, ...]:
    """Where the channels of a net of photographs lie: the slice and its nearest neighbours."""
    return tuple(params.reach - 1 + i for i in range(_COLOURS))


def _spread(weight: Tensor, like: Tensor, places: Sequence[int]) -> Tensor:
    """(out, channel, row, col) with the channels of ``like``."""
    if weight.shape == like.shape or weight.dim() != 4 or weight.shape[1] != len(places):
        return weight
    if like.shape != (weight.shape[0], like.shape[1], *weight.shape[2:]):
        return weight
    wide = like.new_zeros(like.shape)
    wide[:, list(places)] = weight.to(wide)
    return wide
