"""The tags of the slice in view, read when they are asked for."""

from functools import partial

from pe_viewer.display.tags import TagList, TagRow
from pe_viewer.jobs import Job
from pe_viewer.services.tags import TagService
from pe_viewer.state import ReviewSnapshot, ReviewState


class TagReading:
    """Answers requests for tags; of several the newest alone, and none of another series."""

    def __init__(self, state: ReviewState, service: TagService) -> None:
        self._state = state
        self._service = service
        self._job: Job | None = None
        state.changed.connect(self._on_changed)

    def read(self) -> None:
        """Reads the header of the slice in view, where there is one."""
        snapshot = self._state.snapshot
        self._stop()
        if snapshot.series is None:
            self._state.update(tags=None)
            return
        index = snapshot.slice_index
        job = self._service.read(snapshot.series.slices[index])
        self._job = job
        job.succeeded.connect(partial(self._on_read, job, index))
        job.failed.connect(partial(self._on_failed, job, index))

    def _stop(self) -> None:
        job, self._job = self._job, None
        if job is not None:
            job.cancel()

    def _on_changed(self, old: ReviewSnapshot, new: ReviewSnapshot) -> None:
        if old.series_key != new.series_key:
            self._stop()

    def _on_read(self, job: Job, slice_index: int, rows: tuple[TagRow, ...]) -> None:
        if job is self._job:
            self._state.update(tags=TagList(slice_index, rows))

    def _on_failed(self, job: Job, slice_index: int, message: str) -> None:
        if job is self._job:
            self._state.update(tags=TagList(slice_index, message=message))
