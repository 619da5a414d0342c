"""What a Refiner says of a whole study, a few slices at a time."""

from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple

import torch
from torch import Tensor

from pe_models.nets.refiner import Refiner
from pe_models.nets.slice_description import describe_refined
from pe_models.nets.tissues import clot_grid, evidence_logit, smoothed_scores

_AT_ONCE_ON_CPU: Final = 16
"""Slices: few, so that a cancel is heeded within half a second."""
_AT_ONCE_ON_CUDA: Final = 64

SeenOf = Callable[[Sequence[int]], Tensor]
"""Slices by their indices -> what a Refiner sees of them, as ``refiner_input`` gives it."""


class Refined(NamedTuple):
    """Of some slices ``indices``: ``scores`` (slice, map_row, map_col) of clot in [0, 1],
    ``description`` (slice, N_REFINED), ``activation`` (slice, grid_row, grid_col) the clot map that
    is shown, and ``logit`` (slice,).
    """

    indices: tuple[int, ...]
    scores: Tensor
    description: Tensor
    activation: Tensor
    logit: Tensor


def refined(net: Refiner, seen_of: SeenOf, *, n_slices: int, step: int) -> Iterator[Refined]:
    """Every slice of a study once; those ``step`` apart are seen together.

    ``net`` is in inference mode, on the device of what ``seen_of`` gives.
    """
    on_cuda = next(net.parameters()).device.type == "cuda"
    n_at_once = _AT_ONCE_ON_CUDA if on_cuda else _AT_ONCE_ON_CPU
    for first in range(min(step, n_slices)):
        together = range(first, n_slices, step)
        for begin in range(0, len(together), n_at_once):
            own = together[begin : begin + n_at_once]
            low = max(0, begin - net.reach)
            seen = seen_of(together[low : begin + n_at_once + net.reach])
            yield _read(tuple(own), _logits(net, seen)[begin - low :][: len(own)])


def _logits(net: Refiner, seen: Tensor) -> Tensor:
    """Clot logits (slice, map_row, map_col) of slices that are seen together."""
    with torch.inference_mode():
        logits: Tensor = net(seen[None].contiguous(memory_format=torch.channels_last_3d))[0]
    return logits


def _read(indices: tuple[int, ...], clot_logits: Tensor) -> Refined:
    with torch.inference_mode():
        scores = smoothed_scores(clot_logits)
        logit = evidence_logit(scores)
        return Refined(indices, scores, describe_refined(scores, logit), clot_grid(scores), logit)
