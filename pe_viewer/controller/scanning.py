"""One scan at a time: its progress in the state, its result to whoever opens it."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from pe_models.imaging.study import Scan, SkippedFile
from pe_models.progress import Progress
from pe_viewer.jobs import Job
from pe_viewer.services.studies import StudyService
from pe_viewer.state import Activity, Phase, ReviewState

OnScanned = Callable[[Path, Scan], None]


class Scanning:
    """Scans paths. Until something new can be shown, what is open stays as it is.

    ``on_scanned`` gets the first path and a Scan that holds at least one study.
    """

    def __init__(self, state: ReviewState, service: StudyService, on_scanned: OnScanned) -> None:
        self._state = state
        self._service = service
        self._on_scanned = on_scanned
        self._job: Job | None = None

    def start(self, paths: Sequence[Path]) -> None:
        """Scans ``paths`` together, in the place of a scan that runs already."""
        if self._job is not None:
            self._job.cancel()
        self._state.update(scanning=Activity(Phase.RUNNING, "Scanning"), notice="")
        job = self._service.scan(paths)
        self._job = job
        job.progressed.connect(partial(self._on_progressed, job))
        job.succeeded.connect(partial(self._on_succeeded, job, paths[0]))
        job.failed.connect(partial(self._on_failed, job))

    def cancel(self) -> bool:
        """False where no scan runs."""
        if self._job is None:
            return False
        self._job.cancel()
        self._job = None  # told at once: a slow disk may keep the job for a while yet
        self._state.update(scanning=Activity(Phase.CANCELLED), notice="Scan cancelled")
        return True

    def _on_progressed(self, job: Job, progress: Progress) -> None:
        if job is self._job:
            self._state.update(
                scanning=Activity(
                    Phase.RUNNING,
                    "Scanning",
                    fraction=progress.fraction,
                    done=progress.done,
                    total=progress.total,
                )
            )

    def _on_succeeded(self, job: Job, path: Path, scan: Scan) -> None:
        if job is not self._job:
            return
        self._job = None
        if scan.studies:
            self._on_scanned(path, scan)
            return
        if not self._state.snapshot.studies:  # else the list belongs to what is open
            self._state.update(skipped=scan.skipped)
        self._fail(why_nothing_opened(scan.skipped))

    def _on_failed(self, job: Job, message: str) -> None:
        if job is self._job:
            self._job = None
            self._fail(message)

    def _fail(self, message: str) -> None:
        self._state.update(scanning=Activity(Phase.FAILED, message=message), notice="")


def why_nothing_opened(skipped: Sequence[SkippedFile]) -> str:
    """What a path without a study held, and what to do."""
    if not skipped:
        return "There are no files here. Choose the folder that holds the CT slices."
    first = skipped[0].reason.rstrip(".")
    count = "1 file was" if len(skipped) == 1 else f"{len(skipped):,} files were"
    return (
        f"No CT images here: {count} looked at (first: {first}). "
        "Choose the folder that holds the CT slices."
    )
