"""The reader's work on disk within two seconds, and back when the series is opened again."""

import logging
from collections.abc import Iterable
from functools import partial
from typing import Final

import numpy as np
from PySide6.QtCore import QObject, QTimer

from pe_viewer.jobs import Notice
from pe_viewer.library.database import LibraryError
from pe_viewer.library.review_json import Reading
from pe_viewer.library.series_id import key_of_study
from pe_viewer.review import Review
from pe_viewer.services.readings import ReadingService
from pe_viewer.state import ReviewSnapshot, ReviewState

logger = logging.getLogger(__name__)

_AFTER_MS: Final = 2000
"""A killed process loses what was done since the last save, and the save itself."""

_KEPT_FIELDS: Final = ("review", "viewed", "slice_index", "findings", "coarse_scores")


class Autosave(QObject):
    """Saves what changed of the series in view, at once when it is signed, locked or closes.

    ``saved(series_key)`` fires once a reading is on disk. What could not be written is tried again
    every two seconds, and once more when the program ends.
    """

    def __init__(self, state: ReviewState, service: ReadingService) -> None:
        super().__init__()
        self.saved = Notice()
        self._state = state
        self._service = service
        self._newest: dict[str, Reading] = {}
        self._unsaved: dict[str, str] = {}
        self._under_way: dict[str, Reading] = {}
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_AFTER_MS)
        self._timer.timeout.connect(self._save)
        state.changed.connect(self._on_changed)

    def reading_of(self, series_key: str, images: str = "") -> Reading:
        """What was kept of a series, here or of the same ``images`` elsewhere; of this session the
        newest, written yet or not."""
        if series_key not in self._newest:
            self._newest[series_key] = self._service.load(series_key, images)
        return self._newest[series_key]

    def forget(self, series_keys: Iterable[str]) -> None:
        """Drops what was said of some series, written or not."""
        for key in series_keys:
            for kept in (self._newest, self._unsaved, self._under_way):
                kept.pop(key, None)

    def close(self) -> None:
        """Writes what is unsaved before the program ends."""
        self._timer.stop()
        try:
            for series_key, study_key in self._unsaved.items():
                self._service.save_now(series_key, study_key, self._newest[series_key])
        except LibraryError:
            logger.error("the last reading could not be saved")

    def _on_changed(self, old: ReviewSnapshot, new: ReviewSnapshot) -> None:
        if new.series is None or old.series is None or new.series.key != old.series.key:
            self._save()
        elif new.study is not None and _has_changed(old, new):
            key = new.series.key
            self._unsaved[key] = key_of_study(new.study)
            self._newest[key] = _reading_of(new, was_seen=self.reading_of(key).model_was_seen)
            if _is_sealed_anew(old.review, new.review):
                self._save()
            elif not self._timer.isActive():
                self._timer.start()

    def _save(self) -> None:
        """Starts to write what is unsaved; it counts as unsaved until it is written."""
        self._timer.stop()
        for series_key, study_key in self._unsaved.items():
            reading = self._newest[series_key]
            if self._under_way.get(series_key) is reading:
                continue
            self._under_way[series_key] = reading
            job = self._service.save(series_key, study_key, reading)
            job.succeeded.connect(partial(self._on_saved, series_key, reading))
            job.failed.connect(partial(self._on_failed, series_key, reading))

    def _on_saved(self, series_key: str, reading: Reading, _result: object) -> None:
        self._is_over(series_key, reading)
        if self._newest.get(series_key) is reading:
            self._unsaved.pop(series_key, None)
        self.saved.emit(series_key)

    def _on_failed(self, series_key: str, reading: Reading, message: str) -> None:
        """Tells, and tries again: a full disk may have room a little later."""
        self._is_over(series_key, reading)
        self._state.update(notice=message)
        if series_key in self._unsaved:
            self._timer.start()

    def _is_over(self, series_key: str, reading: Reading) -> None:
        if self._under_way.get(series_key) is reading:
            del self._under_way[series_key]


def _has_changed(old: ReviewSnapshot, new: ReviewSnapshot) -> bool:
    return any(getattr(old, name) is not getattr(new, name) for name in _KEPT_FIELDS)


def _is_sealed_anew(old: Review, new: Review) -> bool:
    """Whether the reader signed, or locked the first read: lists tell of both at once."""
    return old.sign_off is not new.sign_off or old.first_read is not new.first_read


def _reading_of(snapshot: ReviewSnapshot, *, was_seen: bool) -> Reading:
    """``was_seen`` says whether the model had been seen before."""
    viewed: frozenset[int] = frozenset()
    if snapshot.viewed is not None:
        viewed = frozenset(np.flatnonzero(snapshot.viewed.mask()).tolist())
    shows_model = snapshot.findings is not None or snapshot.coarse_scores is not None
    return Reading(snapshot.review, snapshot.slice_index, viewed, was_seen or shows_model)
