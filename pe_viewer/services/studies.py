"""Scanning paths and loading series, in the disk lane.

The decoders and pydicom are imported in that lane's thread: the window must paint before them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pe_models.imaging.reading.loading_order import LoadingOrder
from pe_models.imaging.study import Scan, Series
from pe_models.imaging.volume import LoadedSlices, Volume
from pe_models.parallel import SharedArray
from pe_models.progress import CancelToken, OnProgress, Progress
from pe_viewer.jobs import Job, JobRunner, Lane, Latest


@dataclass(frozen=True, slots=True, eq=False)
class LoadedBatch:
    """What of a series is there so far: ``pixels[slice, row, col]`` HU, read-only."""

    pixels: NDArray[np.int16]
    loaded: LoadedSlices


@dataclass(frozen=True, slots=True, eq=False)
class OpenSeries:
    """A series whose slices have all come; ``series`` carries the warnings of reading too.

    ``buffer`` holds the Volume's memory, for the worker process to attach to. Its holder closes it.
    """

    series: Series
    volume: Volume
    buffer: SharedArray


@dataclass(frozen=True, slots=True, eq=False)
class Loading:
    """A running load: ``batches`` carries the newest LoadedBatch, the job ends in OpenSeries.

    What is read next follows the focus of ``order``.
    """

    job: Job
    batches: Latest
    order: LoadingOrder


class StudyService:
    """Starts scans and loads. GUI thread."""

    def __init__(self, runner: JobRunner) -> None:
        self._runner = runner

    def import_readers(self) -> Job:
        """Imports the DICOM readers ahead of the first study."""
        return self._runner.start(Lane.DISK, "import readers", _import_readers)

    def scan(self, paths: Sequence[Path]) -> Job:
        """A job that ends in the Scan of all ``paths`` together."""
        return self._runner.start(
            Lane.DISK, "scan", lambda on_progress, cancel: scan_paths(paths, on_progress, cancel)
        )

    def load(self, series: Series, *, first: int) -> Loading:
        """Loads from slice ``first`` outward, and follows ``Loading.order`` from there."""
        batches = self._runner.latest()
        order = LoadingOrder(series.n_slices, focus=first)
        job = self._runner.start(
            Lane.DISK,
            "load",
            lambda on_progress, cancel: load_series(series, order, batches, on_progress, cancel),
        )
        job.finished.connect(batches.close)
        return Loading(job, batches, order)


def scan_paths(paths: Sequence[Path], on_progress: OnProgress, cancel: CancelToken) -> Scan:
    """The Scan of all ``paths`` together; what was scanned before opens at once.

    Raises ScanError for one that cannot be listed, and Cancelled.
    """
    from pe_models.imaging import scan
    from pe_models.imaging.files.cache import HeaderCache

    return scan.scan_paths(paths, cache=HeaderCache(), on_progress=on_progress, cancel=cancel)


def load_series(
    series: Series,
    order: LoadingOrder,
    batches: Latest | None,
    on_progress: OnProgress,
    cancel: CancelToken,
) -> OpenSeries:
    """Reads ``series`` into shared memory. Raises ReadError where no slice can be read."""
    from pe_models.imaging.read import read_into, volume_from

    buffer = SharedArray.create(series.geometry.shape)
    try:
        hu = buffer.array
        pixels = hu.view()
        pixels.flags.writeable = False
        loaded = LoadedSlices(series.n_slices)

        def on_loaded(indices: Sequence[int]) -> None:
            nonlocal loaded
            loaded = loaded.with_slices(list(indices))
            on_progress(Progress("loading", len(loaded), series.n_slices))
            if batches is not None:
                batches.post(LoadedBatch(pixels, loaded))

        outcome = read_into(series, hu, order, on_loaded=on_loaded, cancel=cancel)
        series = replace(series, warnings=(*series.warnings, *outcome.warnings))
        return OpenSeries(series, volume_from(series, hu, outcome), buffer)
    except BaseException:
        buffer.close()
        raise


def _import_readers(on_progress: OnProgress, cancel: CancelToken) -> None:
    from pe_models.imaging import read, scan

    del read, scan
