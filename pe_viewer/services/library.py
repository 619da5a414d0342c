"""The library's longer work, one thing after the other, in its own lane."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from pe_models.imaging.study import Series, Study
from pe_models.tasks import DEFAULT_TASK
from pe_viewer.jobs import Job, JobRunner, Lane, Work
from pe_viewer.library.database import LibraryError
from pe_viewer.library.library import Library
from pe_viewer.library.series_id import images_id
from pe_viewer.library.session import Session
from pe_viewer.library.waiting import WaitingStudy
from pe_viewer.services.analysis import Analysis

if TYPE_CHECKING:
    from pe_viewer.send.outbox import Outbox

MOST_PICTURES: Final = 60
"""Small pictures fetched at once: what a list shows."""


class LibraryService:
    """Starts work on the library. GUI thread; every job fails with a reason for the reader."""

    def __init__(self, runner: JobRunner, library: Library) -> None:
        self._runner = runner
        self._library = library

    @property
    def keeps(self) -> bool:
        return self._library.keeps

    def check(self) -> Job:
        """A job that ends in what the reader has to know of the file, "" where it is sound."""
        return self._start("check the library", lambda *_: self._library.check())

    def entries(self) -> Job:
        """A job that ends in all LibraryEntry, the study opened last first."""
        return self._start("list the library", lambda *_: self._library.studies.entries())

    def add(self, study: Study) -> Job:
        """Keeps that ``study`` was opened now."""
        return self._start("add a study", lambda *_: self._library.studies.add(study))

    def keep(self, study_key: str, series: Series, analysis: Analysis) -> Job:
        """Keeps what the model said of ``series``, which is one of that study."""
        return self._start(
            "keep findings",
            lambda *_: self._library.findings.save(
                series.key, study_key, analysis.findings, analysis.heatmaps
            ),
        )

    def recall(self, study: Study, series: Series, bundle_sha256: str | None) -> Job:
        """A job that ends in the Analysis kept of ``series`` of ``study``, or in None."""
        return self._start(
            "recall findings", lambda *_: recalled(self._library, study, series, bundle_sha256)
        )

    def keep_pictures(self, pictures: Mapping[str, tuple[str, NDArray[np.uint8]]]) -> Job:
        """Keeps (study_key, grey (row, col)) by the key of their series."""
        return self._start("keep pictures", lambda *_: self._library.studies.add_pictures(pictures))

    def pictures(self, study_keys: Sequence[str]) -> Job:
        """A job that ends in grey levels (row, col) by study."""
        wanted = tuple(study_keys)
        return self._start("fetch pictures", lambda *_: self._library.studies.pictures(wanted))

    def save_session(self, session: Session | None) -> Job:
        return self._start("save the session", lambda *_: self._library.session.save(session))

    def load_session(self) -> Job:
        """A job that ends in the last Session, or in None."""
        return self._start("load the session", lambda *_: self._library.session.load())

    def save_session_now(self, session: Session | None) -> None:
        """Before the program ends. Raises LibraryError."""
        self._library.session.save(session)

    def save_queue(self, waiting: Sequence[WaitingStudy]) -> Job:
        """Keeps which studies wait for their analysis."""
        return self._start("save the queue", lambda *_: self._library.queue.save(waiting))

    def load_queue(self) -> Job:
        """A job that ends in the WaitingStudy that were kept, in their order."""
        return self._start("load the queue", lambda *_: self._library.queue.load())

    def save_queue_now(self, waiting: Sequence[WaitingStudy]) -> None:
        """Before the program ends. Raises LibraryError."""
        self._library.queue.save(waiting)

    def append_audit_now(self, act: str, *, study_key: str, reader: str, detail: str) -> None:
        """Before the program ends. Raises LibraryError."""
        self._library.audit.append(act, study_key=study_key, reader=reader, detail=detail)

    def append_audit(self, act: str, *, study_key: str, reader: str, detail: str) -> Job:
        """A job that ends in the AuditEntry."""
        return self._start(
            "append to the audit trail",
            lambda *_: self._library.audit.append(
                act, study_key=study_key, reader=reader, detail=detail
            ),
        )

    def run_at_work_on(self, study_keys: Sequence[str] | None) -> Job:
        """A job that ends in the name of a training at work on one of these studies, or, for None,
        on any; "" where there is none. Until it ends they cannot be forgotten."""
        return self._start(
            "look at trainings", lambda *_: run_at_work_on(self._library, study_keys)
        )

    def forget_studies(self, keys_by_study: Mapping[str, Collection[str]]) -> Job:
        """Removes every trace of some studies, given with their series, those of scans included."""
        keys = dict(keys_by_study)
        return self._start("forget studies", lambda *_: forget_studies(self._library, keys))

    def forget_all(self) -> Job:
        """Removes every trace of every study."""
        return self._start("forget all studies", lambda *_: forget_all(self._library))

    def _start(self, name: str, work: Work) -> Job:
        return self._runner.start(Lane.LIBRARY, name, work)


def recalled(
    library: Library, study: Study, series: Series, bundle_sha256: str | None
) -> Analysis | None:
    """What a bundle said of ``series``, or for None the newest of any. Raises LibraryError.

    A series of another task was judged by that task's bundle, whichever was in use for PE.
    """
    images = images_id(study, series)
    kept = library.findings.load(series, bundle_sha256, images)
    if kept is None and bundle_sha256 is not None:
        newest = library.findings.load(series, None, images)
        kept = None if newest is None or newest.findings.task == DEFAULT_TASK else newest
    return None if kept is None else Analysis(kept.findings, kept.heatmaps)


def run_at_work_on(library: Library, study_keys: Collection[str] | None) -> str:
    """By key and, as earlier versions named them, by UID."""
    from pe_viewer.services import review_labels

    if study_keys is None:
        return review_labels.run_at_work_on(None)
    return review_labels.run_at_work_on({*study_keys, *library.studies.uids_of(study_keys)})


def forget_studies(library: Library, keys_by_study: Mapping[str, Collection[str]]) -> None:
    """The header cache goes whole: a scan of many studies is one piece of it.

    Earlier versions named what they sent and trained on by the StudyInstanceUID alone. Raises
    LibraryError, before anything is removed, while a training is at work on one of them.
    """
    from pe_models.imaging.files.cache import HeaderCache
    from pe_viewer.services.review_labels import forget_in_runs

    _refuse_during(run_at_work_on(library, keys_by_study.keys()))
    HeaderCache().forget_all()
    names = {*keys_by_study, *library.studies.uids_of(keys_by_study)}
    forget_in_runs(names)
    for outbox in _outboxes(library):
        for name in names:
            outbox.forget_study(name)
    library.forget_studies(keys_by_study)


def forget_all(library: Library) -> None:
    from pe_models.imaging.files.cache import HeaderCache
    from pe_viewer.services.review_labels import forget_all_in_runs

    _refuse_during(run_at_work_on(library, None))
    HeaderCache().forget_all()
    forget_all_in_runs()
    for outbox in _outboxes(library):
        outbox.forget_all()
    library.forget_all()


def refusal_to_forget(run: str) -> str:
    """What the reader is told while that training is at work."""
    return (
        f"Nothing was forgotten: the training {run} is at work on it. "
        "Stop it, or wait for its end, then forget again."
    )


def _refuse_during(run: str) -> None:
    if run:
        raise LibraryError(refusal_to_forget(run))


def _outboxes(library: Library) -> Iterator["Outbox"]:
    """What waits to be sent, where the library keeps anything."""
    from pe_viewer.send.outbox import FOLDER_NAME, Outbox

    if library.folder is not None:
        yield Outbox(library.folder / FOLDER_NAME)
