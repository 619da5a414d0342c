"""What the reader entered, as coded facts: one list for the structured report and for FHIR."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from pydicom.sr.coding import Code

from pe_models.findings import Findings
from pe_viewer.draft.sign_off_words import addendum_text, first_read_text, viewed_text
from pe_viewer.draft.words import words_of
from pe_viewer.form.answers import Language, Sign, Source
from pe_viewer.form.ctpa_form import CtpaForm, Diameter
from pe_viewer.form.sign_off import SignOff
from pe_viewer.report.coded import codes
from pe_viewer.report.model import Report

_Answer = TypeVar("_Answer", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Answer:
    """One of several, to a question. ``places`` say in public codes where: (concept, value)."""

    question: Code
    answer: Code
    places: tuple[tuple[Code, Code], ...] = ()


@dataclass(frozen=True, slots=True)
class Amount:
    """A number with its unit, and the slice that it was measured on, where there is one."""

    quantity: Code
    value: float
    unit: Code
    slice_index: int | None = None


@dataclass(frozen=True, slots=True)
class Words:
    """What was typed, or said where no scheme has a code."""

    topic: Code
    text: str


def answers(form: CtpaForm) -> Iterator[Answer]:
    """In the order of the form; what was not answered is left out."""
    yield from _answered(codes.PULMONARY_EMBOLISM, form.presence, codes.PRESENCES)
    yield from _answered(codes.PROXIMAL_LEVEL, form.level, codes.LEVELS)
    yield from _answered(codes.ACUITY, form.acuity, codes.ACUITIES)
    yield from _answered(codes.BOLUS_QUALITY, form.bolus, codes.BOLUS_QUALITIES)
    yield from _answered(codes.MOTION, form.motion, codes.DEGREES)
    yield from _answered(codes.BEAM_HARDENING, form.beam_hardening, codes.DEGREES)
    yield from _answered(codes.RIGHT_HEART_STRAIN, form.strain, codes.PRESENCES)
    yield from _answered(codes.SEPTUM, form.septum, codes.SEPTA)
    yield from _answered(codes.REFLUX, form.reflux, codes.REFLUXES)
    yield from _answered(codes.PULMONARY_INFARCTION, form.infarct, codes.PRESENCES)


def arteries(form: CtpaForm) -> Iterator[Answer]:
    """How far each artery is occluded; one without a public code is placed by side and lobe."""
    for site, occlusion in form.sites.items():
        yield Answer(codes.artery(site), codes.OCCLUSIONS[occlusion], codes.places(site))


def amounts(form: CtpaForm) -> Iterator[Amount]:
    """Widths, their ratio both ways round, and the burden of the arteries that are marked.

    An attenuation that the pipeline measured is not the reader's, and stands with its findings.
    """
    if form.bolus_hu is not None and form.sources.get("bolus_hu") is not Source.PIXELS:
        yield Amount(codes.PULMONARY_ARTERY_HU, form.bolus_hu, codes.HOUNSFIELD)
    yield from _width(codes.RV_DIAMETER, form.rv)
    yield from _width(codes.LV_DIAMETER, form.lv)
    yield from _width(codes.TRUNK_DIAMETER, form.trunk)
    ratio = form.rv_lv_ratio
    if ratio is not None:
        yield Amount(codes.RV_LV_RATIO, ratio, codes.RATIO)
        yield Amount(codes.LV_RV_RATIO, 1.0 / ratio, codes.RATIO)
    if form.sites:
        burden = form.burden
        yield Amount(codes.QANADLI, burden.qanadli, codes.NO_UNITS)
        yield Amount(codes.QANADLI_INDEX, burden.qanadli_percent, codes.PERCENT)
        yield Amount(codes.MASTORA_LEAST, burden.mastora_least, codes.NO_UNITS)
        yield Amount(codes.MASTORA_MOST, burden.mastora_most, codes.NO_UNITS)


def model_amounts(findings: Findings) -> Iterator[Amount]:
    """Widths, ratio and trunk as the model measured them; right-heart strain is no forecast."""
    heart, trunk = findings.heart, findings.trunk
    if heart is not None and heart.rv is not None and heart.lv is not None:
        yield Amount(codes.RV_DIAMETER, heart.rv.mm, codes.MILLIMETRE, heart.rv.slice_index)
        yield Amount(codes.LV_DIAMETER, heart.lv.mm, codes.MILLIMETRE, heart.lv.slice_index)
        yield Amount(codes.RV_LV_RATIO, heart.rv.mm / heart.lv.mm, codes.RATIO)
        yield Amount(codes.LV_RV_RATIO, heart.lv.mm / heart.rv.mm, codes.RATIO)
        if heart.range is not None:
            yield Amount(codes.RV_LV_GTE_0_9, heart.range.p_gte_0_9, codes.NO_UNITS)
            yield Amount(codes.RV_LV_GTE_1, heart.range.p_gte_1, codes.NO_UNITS)
    if trunk is not None:
        at = trunk.diameter.slice_index
        yield Amount(codes.TRUNK_DIAMETER, trunk.diameter.mm, codes.MILLIMETRE, at)


def words(report: Report) -> Iterator[Words]:
    """Beside the impression: signs, findings by the way, limits, reasons, what was added later."""
    if report.review.first_read is not None:
        said = first_read_text(report.review, words_of(Language.ENGLISH))
        yield Words(codes.FIRST_READ, said)
    if report.form is not None:
        yield from _words_of_form(report.form)
    if report.sign_off is not None:
        yield from _words_of_sign_off(report.sign_off)


def language(report: Report) -> Code:
    """Of what the reader typed."""
    is_german = report.form is not None and report.form.language is Language.GERMAN
    return codes.GERMAN if is_german else codes.ENGLISH


def _answered(
    question: Code, answer: _Answer | None, table: Mapping[_Answer, Code]
) -> Iterator[Answer]:
    if answer is not None:
        yield Answer(question, table[answer])


def _width(quantity: Code, width: Diameter | None) -> Iterator[Amount]:
    if width is not None:
        yield Amount(quantity, width.mm, codes.MILLIMETRE, width.slice_index)


def _words_of_form(form: CtpaForm) -> Iterator[Words]:
    for sign in Sign:
        if sign in form.signs:
            yield Words(codes.SIGN, sign.value)
    for kind, about in form.incidental.items():
        yield Words(codes.INCIDENTAL, f"{kind}: {about}" if about else kind.value)
    if form.limitations.strip():
        yield Words(codes.LIMITATIONS, form.limitations)
    if form.model_words.strip():
        yield Words(codes.MODEL_WORDS, form.model_words)
    for override in form.overrides:
        yield Words(codes.OVERRIDE, f"{override.words} {override.reason}")


def _words_of_sign_off(signed: SignOff) -> Iterator[Words]:
    said = words_of(Language.ENGLISH)
    if signed.n_slices:
        yield Words(codes.VIEWED, viewed_text(signed.n_viewed, signed.n_slices, said))
    for addendum in signed.addenda:
        yield Words(codes.ADDENDUM, addendum_text(addendum, said))
