"""Where the reader was: kept while they read, offered when the program starts again."""

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from PySide6.QtCore import QObject, QTimer

from pe_viewer.controller.opening import Opening
from pe_viewer.display.texts import slice_of_text
from pe_viewer.library.database import LibraryError
from pe_viewer.library.series_id import key_of_study
from pe_viewer.library.session import Session
from pe_viewer.library.studies import places_of
from pe_viewer.services.library import LibraryService
from pe_viewer.settings import SettingsFile
from pe_viewer.state import ReviewSnapshot, ReviewState

logger = logging.getLogger(__name__)

_AFTER_MS: Final = 2000
_KEPT_FIELDS: Final = ("series", "slice_index", "window")


class SessionKeeping(QObject):
    """Writes the Session within two seconds of a change; brings one back on request."""

    def __init__(
        self, state: ReviewState, service: LibraryService, settings: SettingsFile, opening: Opening
    ) -> None:
        super().__init__()
        self._state = state
        self._service = service
        self._settings = settings
        self._opening = opening
        self._restoring: Session | None = None
        self._timer = self._make_timer(_AFTER_MS, self._save)
        self._settling = self._make_timer(0, self._on_settled)
        state.changed.connect(self._on_changed)

    @property
    def restores_at_start(self) -> bool:
        return self._settings.settings.restores_session

    def toggle_restore_at_start(self) -> None:
        self._settings.change(restores_session=not self.restores_at_start)

    def begin(self) -> None:
        """Offers the last session, or goes on with it where the reader wants that always."""
        self._service.load_session().succeeded.connect(self._on_loaded)

    def restore(self) -> None:
        """Opens what was open, at the same slice in the same window."""
        session = self._state.snapshot.session
        if session is None:
            self._state.update(notice="There is no last session")
            return
        self._restoring = session
        self._opening.open_paths(
            session.paths, study_key=session.study_key, series_key=session.series_key
        )

    def close(self) -> None:
        """Writes, before the program ends, that it ended well."""
        self._state.changed.disconnect(self._on_changed)
        self._timer.stop()
        self._settling.stop()
        session = session_of(self._state.snapshot)
        if session is None and self._state.snapshot.session is not None:
            return  # nothing was opened: the offer stands
        try:
            self._service.save_session_now(session and replace(session, has_ended=True))
        except LibraryError:
            logger.error("the session could not be saved")

    def _make_timer(self, interval_ms: int, on_timeout: Callable[[], None]) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(interval_ms)
        timer.timeout.connect(on_timeout)
        return timer

    def _on_loaded(self, session: Session | None) -> None:
        if session is None or self._state.snapshot.series is not None:
            return
        self._state.update(session=session)
        if self.restores_at_start and not self._state.snapshot.scanning.is_running:
            self.restore()

    def _on_changed(self, old: ReviewSnapshot, new: ReviewSnapshot) -> None:
        if all(getattr(old, name) is getattr(new, name) for name in _KEPT_FIELDS):
            return
        if new.series is not None and (old.series is None or old.series.key != new.series.key):
            self._settling.start()
        if not self._timer.isActive():
            self._timer.start()

    def _on_settled(self) -> None:
        """A series has come into view: the one that is being restored, or another."""
        restoring, self._restoring = self._restoring, None
        self._state.update(session=None)
        snapshot = self._state.snapshot
        if restoring is None or snapshot.series is None:
            return
        if (
            restoring.series_key == snapshot.series.key
            and restoring.slice_index < snapshot.n_slices
        ):
            self._state.update(slice_index=restoring.slice_index, window=restoring.window)

    def _save(self) -> None:
        session = session_of(self._state.snapshot)
        if session is not None or self._state.snapshot.session is None:
            self._service.save_session(session)


def session_of(snapshot: ReviewSnapshot) -> Session | None:
    """Where the reader is now; None where nothing is open."""
    series, study = snapshot.series, snapshot.study
    if series is None or study is None:
        return None
    number = series.slices[snapshot.slice_index].instance_number
    return Session(
        study_key=key_of_study(study),
        series_key=series.key,
        paths=places_of(study),
        patient_name=study.patient.name,
        slice_index=snapshot.slice_index,
        place=slice_of_text(snapshot.slice_index, number, series.n_slices),
        window=snapshot.window,
    )
