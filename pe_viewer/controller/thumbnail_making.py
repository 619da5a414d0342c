"""When the small pictures of the series are made: while nothing else needs the disk."""

from functools import partial

from pe_viewer.services.thumbnails import Pictures, Picturing, ThumbnailService
from pe_viewer.state import ReviewSnapshot, ReviewState


class ThumbnailMaking:
    """Starts once a series has come, stops as soon as the reader asks for another."""

    def __init__(self, state: ReviewState, service: ThumbnailService) -> None:
        self._state = state
        self._service = service
        self._running: Picturing | None = None
        state.changed.connect(self._on_changed)

    def _on_changed(self, old: ReviewSnapshot, new: ReviewSnapshot) -> None:
        becomes_busy = _is_busy(new) and not _is_busy(old)
        if becomes_busy or old.studies is not new.studies:
            self._stop()
        elif _is_busy(old) and not _is_busy(new):
            self._start(new)

    def _start(self, snapshot: ReviewSnapshot) -> None:
        missing = [
            series
            for study in snapshot.studies
            for series in study.series
            if series.key not in snapshot.thumbnails
        ]
        if not missing:
            return
        running = self._service.make(missing)
        self._running = running
        running.pictures.arrived.connect(partial(self._on_pictures, running))

    def _stop(self) -> None:
        running, self._running = self._running, None
        if running is not None:
            running.job.cancel()

    def _on_pictures(self, running: Picturing, pictures: Pictures) -> None:
        if running is self._running:
            known = self._state.snapshot.thumbnails
            self._state.update(thumbnails={**known, **pictures})


def _is_busy(snapshot: ReviewSnapshot) -> bool:
    return snapshot.scanning.is_running or snapshot.loading.is_running
