"""Rules on what was looked at and decided before the report."""

from typing import Final

from pe_viewer.display.coverage import changes_since_first_read
from pe_viewer.display.texts import count_text
from pe_viewer.draft.rules.rule import Draft, Rule, Severity
from pe_viewer.review import DecisionState


def _unvisited(draft: Draft) -> str:
    n_flags = len(draft.coverage.unvisited)
    if not n_flags:
        return ""
    return f"{count_text(n_flags, 'flagged run was', 'flagged runs were')} never looked at."


def _undecided(draft: Draft) -> str:
    flags = () if draft.findings is None else draft.findings.flags
    n_open = sum(draft.review.state_of(flag) is DecisionState.UNDECIDED for flag in flags)
    if not n_open:
        return ""
    return f"{count_text(n_open, 'flagged run is', 'flagged runs are')} not decided upon."


def _not_all_viewed(draft: Draft) -> str:
    n_missing = draft.coverage.n_slices - draft.coverage.n_viewed
    if n_missing <= 0:
        return ""
    slices = count_text(n_missing, "slice was", "slices were")
    return f"{slices} never on screen ({draft.coverage.percent} % viewed)."


def _first_read_withdrawn(draft: Draft) -> str:
    _, n_removed, _ = changes_since_first_read(draft.review)
    if not n_removed:
        return ""
    found = count_text(n_removed, "finding", "findings")
    return f"{found} of your locked first read were taken back after the model was seen."


def _incidental_without_words(draft: Draft) -> str:
    bare = [str(kind) for kind, words in draft.form.incidental.items() if not words.strip()]
    return f"Marked but not described: {', '.join(bare)}." if bare else ""


READING_RULES: Final = (
    Rule("flags-unvisited", Severity.DOUBT, _unvisited, only_counts=True),
    Rule("flags-undecided", Severity.DOUBT, _undecided, only_counts=True),
    Rule("slices-unviewed", Severity.DOUBT, _not_all_viewed, only_counts=True),
    Rule("first-read-withdrawn", Severity.DOUBT, _first_read_withdrawn),
    Rule("incidental-without-words", Severity.NOTE, _incidental_without_words),
)
