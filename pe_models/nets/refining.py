"""What a Refiner says of a whole study, a few slices at a time."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import torch
from torch import Tensor

from pe_models.nets.inference import NetReader, inferred
from pe_models.nets.refiner import Refiner
from pe_models.nets.slice_description import describe_refined
from pe_models.nets.tissues import clot_grid, evidence_logit, smoothed_scores
from pe_models.progress import CancelToken

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


@dataclass(frozen=True, slots=True, eq=False)
class RefinerReader(NetReader[Refiner]):
    """Reads the slices of a study that are seen together."""

    def __call__(self, seen: Tensor) -> Tensor:
        """Clot logits (slice, map_row, map_col) of slices that are ``seen`` together: (channel,
        slice, map_row, map_col).
        """
        with torch.inference_mode():
            if self.engine is not None:
                return self.engine(seen[None])[0][0]
            logits: Tensor = self.net(seen[None].contiguous(memory_format=torch.channels_last_3d))
            return logits[0]


def refined(
    reader: RefinerReader,
    seen_of: SeenOf,
    *,
    n_slices: int,
    step: int,
    cancel: CancelToken | None = None,
) -> Iterator[Refined]:
    """Every slice of a study once; those ``step`` apart are seen together.

    ``seen_of`` gives tensors on the device of the net, to several threads at once. Raises Cancelled
    once ``cancel`` is set.
    """
    on_cuda = next(reader.net.parameters()).device.type == "cuda"
    n_at_once = _AT_ONCE_ON_CUDA if on_cuda else _AT_ONCE_ON_CPU
    reach = reader.net.reach

    def read(place: tuple[range, int]) -> Refined:
        together, begin = place
        own = together[begin : begin + n_at_once]
        low = max(0, begin - reach)
        logits = reader(seen_of(together[low : begin + n_at_once + reach]))
        return _read(tuple(own), logits[begin - low :][: len(own)])

    rows = [range(first, n_slices, step) for first in range(min(step, n_slices))]
    blocks = ((row, begin) for row in rows for begin in range(0, len(row), n_at_once))
    return inferred(read, blocks, n_at_once=reader.n_at_once, cancel=cancel)


def _read(indices: tuple[int, ...], clot_logits: Tensor) -> Refined:
    scores = smoothed_scores(clot_logits)
    logit = evidence_logit(scores)
    return Refined(indices, scores, describe_refined(scores, logit), clot_grid(scores), logit)
