"""Listening: who hears of one run, and what it took so far."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from pe_models.progress import CancelToken, OnProgress, Progress

OnCoarse = Callable[[tuple[int, ...], tuple[float, ...]], None]
"""Called with slice indices and their early scores in [0, 1], before the sequence net."""


@dataclass(slots=True, eq=False)
class Listening:
    """Who listens to one run, and what it took so far."""

    on_progress: OnProgress
    cancel: CancelToken
    on_coarse: OnCoarse
    timing_ms: dict[str, float] = field(default_factory=lambda: {"read": 0.0})

    def report(self, stage: str, done: int, total: int) -> None:
        """Raises Cancelled, so that a run stops between any two reports."""
        self.cancel.raise_if_cancelled()
        self.on_progress(Progress(stage, done, total))

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        began = time.perf_counter()
        yield
        self.timing_ms[stage] = 1000.0 * (time.perf_counter() - began)


def ignore_coarse(slice_indices: tuple[int, ...], scores: tuple[float, ...]) -> None:
    pass
