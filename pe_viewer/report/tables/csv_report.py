"""CSV for scripts: slices, flags with the reader's decisions, labels, hearts, form, measurements.

RFC 4180, UTF-8, one header line. No line is a comment, so that any reader takes the files as they
are: the notice, software and bundle stand in the last columns of every row. The files carry UIDs
and no other identity. ``slice_index`` counts from 0 at the most inferior slice.
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, cast

from pe_models import NOTICE, SOFTWARE_NAME, __version__
from pe_models.findings import Findings, Flag
from pe_models.heart_findings import NO_FORECAST, Width
from pe_viewer.form.form_json import form_to_dict
from pe_viewer.report.measurements import measurement_to_dict
from pe_viewer.report.model import Report
from pe_viewer.report.writer import Document, Rendering
from pe_viewer.review import Decision, DecisionState

Cell = str | int | float | None
Row = Mapping[str, Cell]

_ENDS: Final = ("start_row", "start_col", "end_row", "end_col")
_NOT_ANSWERS: Final = frozenset({"sources", "overrides"})
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")


def write_csv(report: Report) -> Rendering:
    """``-slices``, ``-flags``, ``-exam``, ``-heart``, ``-form`` and ``-measurements.csv``.

    Without Findings only what the reader said.
    """
    findings = report.findings
    tables: dict[str, tuple[Sequence[Row], str]] = {
        "slices": (_slice_rows(report, findings) if findings else (), "not analysed"),
        "flags": (
            [*_flag_rows(report), *_added_rows(report), *_detached_rows(report)],
            "nothing flagged by the model or added by the reader",
        ),
        "exam": (_exam_rows(findings) if findings else (), "not analysed"),
        "heart": (_heart_rows(findings) if findings else (), "the model measured no heart"),
        "form": (_form_rows(report), "the reader filled in no form"),
        "measurements": (_measurement_rows(report), "the reader measured nothing"),
    }
    stamp = _stamp(findings)
    documents = tuple(
        Document(f"-{name}.csv", _table(rows, stamp)) for name, (rows, _) in tables.items() if rows
    )
    omitted = tuple(f"csv {name}: {why}" for name, (rows, why) in tables.items() if not rows)
    return Rendering(documents, omitted)


def _slice_rows(report: Report, findings: Findings) -> list[Row]:
    identity = {"study_uid": findings.study_uid, "series_uid": findings.series_uid}
    numbers = {
        index: number
        for number, flag in report.numbered_flags
        for index in range(flag.first, flag.last + 1)
    }
    return [
        {
            **identity,
            "slice_index": score.slice_index,
            "instance_number": score.instance_number,
            "frame_number": score.frame_number,
            "sop_instance_uid": score.sop_instance_uid,
            "position_mm": score.position_mm,
            "pe_score": score.pe_score,
            "pe_score_raw": score.pe_score_raw,
            **{f"{label}_score": value for label, value in score.scores.items()},
            "flag": numbers.get(score.slice_index),
        }
        for score in findings.slices
    ]


def _flag_rows(report: Report) -> list[Row]:
    return [
        {
            **_run(report, flag),
            "marked_by": "model",
            "flag": number,
            "score": flag.score,
            "sides": " ".join(flag.sides),
            "level": flag.level or "",
            **_decision(report.review.decision_on(flag)),
        }
        for number, flag in report.numbered_flags
    ]


def _added_rows(report: Report) -> list[Row]:
    unscored: Row = {"marked_by": "reader", "flag": None, "score": None, "sides": "", "level": ""}
    return [
        {**_run(report, decision), **unscored, **_decision(decision)}
        for decision in report.review.decisions
        if decision.state is DecisionState.ADDED
    ]


def _detached_rows(report: Report) -> list[Row]:
    unscored: Row = {"flag": None, "score": None, "sides": "", "level": ""}
    return [
        {**_run(report, run), "marked_by": "another bundle", **unscored, **_decision(run)}
        for run in report.detached
    ]


def _run(report: Report, run: Flag | Decision) -> Row:
    peak = report.source(run.peak)
    return {
        "study_uid": report.study.study_uid,
        "series_uid": report.series.series_uid,
        "first_slice_index": run.first,
        "peak_slice_index": run.peak,
        "last_slice_index": run.last,
        "peak_instance_number": peak.instance_number,
        "peak_position_mm": peak.position_mm,
    }


def _decision(decision: Decision | None) -> Row:
    if decision is None:
        return {"decision": DecisionState.UNDECIDED, "reason": "", "comment": ""}
    comment = _plain_text(decision.comment)
    return {"decision": decision.state, "reason": decision.reason or "", "comment": comment}


def _exam_rows(findings: Findings) -> list[Row]:
    identity = {"study_uid": findings.study_uid, "series_uid": findings.series_uid}
    return [
        {
            **identity,
            "label": label,
            "raw": score.raw,
            "calibrated": score.calibrated,
            "consistent": score.consistent,
            "verdict": findings.verdict,
            "zone": findings.zone,
        }
        for label, score in findings.exam.items()
    ]


def _heart_rows(findings: Findings) -> list[Row]:
    """One row: what the model measured of ventricles and trunk; "" where it did not."""
    heart, trunk = findings.heart, findings.trunk
    if heart is None and trunk is None:
        return []
    rv, lv, ratio, reach = (
        None if heart is None else getattr(heart, name) for name in ("rv", "lv", "ratio", "range")
    )
    return [
        {
            "study_uid": findings.study_uid,
            "series_uid": findings.series_uid,
            "measured_by": "model",
            **_width("rv", rv),
            **_width("lv", lv),
            "rv_lv_ratio": ratio,
            "ratio_low": None if reach is None else reach.low,
            "ratio_high": None if reach is None else reach.high,
            "p_ratio_gte_0_9": None if reach is None else reach.p_gte_0_9,
            "p_ratio_gte_1": None if reach is None else reach.p_gte_1,
            "refusal": "" if heart is None else heart.refusal or "",
            **_width("trunk", None if trunk is None else trunk.diameter),
            "trunk_mean_hu": None if trunk is None else trunk.mean_hu,
            "trunk_sd_hu": None if trunk is None else trunk.sd_hu,
            "note": NO_FORECAST,
        }
    ]


def _width(name: str, width: Width | None) -> Row:
    """Length and slice of a line, with its ends as (row, col) of the slice's pixels."""
    ends = (None,) * 4 if width is None else (*width.start, *width.end)
    return {
        f"{name}_mm": None if width is None else width.mm,
        f"{name}_slice_index": None if width is None else width.slice_index,
        **dict(zip((f"{name}_{end}" for end in _ENDS), ends, strict=True)),
    }


