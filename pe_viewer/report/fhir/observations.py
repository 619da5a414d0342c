"""Observations of a FHIR report: what the model scored, and apart from it what the reader said."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydicom.sr.coding import Code

from pe_models.findings import Findings, Flag
from pe_viewer.display import texts
from pe_viewer.display.orientation import position_axis
from pe_viewer.form.ctpa_form import CtpaForm
from pe_viewer.report.coded import codes, entries
from pe_viewer.report.dicom.identity import stable_uid
from pe_viewer.report.fhir.elements import Resource, concept, filled, full_url, quantity, resource
from pe_viewer.report.model import Report
from pe_viewer.review import Decision

Entry = tuple[str, Resource]
"""Full URL and resource."""

_CATEGORY = {
    "system": "http://terminology.hl7.org/CodeSystem/observation-category",
    "code": "imaging",
    "display": "Imaging",
}


@dataclass(frozen=True, slots=True)
class Context:
    """Full URLs of what every observation is about, and its times, "" where they are unknown."""

    patient: str
    device: str
    study: str
    effective: str
    issued: str
    is_signed: bool

    @property
    def status(self) -> str:
        return "final" if self.is_signed else "preliminary"

    def elements(self) -> dict[str, Any]:
        """What each observation and the report have in common."""
        return filled(
            status=self.status,
            subject={"reference": self.patient},
            effectiveDateTime=self.effective,
            issued=self.issued,
        )


def model_observations(report: Report, context: Context) -> Iterator[Entry]:
    """The examination's scores and verdict, then each flag; preliminary whoever signs."""
    if report.findings is None:
        return
    yield _exam(report, report.findings, context)
    for number, flag in report.numbered_flags:
        yield _flag(report, report.findings, context, number, flag)


def reader_observations(report: Report, context: Context) -> Iterator[Entry]:
    """Answers and numbers of the form, arteries, words, then the runs that the reader added, or
    decided on under another bundle."""
    if report.form is not None:
        yield from _answers(report, report.form, context)
        yield from _numbers(report, report.form, context)
        yield from _arteries(report, report.form, context)
    yield from _words(report, context)
    for run in report.review.added:
        yield _own_run(report, context, run, "Added by the reader", "added")
    for run in report.detached:
        yield _own_run(report, context, run, "On a run of another bundle", "another bundle")


def _exam(report: Report, findings: Findings, context: Context) -> Entry:
    components = [
        {"code": concept(codes.exam_label(label)), "valueQuantity": _score(score.consistent)}
        for label, score in findings.exam.items()
    ]
    if findings.zone is not None:
        zone = concept(codes.ZONES[findings.zone])
        components.append({"code": concept(codes.MODEL_ZONE), "valueCodeableConcept": zone})
    for warning in findings.quality.warnings:
        value = concept(codes.QUALITY[warning.code], warning.message)
        components.append({"code": concept(codes.QUALITY_WARNING), "valueCodeableConcept": value})
    attenuation_hu = findings.quality.pulmonary_artery_hu
    if attenuation_hu is not None:
        value = quantity(attenuation_hu, codes.HOUNSFIELD)
        components.append({"code": concept(codes.PULMONARY_ARTERY_HU), "valueQuantity": value})
    components += [
        {"code": concept(a.quantity), "valueQuantity": quantity(a.value, a.unit)}
        for a in entries.model_amounts(findings)
    ]
    verdict = None if findings.verdict is None else concept(codes.VERDICTS[findings.verdict])
    return _of_model(
        report,
        context,
        f"examination {findings.bundle.sha256}",
        codes.MODEL_VERDICT,
        words=texts.verdict_line(findings),
        valueCodeableConcept=verdict,
        component=components,
    )


def _flag(report: Report, findings: Findings, context: Context, number: int, flag: Flag) -> Entry:
    decision = report.review.decision_on(flag)
    side = codes.laterality(flag.sides)
    components = _run(report, flag) + _decision(decision)
    if side is not None:
        value = concept(side)
        components.append({"code": concept(codes.LATERALITY), "valueCodeableConcept": value})
    if flag.level is not None:
        value = concept(codes.MODEL_LEVELS[flag.level])
        components.append({"code": concept(codes.MODEL_LEVEL), "valueCodeableConcept": value})
    place = texts.run_text(findings, flag)
    return _of_model(
        report,
        context,
        f"flag {flag.first} {flag.peak} {flag.last} {findings.bundle.sha256}",
        codes.FLAGGED,
        words=f"Flag {number}: {place}, model score {texts.score_text(flag.score)}",
        valueQuantity=_score(flag.score),
        component=components,
    )


