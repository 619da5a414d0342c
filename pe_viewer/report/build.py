"""Study + Series + pixels + Findings + Review -> Report, with the choice of its key images."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from pe_models.findings import Findings, Flag, Heatmap
from pe_models.imaging.study import Series, Study
from pe_models.imaging.volume import Volume, VolumeKind, kind_of
from pe_models.imaging.window import PE_WINDOW, Window
from pe_models.tasks import DEFAULT_TASK, task_for
from pe_viewer.display.coverage import Coverage
from pe_viewer.display.slice_image import spread_window
from pe_viewer.draft.known import completed
from pe_viewer.form.answers import Source
from pe_viewer.form.ctpa_form import CtpaForm
from pe_viewer.report.clips import make_clips
from pe_viewer.report.deidentified.deidentify import site_pseudonyms
from pe_viewer.report.deidentified.redaction import redaction_of
from pe_viewer.report.measurements import measurements_of
from pe_viewer.report.model import Clip, KeyImage, KeyImageKind, Report
from pe_viewer.report.naming import own_tail, series_tail
from pe_viewer.report.typed_text import printable, rewritten
from pe_viewer.review import DecisionState, Review

MAX_KEY_IMAGES: Final = 12
"""More would bury the ones that matter; every flag stands in the table all the same."""

LEVELS: Final[tuple[tuple[str, float], ...]] = (
    ("upper quarter of the scanned range", 0.75),
    ("middle of the scanned range", 0.5),
    ("lower quarter of the scanned range", 0.25),
)
"""Levels shown where nothing is flagged, as fractions of the way from the most inferior slice."""

_ORDER_OF_FLAGS: Final = (
    DecisionState.ACCEPTED,
    DecisionState.UNSURE,
    DecisionState.UNDECIDED,
    DecisionState.REJECTED,
)

Pixels = Volume | NDArray[np.int16]
"""HU ``[slice, row, col]``: a Volume, or the array that loading fills, once all has come."""


def build_report(
    study: Study,
    series: Series,
    pixels: Pixels | None,
    findings: Findings | None,
    heatmaps: Sequence[Heatmap],
    review: Review,
    *,
    created: datetime,
    deidentify: bool = False,
    window: Window | None = None,
    coverage: Coverage | None = None,
    may_have_namesake: bool = False,
) -> Report:
    """The report of one series.

    ``pixels`` is None where they are gone; the report then shows no key images. ``findings`` is
    None for a report without analysis, ``coverage`` for one that nobody read for, ``window`` for
    that of the task, or of the picture's own range. ``may_have_namesake`` says that the files of
    other images may have the same names. Raises ValueError where pixels, findings or review are of
    another series, ExportError where UIDs cannot be replaced.
    """
    if pixels is not None and _hu(pixels).shape != series.geometry.shape:
        raise ValueError("the pixels are of another series")
    if window is None:
        window = _usual_window(series, pixels, findings)
    review = rewritten(review, printable)
    report = Report(study, series, findings, review, (), created, window)
    chosen = _choose(report) if pixels is not None else ()
    key_images = tuple(_with_pixels(image, pixels, heatmaps) for image in chosen)
    clips = _clips(report, pixels, heatmaps)
    hu = None if pixels is None else _hu(pixels)
    tail, own = series_tail(study, series), own_tail(study, series)
    measurements = measurements_of(review.measures, hu, series.geometry.spacing_mm[1:])
    if deidentify:
        review = _without_identity(rewritten(review, redaction_of(study, review)))
        pseudonyms = site_pseudonyms()
        tail = series_tail(study, series, pseudonyms.uid)
        own = own_tail(study, series, pseudonyms.uid)
        study, series = pseudonyms.study(study), pseudonyms.series(series)
        findings = None if findings is None else pseudonyms.findings(findings)
    form = completed(review, series.geometry, findings)
    return Report(
        study,
        series,
        findings,
        review,
        key_images,
        None if deidentify else created,
        window,
        _count_unpictured(report, key_images),
        measurements=measurements,
        clips=clips,
        heatmaps=tuple(sorted(heatmaps, key=lambda heatmap: heatmap.slice_index)),
        form=form if _is_of_a_reader(form) else None,
        sign_off=review.sign_off,
        series_tail=tail,
        own_tail=own if may_have_namesake else "",
        coverage=coverage,
    )


def _usual_window(series: Series, pixels: Pixels | None, findings: Findings | None) -> Window:
    """The first of its task's; that of the middle slice's own range where it has no HU."""
    if kind_of(series) is VolumeKind.HU:
        task = DEFAULT_TASK if findings is None else findings.task
        return next(iter(task_for(task).picture.windows), PE_WINDOW)
    return PE_WINDOW if pixels is None else spread_window(_hu(pixels)[series.n_slices // 2])


def _is_of_a_reader(form: CtpaForm) -> bool:
    """Whether a reader entered, measured or decided anything: pixels alone make no form."""
    of_pixels: dict[str, Any] = {
        name: None for name, source in form.sources.items() if source is Source.PIXELS
    }
    return not replace(form, sources={}, **of_pixels).is_empty


def _without_identity(review: Review) -> Review:
    if review.sign_off is None:
        return review
    return replace(review, sign_off=review.sign_off.without_identity())


def _choose(report: Report) -> tuple[KeyImage, ...]:
    """Which slices are shown: one entry a slice, what the reader stands by first."""
    added = [
        KeyImage(decision.peak, KeyImageKind.ADDED, None)
        for decision in report.review.decisions
        if decision.state is DecisionState.ADDED
    ]
    key_slices = sorted(report.review.key_slices, reverse=True)
    chosen = [KeyImage(index, KeyImageKind.CHOSEN, None) for index in key_slices]
    flags = _flag_images(report)
    n_accepted = sum(
        report.review.state_of(flag) is DecisionState.ACCEPTED for _, flag in report.numbered_flags
    )
    ordered = [*flags[:n_accepted], *added, *chosen, *flags[n_accepted:]]
    numbers = {flag.peak: number for number, flag in report.numbered_flags}
    shown = _first_of_each_slice(ordered)[:MAX_KEY_IMAGES] or _levels(report.series.n_slices)
    return tuple(replace(image, flag_number=numbers.get(image.slice_index)) for image in shown)


def _clips(report: Report, pixels: Pixels | None, heatmaps: Sequence[Heatmap]) -> tuple[Clip, ...]:
    """The first of the ranked flags, moving; none where the pixels are gone."""

    def frame(slice_index: int, flag_number: int) -> KeyImage:
        image = KeyImage(slice_index, KeyImageKind.FLAG, None, flag_number)
        return _with_pixels(image, pixels, heatmaps)

    if pixels is None:
        return ()
    return make_clips(_ranked_flags(report), report.series.n_slices, frame)


def _flag_images(report: Report) -> list[KeyImage]:
    return [KeyImage(flag.peak, KeyImageKind.FLAG, None) for _, flag in _ranked_flags(report)]


def _ranked_flags(report: Report) -> list[tuple[int, Flag]]:
    """(number, flag) by the reader's decision, then by the model's score."""
    return sorted(
        report.numbered_flags,
        key=lambda entry: (
            _ORDER_OF_FLAGS.index(report.review.state_of(entry[1])),
            -entry[1].score,
        ),
    )


def _first_of_each_slice(images: Iterable[KeyImage]) -> list[KeyImage]:
    by_slice: dict[int, KeyImage] = {}
    for image in images:
        by_slice.setdefault(image.slice_index, image)
    return list(by_slice.values())


def _levels(n_slices: int) -> list[KeyImage]:
    images = [
        KeyImage(round(fraction * (n_slices - 1)), KeyImageKind.LEVEL, None, level=level)
        for level, fraction in LEVELS
    ]
    return _first_of_each_slice(images)


def _with_pixels(image: KeyImage, pixels: Pixels | None, heatmaps: Sequence[Heatmap]) -> KeyImage:
    is_missing = isinstance(pixels, Volume) and image.slice_index in pixels.missing_slices
    hu = None if pixels is None or is_missing else _hu(pixels)[image.slice_index].copy()
    heatmap = next((h for h in heatmaps if h.slice_index == image.slice_index), None)
    return replace(image, hu=hu, heatmap=heatmap)


def _hu(pixels: Pixels) -> NDArray[np.int16]:
    return pixels.hu if isinstance(pixels, Volume) else pixels


def _count_unpictured(report: Report, key_images: Sequence[KeyImage]) -> int:
    shown = {image.slice_index for image in key_images}
    return sum(flag.peak not in shown for _, flag in report.numbered_flags)
