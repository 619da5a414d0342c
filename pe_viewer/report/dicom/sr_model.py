"""What the model said, as groups of TID 1501: the examination, each flagged run, each slice."""

from collections.abc import Iterator

import numpy as np
from pydicom.dataset import Dataset

from pe_models import NOTICE
from pe_models.findings import Findings, Flag
from pe_viewer.display.scores import shown_scores
from pe_viewer.report.coded import codes, entries
from pe_viewer.report.coded.entries import Amount
from pe_viewer.report.dicom import content_items as items
from pe_viewer.report.dicom.content_items import Relation
from pe_viewer.report.dicom.identity import stable_uid
from pe_viewer.report.model import Report
from pe_viewer.review import Decision

GROUP_TEMPLATE = "1501"


def model_groups(report: Report) -> Iterator[Dataset]:
    """The examination, then flags from the head to the feet; nothing without findings."""
    findings = report.findings
    if findings is None:
        return
    yield exam_group(report, findings)
    for flag_number, flag in report.numbered_flags:
        yield _flag_group(report, findings, flag_number, flag)


def slice_groups(report: Report) -> Iterator[Dataset]:
    """A score for every slice, in Volume order; nothing without findings."""
    if report.findings is None:
        return
    for slice_index, score in enumerate(shown_scores(report.findings)):
        if not np.isnan(score):
            yield _slice_group(report, slice_index, float(score))


def tracking(report: Report, name: str, key: str) -> list[Dataset]:
    """``name`` for people; its UID is the same in each report of this finding."""
    return [
        items.text(codes.TRACKING_IDENTIFIER, name, Relation.OBSERVATION_CONTEXT),
        items.uid(codes.TRACKING_UID, stable_uid(report, key)),
    ]


def _algorithm(findings: Findings) -> list[Dataset]:
    """TID 4019: the bundle, and its hash, which says more than a version.

    Once in the document, whose device observer it is: in each group it would be a tenth of it.
    """
    bundle = findings.bundle
    modifier = Relation.CONCEPT_MODIFIER
    return [
        items.text(codes.ALGORITHM_NAME, bundle.name, modifier),
        items.text(codes.ALGORITHM_VERSION, bundle.version, modifier),
        items.text(codes.ALGORITHM_PARAMETERS, f"sha256 {bundle.sha256}", modifier),
    ]


def exam_group(report: Report, findings: Findings) -> Dataset:
    """What the model said of the whole examination, and which model."""
    children = [
        *tracking(report, "Examination", f"examination {findings.bundle.sha256}"),
        items.code(codes.FINDING, codes.SCORED_EXAM),
        *_algorithm(findings),
        *_verdict(findings),
    ]
    children += [
        items.number(codes.exam_label(label), score.consistent, codes.NO_UNITS)
        for label, score in findings.exam.items()
    ]
    attenuation_hu = findings.quality.pulmonary_artery_hu
    if attenuation_hu is not None:
        children.append(items.number(codes.PULMONARY_ARTERY_HU, attenuation_hu, codes.HOUNSFIELD))
    children += [_amount(report, amount) for amount in entries.model_amounts(findings)]
    children.append(items.text(codes.COMMENT, NOTICE))
    return items.container(codes.MEASUREMENT_GROUP, children, template=GROUP_TEMPLATE)


def _amount(report: Report, amount: Amount) -> Dataset:
    """A number, with the slice that it was measured on."""
    at, sources = amount.slice_index, []
    if at is not None:
        source = report.source(at)
        sources.append(items.image(source, codes.SOURCE_OF_MEASUREMENT, Relation.INFERRED_FROM))
    return items.number(amount.quantity, amount.value, amount.unit, children=sources)


def _verdict(findings: Findings) -> Iterator[Dataset]:
    if findings.verdict is not None:
        yield items.code(codes.MODEL_VERDICT, codes.VERDICTS[findings.verdict])
    if findings.zone is not None:
        yield items.code(codes.MODEL_ZONE, codes.ZONES[findings.zone])
    for warning in findings.quality.warnings:
        yield items.code(codes.QUALITY_WARNING, codes.QUALITY[warning.code])


def _flag_group(report: Report, findings: Findings, flag_number: int, flag: Flag) -> Dataset:
    key = f"flag {flag.first} {flag.peak} {flag.last} {findings.bundle.sha256}"
    side = codes.laterality(flag.sides)
    children = [
        *tracking(report, f"Flag {flag_number}", key),
        items.code(codes.FINDING, codes.FLAGGED),
    ]
    if side is not None:
        children.append(items.code(codes.LATERALITY, side))
    if flag.level is not None:
        children.append(items.code(codes.MODEL_LEVEL, codes.MODEL_LEVELS[flag.level]))
    children += decision_items(report.review.decision_on(flag))
    children.append(items.number(codes.MODEL_SCORE, flag.score, codes.NO_UNITS))
    children += run_images(report, flag)
    return items.container(codes.MEASUREMENT_GROUP, children, template=GROUP_TEMPLATE)


def decision_items(decision: Decision | None) -> Iterator[Dataset]:
    """What the reader did with a run, with reason and comment."""
    if decision is None:
        return
    yield items.code(codes.READER_DECISION, codes.DECISIONS[decision.state])
    if decision.reason is not None:
        yield items.code(codes.REJECTION_REASON, codes.REASONS[decision.reason])
    if decision.comment.strip():
        yield items.text(codes.COMMENT, decision.comment)


def run_images(report: Report, run: Flag | Decision) -> list[Dataset]:
    """The peak as the source of the measurement, then the ends of the run."""
    found = [items.image(report.source(run.peak), codes.SOURCE_OF_MEASUREMENT)]
    if run.first != run.last:
        found.append(items.image(report.source(run.first), codes.FIRST_IMAGE))
        found.append(items.image(report.source(run.last), codes.LAST_IMAGE))
    return found


def _slice_group(report: Report, slice_index: int, score: float) -> Dataset:
    """As small as TID 1501 allows: one stands for every slice of the series."""
    children = [
        items.number(codes.MODEL_SCORE, score, codes.NO_UNITS),
        items.image(report.source(slice_index)),
    ]
    return items.container(codes.MEASUREMENT_GROUP, children, template=GROUP_TEMPLATE)
