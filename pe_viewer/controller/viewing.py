"""Which slices the reader has looked at."""

import time
from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QObject, Qt, QTimer

from pe_viewer.state import ReviewSnapshot, ReviewState

LEAST_VIEWED_MS: Final = 100
"""A slice that stood for less was passed, not looked at."""

_COLLECT_MS: Final = 100


class Viewing(QObject):
    """Adds slices to ``viewed`` that stood painted for 100 ms, ten times a second at most.

    One update a slice would have the track repaint during every step of a fast scroll.
    """

    def __init__(self, state: ReviewState) -> None:
        super().__init__()
        self._state = state
        self._standing: int | None = None
        self._since_s = 0.0
        self._seen: set[int] = set()
        self._dwelling = self._make_timer(LEAST_VIEWED_MS, self._on_stood)
        self._collecting = self._make_timer(_COLLECT_MS, self._on_collected)
        state.changed.connect(self._on_changed)

    def slice_painted(self, slice_index: int) -> None:
        """A slice was drawn with its pixels."""
        snapshot = self._state.snapshot
        if snapshot.loaded is None or slice_index not in snapshot.loaded:
            return
        if slice_index != self._standing:
            self._leave()
            self._standing, self._since_s = slice_index, time.monotonic()
            self._dwelling.start()

    def _make_timer(self, interval_ms: int, on_timeout: Callable[[], None]) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setTimerType(Qt.TimerType.PreciseTimer)
        timer.setInterval(interval_ms)
        timer.timeout.connect(on_timeout)
        return timer

    def _leave(self) -> None:
        """The slice that stood gives way: it counts where its time was long enough."""
        stood_s = time.monotonic() - self._since_s
        if self._standing is not None and stood_s * 1000 >= LEAST_VIEWED_MS:
            self._see(self._standing)
        self._standing = None
        self._dwelling.stop()

    def _see(self, slice_index: int) -> None:
        viewed = self._state.snapshot.viewed
        if viewed is not None and slice_index not in viewed:
            self._seen.add(slice_index)
            if not self._collecting.isActive():
                self._collecting.start()

    def _on_stood(self) -> None:
        if self._standing is not None:
            self._see(self._standing)

    def _on_collected(self) -> None:
        viewed = self._state.snapshot.viewed
        if viewed is not None:
            self._state.update(viewed=viewed.with_slices(sorted(self._seen)))
        self._seen.clear()

    def _on_changed(self, old: ReviewSnapshot, new: ReviewSnapshot) -> None:
        if new.geometry is not old.geometry:
            self._standing = None
            self._seen.clear()
            self._dwelling.stop()
            self._collecting.stop()
        elif new.slice_index != old.slice_index:
            self._leave()
