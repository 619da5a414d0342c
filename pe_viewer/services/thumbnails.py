"""Small pictures of the middle of every series, in the disk lane, one slice a series."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pe_models.errors import ReadError
from pe_models.imaging.study import Series
from pe_models.imaging.volume import VolumeKind, kind_of
from pe_models.imaging.window import PE_WINDOW
from pe_models.progress import CancelToken
from pe_viewer.display.slice_image import spread_window
from pe_viewer.display.thumbnail import thumbnail
from pe_viewer.jobs import Job, JobRunner, Lane, Latest

Pictures = Mapping[str, NDArray[np.uint8]]
"""Grey levels (row, col) by the key of the series."""


@dataclass(frozen=True, slots=True, eq=False)
class Picturing:
    """A running job: ``pictures`` carries all Pictures made so far."""

    job: Job
    pictures: Latest


class ThumbnailService:
    """Starts the making of small pictures. GUI thread."""

    def __init__(self, runner: JobRunner) -> None:
        self._runner = runner

    def make(self, series: Sequence[Series]) -> Picturing:
        """Makes a picture of each of ``series``, in their order."""
        pictures = self._runner.latest()
        job = self._runner.start(
            Lane.DISK,
            "thumbnails",
            lambda on_progress, cancel: make_thumbnails(series, pictures, cancel),
        )
        job.finished.connect(pictures.close)
        return Picturing(job, pictures)


def make_thumbnails(series: Sequence[Series], pictures: Latest, cancel: CancelToken) -> None:
    """Posts the Pictures made so far after each; a series that cannot be read gets none."""
    made: dict[str, NDArray[np.uint8]] = {}
    for each in series:
        cancel.raise_if_cancelled()
        try:
            made[each.key] = thumbnail_of(each)
        except ReadError:
            continue
        pictures.post(dict(made))


def thumbnail_of(series: Series) -> NDArray[np.uint8]:
    """A picture of its middle slice. Raises ReadError where that cannot be read."""
    from pe_models.imaging.read import read_volume

    middle = series.n_slices // 2
    alone = replace(
        series,
        slices=series.slices[middle : middle + 1],
        geometry=replace(series.geometry, shape=(1, series.rows, series.cols)),
    )
    hu = read_volume(alone).hu[0]
    window = PE_WINDOW if kind_of(series) is VolumeKind.HU else spread_window(hu)
    return thumbnail(hu, series.geometry, window)
