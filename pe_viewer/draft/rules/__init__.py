"""The consistency check before sign-off: every rule in one table, and what a draft breaks of them.

Rules are data with one function each; they point out, and the reader decides. A rule speaks in a
sentence that says what does not fit and where to look.
"""

from typing import Final

from pe_viewer.draft.rules.answers import ANSWER_RULES
from pe_viewer.draft.rules.heart import HEART_RULES
from pe_viewer.draft.rules.quality import QUALITY_RULES
from pe_viewer.draft.rules.reading import READING_RULES
from pe_viewer.draft.rules.rule import Breach, Draft, Rule, Severity
from pe_viewer.draft.rules.text import TEXT_RULES

__all__ = ["RULES", "Breach", "Draft", "Rule", "Severity", "check", "unresolved"]

RULES: Final[tuple[Rule, ...]] = (
    *ANSWER_RULES,
    *TEXT_RULES,
    *HEART_RULES,
    *QUALITY_RULES,
    *READING_RULES,
)


def check(draft: Draft) -> tuple[Breach, ...]:
    """What a draft breaks, contradictions first; then in the order of the table."""
    broken = tuple(
        Breach(rule.id, rule.severity, words, rule.only_counts)
        for rule in RULES
        if (words := rule.finds(draft))
    )
    order = list(Severity)
    return tuple(sorted(broken, key=lambda breach: order.index(breach.severity)))


def unresolved(draft: Draft) -> tuple[Breach, ...]:
    """The breaches that keep a draft from being signed: those without a reason against them."""
    return tuple(
        breach
        for breach in check(draft)
        if breach.severity is not Severity.NOTE and breach.override_in(draft.form) is None
    )
