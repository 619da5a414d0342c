"""Who changed what of a reading, and when: every change of the Review goes to the audit trail."""

import logging
from typing import Final

from PySide6.QtCore import QObject, QTimer

from pe_viewer.draft.changes import changes_of
from pe_viewer.library.database import LibraryError
from pe_viewer.library.series_id import key_of_study
from pe_viewer.review import Review
from pe_viewer.services.library import LibraryService
from pe_viewer.settings import SettingsFile
from pe_viewer.state import ReviewSnapshot, ReviewState

logger = logging.getLogger(__name__)

_AFTER_MS: Final = 2000
"""What is typed comes as one change; a sign-off is written at once."""


class Auditing(QObject):
    """Writes what changed since the last entry, when the reader pauses, signs or goes on."""

    def __init__(self, state: ReviewState, service: LibraryService, settings: SettingsFile) -> None:
        super().__init__()
        self._state = state
        self._service = service
        self._settings = settings
        self._study_key = ""
        self._written: Review | None = None
        self._newest = Review()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_AFTER_MS)
        self._timer.timeout.connect(self._write)
        state.changed.connect(self._on_changed)

    def close(self) -> None:
        """Writes what is left before the program ends."""
        self._timer.stop()
        try:
            for act, detail in self._taken():
                self._service.append_audit_now(
                    act, study_key=self._study_key, reader=self._reader, detail=detail
                )
        except LibraryError:
            logger.error("the last entries of the audit trail could not be kept")

    @property
    def _reader(self) -> str:
        """Who signed, else who the settings say is reading."""
        signed = self._newest.sign_off
        return self._settings.settings.reader_name if signed is None else signed.reader

    def _on_changed(self, old: ReviewSnapshot, new: ReviewSnapshot) -> None:
        if new.series is None or old.series is None or new.series.key != old.series.key:
            self._write()
        elif new.study is not None and old.review is not new.review:
            if self._written is None:
                self._written, self._study_key = old.review, key_of_study(new.study)
            self._newest = new.review
            if old.review.sign_off is new.review.sign_off:
                self._timer.start()
            else:
                self._write()

    def _write(self) -> None:
        self._timer.stop()
        for act, detail in self._taken():
            job = self._service.append_audit(
                act, study_key=self._study_key, reader=self._reader, detail=detail
            )
            job.failed.connect(self._on_failed)

    def _taken(self) -> list[tuple[str, str]]:
        """What is to be written; it is not given twice."""
        written, self._written = self._written, None
        if written is None:
            return []
        return [(change.act, change.detail) for change in changes_of(written, self._newest)]

    def _on_failed(self, message: str) -> None:
        self._state.update(notice=message)
