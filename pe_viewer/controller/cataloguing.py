"""The library in the window: what is in it, what comes into it, what leaves it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject

from pe_models.imaging.study import Series, Study
from pe_viewer.controller.analysing import Analysing
from pe_viewer.controller.autosave import Autosave
from pe_viewer.controller.opening import Opening
from pe_viewer.controller.queueing import AnalysisQueue
from pe_viewer.controller.reviewing import Reviewing
from pe_viewer.jobs import Job
from pe_viewer.library.entry import LibraryEntry
from pe_viewer.library.series_id import key_of_study
from pe_viewer.services.analysis import Analysis
from pe_viewer.services.library import MOST_PICTURES, LibraryService, refusal_to_forget
from pe_viewer.settings import SettingsFile
from pe_viewer.state import ReviewSnapshot, ReviewState


class Cataloguing(QObject):
    """Keeps every study that is opened, its pictures and what the model said; lists and forgets.

    For a second reader the list holds nothing of the model's before the lock.
    """

    def __init__(
        self,
        state: ReviewState,
        service: LibraryService,
        settings: SettingsFile,
        *,
        opening: Opening,
        analysing: Analysing,
        reviewing: Reviewing,
        autosave: Autosave,
        queue: AnalysisQueue,
    ) -> None:
        super().__init__()
        self._state = state
        self._service = service
        self._settings = settings
        self._opening = opening
        self._analysing = analysing
        self._reviewing = reviewing
        self._autosave = autosave
        self._queue = queue
        self._entries: tuple[LibraryEntry, ...] = ()
        self._keys: dict[str, set[str]] = {}
        self._asked: set[str] = set()
        self._is_listing = False
        self._is_stale = False
        analysing.answered.connect(self.keep)
        queue.answered.connect(self._keep_of)
        queue.study_queued.connect(self._add)
        autosave.saved.connect(lambda series_key: self.refresh())
        state.changed.connect(self._on_changed)

    def begin(self) -> None:
        """Lists the library, and looks whether its file is sound."""
        self.refresh()
        if self._service.keeps:
            job = self._service.check()
            job.succeeded.connect(self._on_checked)
            job.failed.connect(self._on_failed)

    def refresh(self) -> None:
        """Lists the library anew; while it is being listed, once more after that."""
        if self._is_listing:
            self._is_stale = True
            return
        self._is_listing, self._is_stale = True, False
        job = self._service.entries()
        job.succeeded.connect(self._on_listed)
        job.failed.connect(self._on_failed)
        job.finished.connect(self._on_listing_finished)

    def open_study(self, study_key: str) -> None:
        """Opens a study of the library from where it lay."""
        entry = self._entry(study_key)
        if entry is not None:
            self._opening.open_paths(entry.paths, study_key=study_key)

    def fetch_pictures(self, study_keys: Sequence[str]) -> None:
        """Brings the small pictures of some studies into the state, where there are any."""
        missing = [key for key in study_keys if key not in self._asked][:MOST_PICTURES]
        if missing:
            self._asked.update(missing)
            self._service.pictures(missing).succeeded.connect(self._on_pictures)

    def keep(self, series: Series, analysis: Analysis) -> None:
        """Keeps what the model said of a series that was in view."""
        shown = (study for study, keys in self._keys.items() if series.key in keys)
        study_key = next(shown, None)
        if study_key is not None:
            self._keep_of(study_key, series, analysis)

    def _keep_of(self, study_key: str, series: Series, analysis: Analysis) -> None:
        self._then_refresh(self._service.keep(study_key, series, analysis))

    def forget_studies(self, study_keys: Sequence[str]) -> None:
        """Removes every trace of some studies; what is open of them is closed.

        Nothing happens, and the reader is told, while a training is at work on one of them.
        """
        job = self._service.run_at_work_on(study_keys)
        job.succeeded.connect(partial(self._forget_unless, partial(self._forget, study_keys)))
        job.failed.connect(self._on_failed)

    def forget_all(self) -> None:
        """Removes every trace of every study in the same way; what is open is closed."""
        job = self._service.run_at_work_on(None)
        job.succeeded.connect(partial(self._forget_unless, self._forget_all))
        job.failed.connect(self._on_failed)

    def _forget_unless(self, forget: Callable[[], None], run_at_work: str) -> None:
        if run_at_work:
            self._say(refusal_to_forget(run_at_work))
        else:
            forget()

    def _forget(self, study_keys: Sequence[str]) -> None:
        forgotten = set(study_keys)
        self._queue.remove(*study_keys)
        if any(key_of_study(study) in forgotten for study in self._state.snapshot.studies):
            self._opening.close_study()
        keys = {key: self._keys.pop(key, set()) for key in study_keys}
        self._forget_keys(key for known in keys.values() for key in known)
        self._drop_recent([p for e in self._entries if e.study_key in forgotten for p in e.paths])
        snapshot = self._state.snapshot
        pictures = {k: p for k, p in snapshot.library_pictures.items() if k not in forgotten}
        session = snapshot.session
        is_last = session is not None and session.study_key in forgotten
        self._state.update(library_pictures=pictures, session=None if is_last else session)
        job = self._service.forget_studies(keys)
        self._then_refresh(job)
        n = len(forgotten)
        said = "The study was forgotten" if n == 1 else f"{n} studies were forgotten"
        job.succeeded.connect(partial(self._say, said))

    def _forget_all(self) -> None:
        self._queue.clear()
        self._opening.close_study()
        self._forget_keys(key for known in self._keys.values() for key in known)
        self._keys.clear()
        self._settings.change(recent=())
        self._state.update(recent=(), library_pictures={}, session=None)
        job = self._service.forget_all()
        self._then_refresh(job)
        job.succeeded.connect(partial(self._say, "All studies were forgotten"))

    def _forget_keys(self, series_keys: Iterable[str]) -> None:
        """Nothing of these series stays in memory."""
        keys = set(series_keys)
        for part in (self._autosave, self._analysing, self._reviewing, self._opening):
            part.forget(keys)

    def _on_changed(self, old: ReviewSnapshot, new: ReviewSnapshot) -> None:
        if new.study is not None and new.study is not old.study:
            self._add(new.study)
        if new.study is not None and new.series is not None and new.series.key != _key(old):
            self._keys.setdefault(key_of_study(new.study), set()).add(new.series.key)
            self._recall(new.study, new.series)
        if new.thumbnails is not old.thumbnails:
            self._keep_pictures(old, new)
        if new.is_second_reader != old.is_second_reader:
            self.refresh()

    def _add(self, study: Study) -> None:
        self._then_refresh(self._service.add(study))

    def _recall(self, study: Study, series: Series) -> None:
        """Asks what was found in ``series`` in an earlier session."""
        if self._analysing.answer_of(series.key) is not None:
            return
        self._analysing.expect_kept(series)
        job = self._service.recall(study, series, self._analysing.bundle_sha256)
        job.succeeded.connect(partial(self._analysing.accept_kept, series))
        job.failed.connect(lambda message: self._analysing.accept_kept(series, None))

    def _keep_pictures(self, old: ReviewSnapshot, new: ReviewSnapshot) -> None:
        made: dict[str, tuple[str, NDArray[np.uint8]]] = {
            series.key: (key_of_study(study), new.thumbnails[series.key])
            for study in new.studies
            for series in study.series
            if series.key in new.thumbnails and series.key not in old.thumbnails
        }
        if made:
            job = self._service.keep_pictures(made)
            job.succeeded.connect(lambda _: self._on_pictures(_best_pictures(self._state.snapshot)))
            job.failed.connect(self._on_failed)

    def _then_refresh(self, job: Job) -> None:
        job.succeeded.connect(lambda _: self.refresh())
        job.failed.connect(self._on_failed)

    def _entry(self, study_key: str) -> LibraryEntry | None:
        return next((e for e in self._entries if e.study_key == study_key), None)

    def _drop_recent(self, places: Sequence[Path]) -> None:
        """The folders that were opened lately, without those that hold or lie in ``places``."""
        recent = tuple(p for p in self._settings.settings.recent if not _is_near(p, places))
        self._settings.change(recent=recent)
        self._state.update(recent=recent)

    def _show(self) -> None:
        holds_back = self._settings.settings.second_reader
        shown = (e.for_second_reader() if holds_back else e for e in self._entries)
        self._state.update(library=tuple(shown))

    def _say(self, notice: str, _result: object = None) -> None:
        self._state.update(notice=notice)

    def _on_listed(self, entries: tuple[LibraryEntry, ...]) -> None:
        self._entries = entries
        self._show()

    def _on_listing_finished(self) -> None:
        self._is_listing = False
        if self._is_stale:
            self.refresh()

    def _on_pictures(self, pictures: Mapping[str, NDArray[np.uint8]]) -> None:
        if pictures:
            shown = self._state.snapshot.library_pictures
            self._state.update(library_pictures={**shown, **pictures})

    def _on_checked(self, message: str) -> None:
        if message:
            self._state.update(notice=message)
            self.refresh()

    def _on_failed(self, message: str) -> None:
        self._state.update(notice=message)


def _best_pictures(snapshot: ReviewSnapshot) -> dict[str, NDArray[np.uint8]]:
    """Of each study in view the picture of its best series, where it has come."""
    firsts = {key_of_study(study): study.series[0].key for study in snapshot.studies}
    made = snapshot.thumbnails
    return {study_key: made[key] for study_key, key in firsts.items() if key in made}


def _key(snapshot: ReviewSnapshot) -> str:
    return "" if snapshot.series is None else snapshot.series.key


def _is_near(path: Path, places: Sequence[Path]) -> bool:
    return any(path in (place, *place.parents) or place in path.parents for place in places)
