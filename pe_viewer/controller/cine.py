"""Slices that run by themselves, back and forth, at a rate that the reader sets."""

import time

from PySide6.QtCore import QObject, Qt, QTimer

from pe_viewer.display.looks import CineSettings
from pe_viewer.state import ReviewSnapshot, ReviewState


class Cine(QObject):
    """Steps one slice a tick and turns at either end, so that no slice is left out or jumped over.

    A tick that comes late delays the next ones: slices are never skipped to catch up. Anything
    else that moves the slice ends it, as a hand on the wheel means that the reader takes over.
    """

    def __init__(self, state: ReviewState) -> None:
        super().__init__()
        self._state = state
        self._step = -1
        self._shown = -1
        self._due_s = 0.0
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._on_timeout)
        state.changed.connect(self._on_changed)

    def toggle(self) -> None:
        """Starts toward the feet, or stops where it stands."""
        snapshot = self._state.snapshot
        if snapshot.cine.is_playing:
            self.stop()
        elif snapshot.n_slices > 1:
            self._step, self._shown = -1, snapshot.slice_index
            self._due_s = time.monotonic()
            self._show(CineSettings(True, snapshot.cine.rate_hz))
            self._wait()

    def stop(self) -> None:
        """Stays at the slice in view; nothing happens where it does not run."""
        self._timer.stop()
        cine = self._state.snapshot.cine
        if cine.is_playing:
            self._state.update(cine=CineSettings(False, cine.rate_hz), notice="")

    def faster(self) -> None:
        self._show(self._state.snapshot.cine.faster(4 / 3))

    def slower(self) -> None:
        self._show(self._state.snapshot.cine.faster(3 / 4))

    def _show(self, cine: CineSettings) -> None:
        self._state.update(cine=cine, notice=f"Cine: {cine.rate_hz} slices a second")

    def _wait(self) -> None:
        now_s = time.monotonic()
        self._due_s = max(now_s, self._due_s + 1.0 / self._state.snapshot.cine.rate_hz)
        self._timer.start(round(1000 * (self._due_s - now_s)))

    def _on_timeout(self) -> None:
        snapshot = self._state.snapshot
        if not 0 <= snapshot.slice_index + self._step < snapshot.n_slices:
            self._step = -self._step
        self._shown = snapshot.slice_index + self._step
        self._state.update(slice_index=self._shown)
        self._wait()

    def _on_changed(self, old: ReviewSnapshot, new: ReviewSnapshot) -> None:
        has_moved = new.slice_index != self._shown or new.series_key != old.series_key
        if new.cine.is_playing and old.cine.is_playing and has_moved:
            self.stop()
