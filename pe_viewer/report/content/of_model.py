"""What the model says, and what the reader did with each of its flags."""

from typing import Final

from pe_models.findings import Findings
from pe_models.tasks import DEFAULT_TASK
from pe_viewer.display import texts
from pe_viewer.report.content.heart import heart_notes
from pe_viewer.report.content.parts import Fact, Table
from pe_viewer.report.content.phrases import ENGLISH, Phrases, phrases_of
from pe_viewer.report.content.runs import EMPTY, decision_text, run_cells
from pe_viewer.report.content.window_words import capitalised, of_window
from pe_viewer.report.model import Report

NOT_ANALYSED: Final = "Not analysed: this report holds nothing from a model."
NOT_A_PROBABILITY: Final = (
    "A model score orders slices by suspicion. It is not a probability of embolism, and a low one "
    "does not exclude embolism."
)
NOT_A_PROBABILITY_OF_DISEASE: Final = (
    "A model score orders pictures by suspicion. It is not a probability of disease, and a low one "
    "does not exclude it."
)
CONSISTENCY_NOTE: Final = (
    "Raw: as the net gave it. Calibrated: mapped to how often it held on the calibration set, "
    "sides and central also by where the model sees clots, if its bundle weighs that. "
    "Consistent: the nearest scores that break no rule of the label set; yes where above 0.5."
)


def verdict(report: Report) -> str:
    findings, say = report.findings, phrases_of(report)
    return say(NOT_ANALYSED) if findings is None else of_window(texts.verdict_line(findings), say)


def verdict_notes(findings: Findings, say: Phrases = ENGLISH) -> tuple[str, ...]:
    """What belongs beside the verdict: reason, zone, what a score means, the right heart."""
    zone = "" if findings.zone is None else texts.ZONE_TEXTS[findings.zone]
    meaning = texts.score_meaning(findings.bundle)
    reason = ", ".join(of_window(r, say) for r in texts.verdict_reason(findings).split(", "))
    looked_at = texts.looked_at_text(findings)
    said = (reason, *(of_window(words, say) for words in (zone, looked_at, meaning)))
    sentences = [f"{capitalised(part)}." for part in said if part]
    is_pe = findings.task == DEFAULT_TASK
    caution = NOT_A_PROBABILITY if is_pe else NOT_A_PROBABILITY_OF_DISEASE
    return (" ".join(sentences), say(caution), *heart_notes(findings, say))


def flagged_runs(report: Report) -> Table:
    """The model's flags from the head toward the feet, each with what the reader did."""
    say = phrases_of(report)
    rows = tuple(
        (
            str(number),
            *run_cells(report, flag),
            say.number(texts.score_text(flag.score)),
            ", ".join(say(word) for word in texts.where_words(flag)) or EMPTY,
            decision_text(report.review.decision_on(flag), say),
        )
        for number, flag in report.numbered_flags
    )
    columns = ("Flag", "Images", "Position (mm)", "Peak", "Score", "Where", "Reader")
    return Table(tuple(say(column) for column in columns), rows, numeric=frozenset({4}))


def exam_scores(findings: Findings, say: Phrases = ENGLISH) -> Table:
    """The exam labels: as the net gave them, calibrated, and projected on a valid state."""
    rows = tuple(
        (
            say(texts.LABEL_TEXTS.get(label, label)),
            say.number(texts.score_text(score.raw)),
            say.number(texts.score_text(score.calibrated)),
            say.number(texts.score_text(score.consistent)),
            say("yes" if score.consistent > 0.5 else "no"),
        )
        for label, score in findings.exam.items()
    )
    columns = ("Label", "Raw", "Calibrated", "Consistent", "Consistent state")
    return Table(tuple(say(column) for column in columns), rows, numeric=frozenset({1, 2, 3}))


def provenance(findings: Findings, say: Phrases = ENGLISH) -> tuple[Fact, ...]:
    """Which bundle said so, made how, run on what."""
    bundle = findings.bundle
    broken = ", ".join(findings.violations_before) or say("none")
    cost = say.number(f"{findings.consistency_cost:.4f}")
    total_ms = findings.timing_ms.get("total")
    took = "" if total_ms is None else say.number(f", {total_ms / 1000:.1f} s")
    name = f"{bundle.name} {bundle.version}"
    facts = (
        ("Bundle", say("{name}, task {task}", name=name, task=findings.task)),
        ("SHA-256", bundle.sha256),
        ("Trained on", bundle.trained_on),
        ("Calibrated on", bundle.calibrated_on),
        ("Flag threshold", say.number(f"{findings.flag_threshold:g}")),
        (
            "Rules broken before",
            say("{rules}; cost of the projection {cost}", rules=broken, cost=cost),
        ),
        ("Computed on", f"{findings.device}{took}"),
    )
    return tuple(Fact(say(term), value) for term, value in facts if value)
