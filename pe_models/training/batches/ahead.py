"""Batches made ahead of the step that needs them, so that the net does not wait for its data."""

from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

from pe_models.parallel import map_threads

Batch = TypeVar("Batch")


class Ahead(Generic[Batch]):
    """``make(step)`` for one step after the other, made by threads; the values are the same.

    Begins anew where a step is asked for out of order, as after a resume. To be closed.
    """

    def __init__(self, make: Callable[[int], Batch], *, n_steps: int, n_threads: int) -> None:
        self._make, self._n_steps, self._n_threads = make, n_steps, n_threads
        self._next = -1
        self._coming: Iterator[Batch] | None = None

    def at(self, step: int) -> Batch:
        """The batch of ``step``, below ``n_steps``."""
        if self._coming is None or step != self._next:
            self.close()
            steps = range(step, self._n_steps)
            self._coming = map_threads(self._make, steps, n_threads=self._n_threads)
        self._next = step + 1
        return next(self._coming)

    def close(self) -> None:
        """Ends the threads."""
        coming, self._coming = self._coming, None
        if coming is not None:
            coming.close()  # type: ignore[attr-defined]
