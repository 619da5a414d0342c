"""Reports of progress at a pace that a window can draw."""

import time
from typing import Final

from pe_models.progress import OnProgress, Progress

_LEAST_S: Final = 0.05


class PacedReports:
    """Passes on at most twenty reports of one stage a second, and every last one."""

    def __init__(self, stage: str, on_progress: OnProgress) -> None:
        self._stage = stage
        self._on_progress = on_progress
        self._next_at = 0.0

    def tell(self, done: int, total: int) -> None:
        """Now, or not at all; ``total`` is 0 while unknown."""
        if time.perf_counter() >= self._next_at:
            self.tell_surely(done, total)

    def tell_surely(self, done: int, total: int) -> None:
        self._on_progress(Progress(self._stage, done, total))
        self._next_at = time.perf_counter() + _LEAST_S
