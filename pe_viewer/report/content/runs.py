"""A run of slices in the cells of a table, and what the reader did with it."""

from typing import Final

from pe_models.findings import Flag
from pe_viewer.display import texts
from pe_viewer.draft.words import DEFAULT_LANGUAGE
from pe_viewer.report.content.phrases import Phrases, phrases_of
from pe_viewer.report.model import Report
from pe_viewer.review import Decision, DecisionState, RejectionReason

EMPTY: Final = "–"
_LONGEST_IN_CELL: Final = 400


def run_cells(report: Report, run: Flag | Decision) -> tuple[str, str, str]:
    """Images, position and peak of a run from the head toward the feet, as PACS names slices."""
    highest, lowest = report.source(run.last), report.source(run.first)
    say = phrases_of(report)
    if run.first == run.last:
        position = EMPTY if report.series.is_radiograph else f"{highest.position_mm:.1f}"
        images, at = slice_name(report, run.last), say.number(position)
    else:
        end = run.first + 1 if lowest.instance_number is None else lowest.instance_number
        images = f"{slice_name(report, run.last)} – {end}"
        ends = (say.number(f"{end.position_mm:.1f}") for end in (highest, lowest))
        at = say("{highest} to {lowest}", **dict(zip(("highest", "lowest"), ends, strict=True)))
    return images, at, slice_name(report, run.peak)


def slice_name(report: Report, slice_index: int) -> str:
    """``Im 183``, or ``slice 183`` in the language of the page."""
    number = report.source(slice_index).instance_number
    return phrases_of(report).place(texts.slice_name(slice_index, number))


def decision_text(decision: Decision | None, say: Phrases) -> str:
    """What the reader did with a flag, with the reason and the comment."""
    if decision is None:
        return say(texts.DECISION_TEXTS[DecisionState.UNDECIDED]).capitalize()
    state = say(texts.DECISION_TEXTS[decision.state]).capitalize()
    reason = "" if decision.reason is None else f": {_reason(decision.reason, say)}"
    comment = f" ({in_cell(decision.comment, say)})" if decision.comment else ""
    return f"{state}{reason}{comment}"


def in_cell(comment: str, say: Phrases) -> str:
    """A comment as a table shows it; a very long one says where the rest is."""
    if len(comment) <= _LONGEST_IN_CELL:
        return comment
    return say(
        "{beginning}… [{count} characters, whole in the JSON report]",
        beginning=comment[:_LONGEST_IN_CELL],
        count=len(comment),
    )


def _reason(reason: RejectionReason, say: Phrases) -> str:
    """In lower case, but for languages that write their nouns large."""
    word = texts.REASON_TEXTS[reason]
    return word.lower() if say.language is DEFAULT_LANGUAGE else say(word)
