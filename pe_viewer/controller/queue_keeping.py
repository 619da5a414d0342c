"""The queue of analyses outlives the program: kept with each change, brought back at the start."""

import logging
from dataclasses import replace

from PySide6.QtCore import QObject

from pe_viewer.controller.queueing import AnalysisQueue
from pe_viewer.library.database import LibraryError
from pe_viewer.library.waiting import WaitingStudy
from pe_viewer.services.library import LibraryService
from pe_viewer.state import Phase, ReviewSnapshot, ReviewState

logger = logging.getLogger(__name__)


class QueueKeeping(QObject):
    """Keeps what waits, from ``begin`` on."""

    def __init__(self, state: ReviewState, service: LibraryService, queue: AnalysisQueue) -> None:
        super().__init__()
        self._state = state
        self._service = service
        self._queue = queue
        self._kept: tuple[WaitingStudy, ...] | None = None
        state.changed.connect(self._on_changed)

    def begin(self) -> None:
        """Brings back what waited when the program ended."""
        job = self._service.load_queue()
        job.succeeded.connect(self._on_loaded)
        job.failed.connect(lambda _message: self._on_loaded(()))

    def close(self) -> None:
        """Writes, before the program ends, that nothing runs any more."""
        self._state.changed.disconnect(self._on_changed)
        if self._kept is None:
            return  # what was kept was never brought back
        waiting = tuple(replace(w, has_begun=False) for w in waiting_of(self._state.snapshot))
        try:
            self._service.save_queue_now(waiting)
        except LibraryError:
            logger.error("the queue could not be saved")

    def _on_loaded(self, kept: tuple[WaitingStudy, ...]) -> None:
        self._kept = kept
        self._queue.bring_back(kept)
        self._save()

    def _on_changed(self, old: ReviewSnapshot, new: ReviewSnapshot) -> None:
        if old.queue is not new.queue:
            self._save()

    def _save(self) -> None:
        waiting = waiting_of(self._state.snapshot)
        if self._kept is not None and waiting != self._kept:
            self._kept = waiting
            self._service.save_queue(waiting)


def waiting_of(snapshot: ReviewSnapshot) -> tuple[WaitingStudy, ...]:
    """What of the queue is not done."""
    return tuple(
        WaitingStudy(queued.study_key, queued.activity.is_running)
        for queued in snapshot.queue
        if queued.activity.phase in (Phase.IDLE, Phase.RUNNING)
    )
