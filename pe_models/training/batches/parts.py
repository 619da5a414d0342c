"""Part: what one process computes at a time of a step's batch.

A batch is dealt into equal parts over the processes of a run and, to save memory, over turns of one
process. A sample is the same whichever part it falls into, so that the mean of the parts' gradients
is that of the whole batch.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from pe_models.errors import TrainingError

Dealt = TypeVar("Dealt", NDArray[np.int64], Tensor, "Sequence[int]")


@dataclass(frozen=True, slots=True)
class Part:
    """Every ``count``-th sample of a batch, from the ``index``-th on."""

    index: int = 0
    count: int = 1

    def of(self, batch: Dealt) -> Dealt:
        """Those samples of ``batch``, along its first axis."""
        return batch[self.index :: self.count]


WHOLE = Part()


def parts_of(rank: int, n_ranks: int, *, accumulate: int, batch_size: int) -> tuple[Part, ...]:
    """The parts that process ``rank`` of ``n_ranks`` computes of each batch.

    Raises TrainingError where the batch cannot be dealt into equal parts.
    """
    count = n_ranks * accumulate
    if batch_size % count:
        raise TrainingError(
            f"A batch of {batch_size} cannot be dealt into {count} equal parts "
            f"({n_ranks} processes, {accumulate} turns); change batch_size or accumulate."
        )
    return tuple(Part(turn * n_ranks + rank, count) for turn in range(accumulate))
