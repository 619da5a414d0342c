"""Which slices the reader has looked at."""

from typing import Final

from PySide6.QtCore import QObject, QTimer

from pe_viewer.state import ReviewSnapshot, ReviewState

_COLLECT_MS: Final = 100


class Viewing(QObject):
    """Collects painted slices and adds them to ``viewed`` ten times a second.

    One update a paint would have the track repaint during every step of a fast scroll.
    """

    def __init__(self, state: ReviewState) -> None:
        super().__init__()
        self._state = state
        self._painted: set[int] = set()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_COLLECT_MS)
        self._timer.timeout.connect(self._on_timeout)
        state.changed.connect(self._on_changed)

    def slice_painted(self, slice_index: int) -> None:
        """A slice was drawn with its pixels."""
        snapshot = self._state.snapshot
        if snapshot.loaded is None or slice_index not in snapshot.loaded:
            return
        self._painted.add(slice_index)
        if not self._timer.isActive():
            self._timer.start()

    def _on_timeout(self) -> None:
        viewed = self._state.snapshot.viewed
        if viewed is not None:
            self._state.update(viewed=viewed.with_slices(sorted(self._painted)))
        self._painted.clear()

    def _on_changed(self, old: ReviewSnapshot, new: ReviewSnapshot) -> None:
        if new.geometry is not old.geometry:
            self._painted.clear()
            self._timer.stop()
