"""Loading a study of the library for an analysis in the background, in a lane of its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pe_models.errors import RefusedError, ScanError
from pe_models.imaging.reading.loading_order import LoadingOrder
from pe_models.imaging.study import Study
from pe_models.progress import CancelToken, OnProgress
from pe_models.tasks import refusal_by_all
from pe_viewer.jobs import Job, JobRunner, Lane
from pe_viewer.library.library import Library
from pe_viewer.library.series_id import key_of_study
from pe_viewer.services.library import recalled
from pe_viewer.services.studies import OpenSeries, load_series, scan_paths


@dataclass(frozen=True, slots=True)
class Wanted:
    """The study to analyse, the paths that hold it, and the bundle that is in use, if known."""

    study_key: str
    paths: Sequence[Path]
    bundle_sha256: str | None


class QueueService:
    """Starts the loading of studies that nobody looks at. GUI thread."""

    def __init__(self, runner: JobRunner, library: Library) -> None:
        self._runner = runner
        self._library = library

    def load(self, wanted: Wanted) -> Job:
        """A job that ends in OpenSeries, whose buffer the caller closes; in None where the library
        holds what the bundle says of this study."""
        return self._runner.start(
            Lane.QUEUE,
            "load for the queue",
            lambda on_progress, cancel: load_wanted(self._library, wanted, on_progress, cancel),
        )


def load_wanted(
    library: Library, wanted: Wanted, on_progress: OnProgress, cancel: CancelToken
) -> OpenSeries | None:
    """The best series of a study, loaded; None where it was analysed already.

    Raises ScanError, RefusedError, ReadError, LibraryError and Cancelled.
    """
    study = _study(wanted, on_progress, cancel)
    series = study.series[0]
    if wanted.bundle_sha256 and recalled(library, study, series, wanted.bundle_sha256):
        return None
    order = LoadingOrder(series.n_slices, focus=series.n_slices // 2)
    return load_series(series, order, None, on_progress, cancel)


def _study(wanted: Wanted, on_progress: OnProgress, cancel: CancelToken) -> Study:
    scan = scan_paths(wanted.paths, on_progress, cancel)
    study = next((s for s in scan.studies if key_of_study(s) == wanted.study_key), None)
    if study is None:
        raise ScanError("The study is not where it was opened from any more.")
    refusal = refusal_by_all(study.series[0])
    if refusal is not None:
        raise RefusedError(refusal)
    return study