def _of_model(
    report: Report, context: Context, key: str, code: Code, *, words: str, **value: Any
) -> Entry:
    elements = context.elements() | {"status": "preliminary"}
    device = {"reference": context.device}
    return _observation(report, context, key, code, elements, words=words, device=device, **value)


def _answers(report: Report, form: CtpaForm, context: Context) -> Iterator[Entry]:
    for entry in entries.answers(form):
        yield _of_reader(
            report,
            context,
            entry.question,
            words=f"{entry.question.meaning}: {entry.answer.meaning}",
            valueCodeableConcept=concept(entry.answer),
        )


def _numbers(report: Report, form: CtpaForm, context: Context) -> Iterator[Entry]:
    for amount in entries.amounts(form):
        yield _of_reader(
            report,
            context,
            amount.quantity,
            words=f"{amount.quantity.meaning}: {amount.value:.4g} {amount.unit.value}",
            valueQuantity=quantity(amount.value, amount.unit),
        )


def _arteries(report: Report, form: CtpaForm, context: Context) -> Iterator[Entry]:
    for entry in entries.arteries(form):
        artery = entry.question
        yield _of_reader(
            report,
            context,
            codes.PULMONARY_EMBOLISM,
            key=f"artery {artery.value}",
            words=f"{artery.meaning}: {entry.answer.meaning}",
            valueCodeableConcept=concept(entry.answer),
            bodySite=concept(artery),
            component=[
                {"code": concept(what), "valueCodeableConcept": concept(where)}
                for what, where in entry.places
            ],
        )


def _words(report: Report, context: Context) -> Iterator[Entry]:
    for number, said in enumerate(entries.words(report), start=1):
        yield _of_reader(
            report,
            context,
            said.topic,
            key=f"words {number} {said.topic.value}",
            words=f"{said.topic.meaning}: {said.text}",
            valueString=said.text,
        )


def _own_run(report: Report, context: Context, run: Decision, words: str, key: str) -> Entry:
    return _of_reader(
        report,
        context,
        codes.PULMONARY_EMBOLISM,
        key=f"{key} {run.first} {run.peak} {run.last}",
        words=words,
        valueCodeableConcept=concept(codes.DECISIONS[run.state], run.comment),
        component=_run(report, run),
    )


def _of_reader(
    report: Report, context: Context, code: Code, *, words: str, key: str = "", **value: Any
) -> Entry:
    what = key or f"reader {code.value}"
    return _observation(report, context, what, code, context.elements(), words=words, **value)


def _observation(
    report: Report,
    context: Context,
    key: str,
    code: Code,
    elements: Mapping[str, Any],
    *,
    words: str,
    **value: Any,
) -> Entry:
    body = resource(
        "Observation",
        [words],
        category=[{"coding": [dict(_CATEGORY)]}],
        code=concept(code),
        derivedFrom=[{"reference": context.study}],
        **elements,
        **value,
    )
    return full_url(stable_uid(report, key)), body


def _run(report: Report, run: Flag | Decision) -> list[dict[str, Any]]:
    """The peak and the ends of a run, as PACS names slices."""
    ends = (
        (codes.SOURCE_OF_MEASUREMENT, run.peak),
        (codes.FIRST_IMAGE, run.first),
        (codes.LAST_IMAGE, run.last),
    )
    return [
        {"code": concept(code), "valueString": _slice_name(report, index)} for code, index in ends
    ]


def _slice_name(report: Report, slice_index: int) -> str:
    source = report.source(slice_index)
    name = texts.slice_name(slice_index, source.instance_number)
    axis = position_axis(report.series.geometry)
    return f"{name}, {axis} {source.position_mm:.1f} mm, {source.sop_instance_uid}"


def _decision(decision: Decision | None) -> list[dict[str, Any]]:
    if decision is None:
        return []
    value = concept(codes.DECISIONS[decision.state], decision.comment)
    components = [{"code": concept(codes.READER_DECISION), "valueCodeableConcept": value}]
    if decision.reason is not None:
        reason = concept(codes.REASONS[decision.reason])
        components.append({"code": concept(codes.REJECTION_REASON), "valueCodeableConcept": reason})
    return components


def _score(score: float) -> dict[str, Any]:
    """Unrounded: a score that says yes by a hair still does."""
    return quantity(score, codes.NO_UNITS, "model score")