def _form_rows(report: Report) -> list[Row]:
    """One row an answer; ``source`` is "" where the reader entered it. Widths are in mm."""
    form = report.form
    if form is None:
        return []
    identity = {"study_uid": report.study.study_uid, "series_uid": report.series.series_uid}
    answers: dict[str, Cell] = {
        **{name: _answer(value) for name, value in form_to_dict(form).items()},
        "rv_lv_ratio": form.rv_lv_ratio,
    }
    if form.sites:
        answers |= {
            "qanadli": form.burden.qanadli,
            "mastora_least": form.burden.mastora_least,
            "mastora_most": form.burden.mastora_most,
        }
    return [
        {**identity, "field": name, "value": value, "source": form.sources.get(name, "")}
        for name, value in answers.items()
        if name not in _NOT_ANSWERS and value not in (None, "")
    ]


def _measurement_rows(report: Report) -> list[Row]:
    """One row a measure. Places are (row, col) of the slice's pixels, whole numbers their centres.

    ``n_pixels`` and the HU are those within an ellipse; empty for a length.
    """
    return [
        {
            "study_uid": report.study.study_uid,
            "series_uid": report.series.series_uid,
            "instance_number": report.source(m.measure.slice_index).instance_number,
            "position_mm": report.source(m.measure.slice_index).position_mm,
            **measurement_to_dict(m),
        }
        for m in report.measurements
    ]


def _answer(value: Any) -> Cell:
    """Several in one cell are set apart by "; ", a width is its mm."""
    if isinstance(value, dict):
        if "mm" in value:
            return float(value["mm"])
        return _plain_text("; ".join(f"{key}: {words}" for key, words in value.items()))
    if isinstance(value, list):
        return "; ".join(str(entry) for entry in value)
    return _plain_text(value) if isinstance(value, str) else cast(Cell, value)


def _stamp(findings: Findings | None) -> Row:
    bundle = None if findings is None else findings.bundle
    return {
        "software": f"{SOFTWARE_NAME} {__version__}",
        "bundle": "" if bundle is None else f"{bundle.name} {bundle.version}",
        "bundle_sha256": "" if bundle is None else bundle.sha256,
        "notice": NOTICE,
    }


def _table(rows: Iterable[Row], stamp: Row) -> bytes:
    stamped = [{**row, **stamp} for row in rows]
    text = io.StringIO(newline="")
    table = csv.DictWriter(text, fieldnames=list(stamped[0]), lineterminator="\r\n")
    table.writeheader()
    table.writerows(stamped)
    return text.getvalue().encode("utf-8")


def _plain_text(text: str) -> str:
    """Typed text that no spreadsheet takes for a formula (OWASP, CSV injection)."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
