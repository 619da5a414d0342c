"""Studies that wait for their analysis: one after the other, whenever the reader needs nothing."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject, QTimer

from pe_models.progress import Progress
from pe_viewer.controller.analysing import Analysing, overall_fraction
from pe_viewer.jobs import Job, Notice
from pe_viewer.library.series_id import key_of_study
from pe_viewer.library.studies import places_of
from pe_viewer.library.waiting import WaitingStudy
from pe_viewer.services.analysis import Analysis, AnalysisService
from pe_viewer.services.queued import QueueService, Wanted
from pe_viewer.services.studies import OpenSeries
from pe_viewer.state import Activity, Phase, QueuedStudy, ReviewSnapshot, ReviewState

_LOADING_SHARE: Final = 0.1
"""Of the whole, roughly by time on a CPU; the rest is the analysis."""

_ENDED_AT: Final = {
    False: Activity(),
    True: Activity(
        Phase.FAILED, message="The program ended during this analysis. Queue it again to try."
    ),
}
"""What a study is at the start whose analysis had begun when the program ended, or had not."""


class AnalysisQueue(QObject):
    """Analyses queued studies in the background, and stands back for the one that is read.

    While the reader opens something or has it analysed, what runs here is stopped and begun again
    later: cancelling takes half a second, waiting would take minutes. ``answered(study_key,
    series, analysis)`` fires for each study that is done, ``study_queued(study)`` for one that is
    open.
    """

    def __init__(
        self,
        state: ReviewState,
        loading: QueueService,
        analysis: AnalysisService,
        analysing: Analysing,
    ) -> None:
        super().__init__()
        self.answered = Notice()
        self.study_queued = Notice()
        self._state = state
        self._loading = loading
        self._analysis = analysis
        self._analysing = analysing
        self._job: Job | None = None
        self._current = ""
        self._next = QTimer(self)
        self._next.setSingleShot(True)
        self._next.setInterval(0)
        self._next.timeout.connect(self._start_next)
        state.changed.connect(self._on_changed)

    def add(self, study_keys: Sequence[str]) -> None:
        """Queues studies of the library, or of what is open, behind those that wait already."""
        snapshot = self._state.snapshot
        waiting = {q.study_key for q in snapshot.queue if _is_waiting(q)}
        added = [key for key in dict.fromkeys(study_keys) if key not in waiting]
        kept = tuple(q for q in snapshot.queue if q.study_key not in added)
        queued = (QueuedStudy(key, _places_of(key, snapshot)) for key in added)
        self._state.update(queue=(*kept, *queued))
        for study in snapshot.studies:
            if key_of_study(study) in added:
                self.study_queued.emit(study)
        self._next.start()

    def add_all_open(self) -> None:
        """Queues every study of what was opened."""
        studies = self._state.snapshot.studies
        if studies:
            self.add([key_of_study(study) for study in studies])
        else:
            self._state.update(notice="Open a folder of studies first")

    def bring_back(self, kept: Sequence[WaitingStudy]) -> None:
        """What waited when the program ended comes first.

        Where it ended in the middle of an analysis, that one waits for the reader: begun by
        itself, it could end the program at every start.
        """
        snapshot = self._state.snapshot
        known = {queued.study_key for queued in snapshot.queue}
        back = tuple(
            QueuedStudy(w.study_key, _places_of(w.study_key, snapshot), _ENDED_AT[w.has_begun])
            for w in kept
            if w.study_key not in known
        )
        self._state.update(queue=(*back, *snapshot.queue))
        self._next.start()

    def remove(self, *study_keys: str) -> None:
        """Takes studies out of the queue, and stops an analysis of theirs where it runs."""
        queue = self._state.snapshot.queue
        if self._current in study_keys:
            self._stop()
        self._state.update(queue=tuple(q for q in queue if q.study_key not in study_keys))
        self._next.start()

    def clear(self) -> None:
        """Empties the queue."""
        self._stop()
        self._state.update(queue=())

    def close(self) -> None:
        """Starts nothing any more."""
        self._state.changed.disconnect(self._on_changed)
        self._next.stop()
        self._stop()

    def _on_changed(self, old: ReviewSnapshot, new: ReviewSnapshot) -> None:
        if not new.queue or _is_busy(old) == _is_busy(new):
            return
        if _is_busy(new):
            self._stop()
        self._next.start()

    def _start_next(self) -> None:
        if self._job is not None:
            return
        self._let_stopped_wait()
        snapshot = self._state.snapshot
        due = next((q for q in snapshot.queue if q.activity.phase is Phase.IDLE), None)
        if due is None or _is_busy(snapshot):
            return
        if _is_read(due.study_key, snapshot):
            self._leave_to_reader(due.study_key)
        else:
            self._load(due)

    def _let_stopped_wait(self) -> None:
        """What was stopped for the reader is due again."""
        for queued in self._state.snapshot.queue:
            if queued.activity.is_running:
                self._show(queued.study_key, Activity())

    def _load(self, queued: QueuedStudy) -> None:
        wanted = Wanted(queued.study_key, queued.paths, self._analysing.bundle_sha256)
        self._current = queued.study_key
        self._follow(self._loading.load(wanted), self._on_loaded)
        self._show(queued.study_key, Activity(Phase.RUNNING, "Loading"))

    def _leave_to_reader(self, study_key: str) -> None:
        """The study in view needs no second copy in memory: it is analysed where it is."""
        self.remove(study_key)
        snapshot = self._state.snapshot
        if snapshot.findings is None and snapshot.analysis.phase is not Phase.DONE:
            self._analysing.analyze()

    def _follow(self, job: Job, on_succeeded: Callable[..., None]) -> None:
        self._job = job
        job.progressed.connect(partial(self._on_progressed, job))
        job.succeeded.connect(partial(on_succeeded, job))
        job.failed.connect(partial(self._on_failed, job))

    def _on_loaded(self, job: Job, opened: OpenSeries | None) -> None:
        if job is not self._job:
            return
        if opened is None:
            self._end(self._current, Activity(Phase.DONE, fraction=1.0))
        else:
            running = self._analysis.analyze(opened)
            running.job.finished.connect(opened.buffer.close)
            self._follow(running.job, partial(self._on_analysed, opened))

    def _on_analysed(self, opened: OpenSeries, job: Job, analysis: Analysis) -> None:
        self.answered.emit(self._current, opened.series, analysis)
        self._end(self._current, Activity(Phase.DONE, fraction=1.0))

    def _on_progressed(self, job: Job, progress: Progress) -> None:
        if job is not self._job:
            return
        if progress.stage == "loading":
            fraction, words = _LOADING_SHARE * progress.fraction, "Loading"
        else:
            whole = overall_fraction(progress)
            fraction, words = _LOADING_SHARE + (1 - _LOADING_SHARE) * whole, "Analysing"
        self._show(self._current, Activity(Phase.RUNNING, words, fraction))

    def _on_failed(self, job: Job, message: str) -> None:
        if job is self._job:
            self._end(self._current, Activity(Phase.FAILED, message=message))

    def _end(self, study_key: str, activity: Activity) -> None:
        self._job, self._current = None, ""
        self._show(study_key, activity)
        self._next.start()

    def _stop(self) -> None:
        job, self._job, self._current = self._job, None, ""
        if job is not None:
            job.cancel()

    def _show(self, study_key: str, activity: Activity) -> None:
        queue = self._state.snapshot.queue
        self._state.update(
            queue=tuple(
                replace(q, activity=activity) if q.study_key == study_key else q for q in queue
            )
        )


def _is_busy(snapshot: ReviewSnapshot) -> bool:
    """Whether the reader waits for something of their own."""
    activities = (snapshot.scanning, snapshot.loading, snapshot.analysis)
    return any(activity.is_running for activity in activities)


def _is_waiting(queued: QueuedStudy) -> bool:
    return queued.activity.phase in (Phase.IDLE, Phase.RUNNING)


def _places_of(study_key: str, snapshot: ReviewSnapshot) -> tuple[Path, ...]:
    """Where a study lies: as it was scanned just now, else as the library knows it."""
    scanned = (places_of(study) for study in snapshot.studies if key_of_study(study) == study_key)
    known = (entry.paths for entry in snapshot.library if entry.study_key == study_key)
    return next(scanned, None) or next(known, ())


def _is_read(study_key: str, snapshot: ReviewSnapshot) -> bool:
    """Whether the series that the queue would take is in view."""
    study, series = snapshot.study, snapshot.series
    if study is None or series is None or key_of_study(study) != study_key:
        return False
    return series.key == study.series[0].key
