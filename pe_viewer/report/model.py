"""Report and KeyImage: what a report holds before any writer lays it out. Frozen values."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from pe_models.findings import Findings, Flag, Heatmap
from pe_models.imaging.study import Series, SliceSource, Study
from pe_models.imaging.window import PE_WINDOW, Window
from pe_viewer.display.coverage import Coverage
from pe_viewer.form.ctpa_form import CtpaForm
from pe_viewer.form.sign_off import SignOff
from pe_viewer.report.measurements import Measurement
from pe_viewer.report.naming import uid_tail
from pe_viewer.review import Decision, Review


class KeyImageKind(StrEnum):
    """Why a slice was chosen."""

    FLAG = "flag"
    ADDED = "added by the reader"
    CHOSEN = "chosen by the reader"
    LEVEL = "representative level"


@dataclass(frozen=True, slots=True, eq=False)
class KeyImage:
    """One slice worth showing.

    ``hu`` (row, col; int16) is a copy, so that a report keeps no Volume alive; None where the slice
    could not be read. ``flag_number`` is the number of its flag in the report's tables, None for a
    slice that no flag peaks on. ``heatmap`` is None where there is no activation map.
    """

    slice_index: int
    kind: KeyImageKind
    hu: NDArray[np.int16] | None
    flag_number: int | None = None
    heatmap: Heatmap | None = None
    level: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """A flagged run, slice by slice: ``frames`` from the head toward the feet."""

    flag_number: int
    frames: tuple[KeyImage, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Report:
    """All that the writers lay out.

    ``created`` is None in a de-identified report: the day of reading gives away the day of the
    examination. ``findings`` is None where no analysis was made. ``n_flags_unpictured`` counts the
    flags whose peak found no room among the key images. ``form`` holds the reader's entries with
    what was measured or follows from them (its ``sources`` say which); None where nothing was
    entered. ``sign_off`` None is a report that is not signed. ``measurements`` are the review's
    measures with their values. ``clips`` are the runs that can be shown moving. ``heatmaps`` are
    all maps there are, in Volume order; several slices may have more than one, of other methods.
    ``series_tail`` stands in file names where the study has several series, ``own_tail`` where
    those of other images may be the same. ``coverage`` is what the reader had looked at when it was
    made; None where nobody read.
    """

    study: Study
    series: Series
    findings: Findings | None
    review: Review
    key_images: tuple[KeyImage, ...]
    created: datetime | None
    window: Window = PE_WINDOW
    n_flags_unpictured: int = 0
    form: CtpaForm | None = None
    sign_off: SignOff | None = None
    measurements: tuple[Measurement, ...] = ()
    clips: tuple[Clip, ...] = ()
    heatmaps: tuple[Heatmap, ...] = ()
    series_tail: str = ""
    own_tail: str = ""
    coverage: Coverage | None = None

    def __post_init__(self) -> None:
        if self.findings is not None and not _are_of_series(self.findings, self.series):
            raise ValueError("the findings are of another series")
        marked = (index for d in self.review.decisions for index in (d.first, d.peak, d.last))
        measured = (measure.slice_index for measure in self.review.measures)
        if not {*marked, *measured, *self.review.key_slices} <= set(range(self.series.n_slices)):
            raise ValueError("the review is of another series")

    @property
    def is_deidentified(self) -> bool:
        return self.created is None

    @property
    def numbered_flags(self) -> tuple[tuple[int, Flag], ...]:
        """(number, flag) from the head toward the feet, numbered from 1: the order of reading."""
        flags = () if self.findings is None else self.findings.flags
        return tuple(enumerate(sorted(flags, key=lambda flag: -flag.peak), start=1))

    @property
    def detached(self) -> tuple[Decision, ...]:
        """Decisions on runs of another bundle, which no numbered flag shows."""
        return self.review.detached(() if self.findings is None else self.findings.flags)

    @property
    def file_tail(self) -> str:
        """The end of the study UID, of several series with that of the series; no patient data."""
        tails = (uid_tail(self.study.study_uid, "study"), self.own_tail, self.series_tail)
        return "-".join(tail for tail in tails if tail)

    def source(self, slice_index: int) -> SliceSource:
        return self.series.slices[slice_index]


def _are_of_series(findings: Findings, series: Series) -> bool:
    """Slice by slice, as one SeriesInstanceUID may hold several series."""
    scored = [(score.sop_instance_uid, score.frame_number) for score in findings.slices]
    held = [(source.sop_instance_uid, source.frame_number) for source in series.slices]
    return findings.series_uid == series.series_uid and scored == held
