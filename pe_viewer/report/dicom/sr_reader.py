"""What the reader said: entries of the form, runs of their own, and what they measured."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from pydicom.dataset import Dataset
from pydicom.sr.coding import Code

from pe_models.imaging.geometry import Geometry
from pe_models.imaging.volume import VolumeKind, kind_of
from pe_viewer.report import content
from pe_viewer.report.coded import codes, entries
from pe_viewer.report.coded.entries import Amount, Answer
from pe_viewer.report.dicom import content_items as items
from pe_viewer.report.dicom.content_items import Relation, Shape
from pe_viewer.report.dicom.sr_model import GROUP_TEMPLATE, decision_items, run_images, tracking
from pe_viewer.report.measurements import Measurement
from pe_viewer.report.model import Report
from pe_viewer.review import Decision, Ellipse, Length, Measure, Point

PLANAR_TEMPLATE: Final = "1410"


_ATTENUATIONS: Final = (
    codes.MEAN_ATTENUATION,
    codes.SD_ATTENUATION,
    codes.MIN_ATTENUATION,
    codes.MAX_ATTENUATION,
)
_VALUES: Final = (codes.MEAN_VALUE, codes.SD_VALUE, codes.MIN_VALUE, codes.MAX_VALUE)
"""Of pixels that are no HU, such as those of an MR: what they measure is not known."""


def reader_groups(report: Report) -> Iterator[Dataset]:
    """Entries first, then runs that the reader added or decided on under another bundle, then
    measures, oldest first."""
    entered = [*_entries(report)]
    if entered:
        group = [*tracking(report, "Reader", "reader"), items.code(codes.FINDING, codes.READER)]
        yield items.container(codes.MEASUREMENT_GROUP, [*group, *entered], template=GROUP_TEMPLATE)
    yield from _run_groups(report, report.review.added, "Added")
    yield from _run_groups(report, report.detached, "Of another bundle")
    for position, measurement in enumerate(report.measurements, start=1):
        yield _measure_group(report, position, measurement)


def _entries(report: Report) -> Iterator[Dataset]:
    impression = content.impression(report)
    if impression != content.NO_IMPRESSION:
        yield _typed(report, codes.IMPRESSION, impression)
    if report.form is not None:
        for entry in (*entries.answers(report.form), *entries.arteries(report.form)):
            yield items.code(entry.question, entry.answer, children=_modifiers(entry))
        for amount in entries.amounts(report.form):
            yield _number(report, amount)
    for words in entries.words(report):
        yield _typed(report, words.topic, words.text)


def _modifiers(entry: Answer) -> list[Dataset]:
    return [items.code(what, where, Relation.CONCEPT_MODIFIER) for what, where in entry.places]


def _typed(report: Report, topic: Code, text: str) -> Dataset:
    """Says in which language, where it is not that of the document (TID 1204)."""
    language = entries.language(report)
    modifier = items.code(codes.LANGUAGE, language, Relation.CONCEPT_MODIFIER)
    return items.text(topic, text, children=() if language == codes.ENGLISH else (modifier,))


def _number(report: Report, amount: Amount) -> Dataset:
    at = amount.slice_index
    sources = () if at is None else (_inferred_from(report, at),)
    return items.number(amount.quantity, amount.value, amount.unit, children=sources)


def _inferred_from(report: Report, slice_index: int) -> Dataset:
    source = report.source(slice_index)
    return items.image(source, codes.SOURCE_OF_MEASUREMENT, Relation.INFERRED_FROM)


def _run_groups(report: Report, runs: tuple[Decision, ...], name: str) -> Iterator[Dataset]:
    """``name`` says what the runs are: added, or of another bundle."""
    for position, run in enumerate(runs, start=1):
        what = f"{name.lower()} {run.first} {run.peak} {run.last}"
        children = [
            *tracking(report, f"{name} {position}", what),
            items.code(codes.FINDING, codes.PULMONARY_EMBOLISM),
            *decision_items(run),
            *run_images(report, run),
        ]
        yield items.container(codes.MEASUREMENT_GROUP, children, template=GROUP_TEMPLATE)


def _measure_group(report: Report, position: int, measurement: Measurement) -> Dataset:
    """TID 1410: the line or ellipse on its slice, and what it measures."""
    measure = measurement.measure
    shape, points = graphic(measure, report.series.geometry)
    source = report.source(measure.slice_index)
    children = [
        *tracking(report, f"Measure {position}", f"measure {measure}"),
        items.coordinates(shape, points, source, codes.IMAGE_REGION, Relation.CONTAINS),
        *_values(report, measurement),
    ]
    return items.container(codes.MEASUREMENT_GROUP, children, template=PLANAR_TEMPLATE)


def _values(report: Report, measurement: Measurement) -> Iterator[Dataset]:
    if measurement.length_mm is not None:
        yield items.number(codes.LENGTH, measurement.length_mm, codes.MILLIMETRE)
    stats = measurement.stats
    if stats is not None:
        yield items.number(codes.AREA, stats.area_mm2, codes.SQUARE_MILLIMETRE)
        values = (stats.mean_hu, stats.sd_hu, stats.min_hu, stats.max_hu)
        concepts, unit = _VALUES, codes.NO_UNITS
        if kind_of(report.series) is VolumeKind.HU:
            concepts, unit = _ATTENUATIONS, codes.HOUNSFIELD
        for concept, value in zip(concepts, values, strict=True):
            yield items.number(concept, value, unit)


def graphic(measure: Measure, geometry: Geometry) -> tuple[Shape, tuple[Point, ...]]:
    """The shape with its points (row, col).

    None lies beyond the corners of the image (PS3.3 C.18.6.1.2, C.10.5.1.2), as measures of early
    versions may; what was measured stays as it is.
    """
    start, end = _within(measure.start, geometry), _within(measure.end, geometry)
    if isinstance(measure, Length):
        return Shape.POLYLINE, (start, end)
    return Shape.ELLIPSE, ellipse_points(replace(measure, start=start, end=end))


def _within(point: Point, geometry: Geometry) -> Point:
    (row, col), (_, n_rows, n_cols) = point, geometry.shape
    return min(max(row, -0.5), n_rows - 0.5), min(max(col, -0.5), n_cols - 0.5)


def ellipse_points(ellipse: Ellipse) -> tuple[Point, Point, Point, Point]:
    """The ends of the major, then of the minor axis (PS3.3 C.10.5.1.2), in (row, col)."""
    (top, left), (bottom, right) = ellipse.start, ellipse.end
    row, col = (top + bottom) / 2, (left + right) / 2
    across: tuple[Point, Point] = ((row, min(left, right)), (row, max(left, right)))
    down: tuple[Point, Point] = ((min(top, bottom), col), (max(top, bottom), col))
    if abs(right - left) >= abs(bottom - top):
        return (*across, *down)
    return (*down, *across)
