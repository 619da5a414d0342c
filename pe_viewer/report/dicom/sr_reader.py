"""What the reader said: entries of the form, runs of their own, and what they measured."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Final, TypeVar

from pydicom.dataset import Dataset
from pydicom.sr.coding import Code

from pe_viewer.form.answers import Source
from pe_viewer.form.ctpa_form import CtpaForm, Diameter
from pe_viewer.report import codes, content
from pe_viewer.report.dicom import content_items as items
from pe_viewer.report.dicom.content_items import Relation, Shape
from pe_viewer.report.dicom.sr_model import GROUP_TEMPLATE, decision_items, run_images, tracking
from pe_viewer.report.measurements import Measurement
from pe_viewer.report.model import Report
from pe_viewer.review import Ellipse, Length, Measure, Point

PLANAR_TEMPLATE: Final = "1410"

_Answer = TypeVar("_Answer", bound=StrEnum)


def reader_groups(report: Report) -> Iterator[Dataset]:
    """Entries first, then runs that the reader added, then measures, oldest first."""
    entries = [*_entries(report)]
    if entries:
        group = [*tracking(report, "Reader", "reader"), items.code(codes.FINDING, codes.READER)]
        yield items.container(codes.MEASUREMENT_GROUP, [*group, *entries], template=GROUP_TEMPLATE)
    yield from _added_groups(report)
    for position, measurement in enumerate(report.measurements, start=1):
        yield _measure_group(report, position, measurement)


def _entries(report: Report) -> Iterator[Dataset]:
    impression = content.impression(report)
    if impression != content.NO_IMPRESSION:
        yield items.text(codes.IMPRESSION, impression)
    if report.form is not None:
        yield from _answers(report.form)
        yield from _numbers(report, report.form)
    for addendum in () if report.sign_off is None else report.sign_off.addenda:
        yield items.text(codes.ADDENDUM, addendum.text)


def _answers(form: CtpaForm) -> Iterator[Dataset]:
    yield from _answer(codes.PULMONARY_EMBOLISM, form.presence, codes.PRESENCES)
    yield from _answer(codes.PROXIMAL_LEVEL, form.level, codes.LEVELS)
    yield from _answer(codes.ACUITY, form.acuity, codes.ACUITIES)
    yield from _answer(codes.BOLUS_QUALITY, form.bolus, codes.BOLUS_QUALITIES)
    yield from _answer(codes.MOTION, form.motion, codes.DEGREES)
    yield from _answer(codes.BEAM_HARDENING, form.beam_hardening, codes.DEGREES)
    yield from _answer(codes.RIGHT_HEART_STRAIN, form.strain, codes.PRESENCES)
    yield from _answer(codes.SEPTUM, form.septum, codes.SEPTA)
    yield from _answer(codes.REFLUX, form.reflux, codes.REFLUXES)
    yield from _answer(codes.PULMONARY_INFARCTION, form.infarct, codes.PRESENCES)
    yield from _words(form)


def _answer(
    question: Code, answer: _Answer | None, answers: Mapping[_Answer, Code]
) -> Iterator[Dataset]:
    if answer is not None:
        yield items.code(question, answers[answer])


def _words(form: CtpaForm) -> Iterator[Dataset]:
    for site, occlusion in form.sites.items():
        yield items.code(codes.artery(site), codes.OCCLUSIONS[occlusion])
    for sign in sorted(form.signs):
        yield items.text(codes.SIGN, sign)
    for kind, words in form.incidental.items():
        yield items.text(codes.INCIDENTAL, f"{kind}: {words}" if words else kind.value)
    if form.limitations.strip():
        yield items.text(codes.LIMITATIONS, form.limitations)
    if form.model_words.strip():
        yield items.text(codes.MODEL_WORDS, form.model_words)


def _numbers(report: Report, form: CtpaForm) -> Iterator[Dataset]:
    if form.bolus_hu is not None and form.sources.get("bolus_hu") is not Source.PIXELS:
        yield items.number(codes.PULMONARY_ARTERY_HU, form.bolus_hu, codes.HOUNSFIELD)
    diameters = (
        (codes.RV_DIAMETER, form.rv),
        (codes.LV_DIAMETER, form.lv),
        (codes.TRUNK_DIAMETER, form.trunk),
    )
    for name, diameter in diameters:
        if diameter is not None:
            yield _diameter(report, name, diameter)
    if form.rv is not None and form.lv is not None:
        ratio = form.rv.mm / form.lv.mm
        yield items.number(codes.RV_LV_RATIO, ratio, codes.RATIO)
        yield items.number(codes.LV_RV_RATIO, 1.0 / ratio, codes.RATIO)
    if form.sites:
        burden = form.burden
        yield items.number(codes.QANADLI, burden.qanadli, codes.NO_UNITS)
        yield items.number(codes.QANADLI_INDEX, burden.qanadli_percent, codes.PERCENT)
        yield items.number(codes.MASTORA_LEAST, burden.mastora_least, codes.NO_UNITS)
        yield items.number(codes.MASTORA_MOST, burden.mastora_most, codes.NO_UNITS)


def _diameter(report: Report, name: Code, diameter: Diameter) -> Dataset:
    at = diameter.slice_index
    sources = () if at is None else (_inferred_from(report, at),)
    return items.number(name, diameter.mm, codes.MILLIMETRE, children=sources)


def _inferred_from(report: Report, slice_index: int) -> Dataset:
    source = report.source(slice_index)
    return items.image(source, codes.SOURCE_OF_MEASUREMENT, Relation.INFERRED_FROM)


def _added_groups(report: Report) -> Iterator[Dataset]:
    for position, run in enumerate(report.review.added, start=1):
        children = [
            *tracking(report, f"Added {position}", f"added {run.first} {run.peak} {run.last}"),
            items.code(codes.FINDING, codes.PULMONARY_EMBOLISM),
            *decision_items(run),
            *run_images(report, run),
        ]
        yield items.container(codes.MEASUREMENT_GROUP, children, template=GROUP_TEMPLATE)


def _measure_group(report: Report, position: int, measurement: Measurement) -> Dataset:
    """TID 1410: the line or ellipse on its slice, and what it measures."""
    measure = measurement.measure
    shape, points = graphic(measure)
    source = report.source(measure.slice_index)
    children = [
        *tracking(report, f"Measure {position}", f"measure {measure}"),
        items.coordinates(shape, points, source, codes.IMAGE_REGION, Relation.CONTAINS),
        *_values(measurement),
    ]
    return items.container(codes.MEASUREMENT_GROUP, children, template=PLANAR_TEMPLATE)


def _values(measurement: Measurement) -> Iterator[Dataset]:
    if measurement.length_mm is not None:
        yield items.number(codes.LENGTH, measurement.length_mm, codes.MILLIMETRE)
    stats = measurement.stats
    if stats is not None:
        yield items.number(codes.AREA, stats.area_mm2, codes.SQUARE_MILLIMETRE)
        yield items.number(codes.MEAN_ATTENUATION, stats.mean_hu, codes.HOUNSFIELD)
        yield items.number(codes.SD_ATTENUATION, stats.sd_hu, codes.HOUNSFIELD)
        yield items.number(codes.MIN_ATTENUATION, stats.min_hu, codes.HOUNSFIELD)
        yield items.number(codes.MAX_ATTENUATION, stats.max_hu, codes.HOUNSFIELD)


def graphic(measure: Measure) -> tuple[Shape, tuple[Point, ...]]:
    """The shape with its points (row, col)."""
    if isinstance(measure, Length):
        return Shape.POLYLINE, (measure.start, measure.end)
    return Shape.ELLIPSE, ellipse_points(measure)


def ellipse_points(ellipse: Ellipse) -> tuple[Point, Point, Point, Point]:
    """The ends of the major, then of the minor axis (PS3.3 C.10.5.1.2), in (row, col)."""
    (top, left), (bottom, right) = ellipse.start, ellipse.end
    row, col = (top + bottom) / 2, (left + right) / 2
    across: tuple[Point, Point] = ((row, min(left, right)), (row, max(left, right)))
    down: tuple[Point, Point] = ((min(top, bottom), col), (max(top, bottom), col))
    if abs(right - left) >= abs(bottom - top):
        return (*across, *down)
    return (*down, *across)
