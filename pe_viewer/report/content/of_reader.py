"""What the reader says. Nothing here comes from a model."""

import textwrap
from dataclasses import replace
from typing import Final

from pe_viewer.display import texts
from pe_viewer.draft.impression import impression_of
from pe_viewer.report.content.parts import Table
from pe_viewer.report.content.phrases import Phrases, phrases_of
from pe_viewer.report.content.runs import EMPTY, decision_text, in_cell, run_cells
from pe_viewer.report.model import Report
from pe_viewer.review import Decision, DecisionState, Review

NO_IMPRESSION: Final = "No impression entered."
_LONGEST_PASSAGE: Final = 2000
_ORDER_OF_STATES: Final = (
    DecisionState.ACCEPTED,
    DecisionState.ADDED,
    DecisionState.UNSURE,
    DecisionState.REJECTED,
    DecisionState.UNDECIDED,
)


def impression(report: Report) -> str:
    """The reader's wording, or what follows from a form that they filled in."""
    has_form = report.form is not None and not report.review.form.is_empty
    composed = impression_of(report.form) if report.form is not None and has_form else ""
    return composed or report.review.comment.strip() or NO_IMPRESSION


def shown_impression(report: Report) -> str:
    """The impression, or that there is none in the language of the page."""
    said = impression(report)
    return phrases_of(report)(NO_IMPRESSION) if said == NO_IMPRESSION else said


def passages(text: str) -> tuple[str, ...]:
    """Typed text in pieces that each fit on a page: its lines, the longest of them cut."""
    return tuple(
        piece
        for line in text.splitlines()
        for piece in (textwrap.wrap(line, _LONGEST_PASSAGE, drop_whitespace=False) or [" "])
    )


def reading(report: Report) -> str:
    """How far the reader came with the flags, in one line."""
    say = phrases_of(report)
    if replace(report.review, begun_reasons={}) == Review():
        return say("Not reviewed by a reader.")
    states = [report.review.state_of(flag) for _, flag in report.numbered_flags]
    states += [d.state for d in report.review.decisions if d.state is DecisionState.ADDED]
    words = ((states.count(state), texts.DECISION_TEXTS[state]) for state in _ORDER_OF_STATES)
    counts = ", ".join(f"{count} {say(word)}" for count, word in words if count)
    elsewhere = say("On runs of another bundle: {count}.", count=len(report.detached))
    said = say("Flagged runs: {counts}.", counts=counts)
    if not counts:
        said = say("Nothing flagged, and nothing added.")
    return f"{said} {elsewhere}" if report.detached else said


def own_runs(report: Report) -> Table:
    """What the reader says beside the model's runs: added, or decided on another bundle's."""
    say = phrases_of(report)
    added = [(run, in_cell(run.comment, say) or EMPTY) for run in report.review.added]
    detached = [(run, _on_another(run, say)) for run in report.detached]
    ordered = sorted((*added, *detached), key=lambda row: -row[0].peak)
    rows = tuple((*run_cells(report, run), words) for run, words in ordered)
    columns = ("Images", "Position (mm)", "Peak", "Comment")
    return Table(tuple(say(column) for column in columns), rows)


def _on_another(decision: Decision, say: Phrases) -> str:
    return say("On a run of another bundle: {said}", said=decision_text(decision, say))
