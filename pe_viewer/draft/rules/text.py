"""Rules on the impression's words against the body of the form."""

from typing import Final

from pe_viewer.draft.rules.rule import Draft, Rule, Severity
from pe_viewer.form.answers import Acuity, Level, Presence
from pe_viewer.form.sites import Side

_RATIO_TOLERANCE: Final = 0.05


def _empty(draft: Draft) -> str:
    return "" if draft.impression else "The impression is empty."


def _denies(draft: Draft) -> str:
    is_denied = Presence.ABSENT in draft.own_statements.embolism
    if draft.form.presence is Presence.PRESENT and is_denied:
        return "The impression denies embolism, but the form says present."
    return ""


def _affirms(draft: Draft) -> str:
    is_affirmed = Presence.PRESENT in draft.own_statements.embolism
    if draft.form.presence is Presence.ABSENT and is_affirmed:
        return "The impression speaks of embolism, but the form says absent."
    return ""


def _silent(draft: Draft) -> str:
    has_own = draft.form.impression is not None and bool(draft.impression)
    if has_own and draft.form.presence is not None and not draft.statements.embolism:
        return "The impression does not say whether there is embolism."
    return ""


def _more_certain(draft: Draft) -> str:
    stated = draft.own_statements.embolism
    if draft.form.presence is Presence.INDETERMINATE and stated & {
        Presence.PRESENT,
        Presence.ABSENT,
    }:
        return "The impression is certain, but the form says indeterminate."
    return ""


def _side(draft: Draft) -> str:
    drawn, stated = draft.form.sides, draft.own_statements.sides
    if drawn is None or not stated:
        return ""
    named = Side.BOTH if Side.BOTH in stated or len(stated) > 1 else next(iter(stated))
    if named is not drawn:
        return f"The impression names embolism {named}, but the arterial tree has it {drawn}."
    return ""


def _level(draft: Draft) -> str:
    stated = draft.own_statements.levels
    named = next((level for level in Level if level in stated), None)
    level = draft.form.level
    if named is not None and level is not None and named is not level:
        return f"The impression names the level {named}, but the form says {level}."
    return ""


def _age(draft: Draft) -> str:
    stated, acuity = draft.own_statements.acuities, draft.form.acuity
    if not stated or acuity is None:
        return ""
    both = frozenset((Acuity.ACUTE, Acuity.CHRONIC))
    meant = both if acuity is Acuity.ACUTE_ON_CHRONIC else frozenset((acuity,))
    if stated == meant:
        return ""
    named = " and ".join(sorted(stated))
    return f"The impression calls the embolism {named}, but the form says {acuity}."


def _strain(draft: Draft) -> str:
    stated, strain = draft.own_statements.strain, draft.form.strain
    if strain is None or not stated or strain in stated:
        return ""
    return f"The impression calls right heart strain {min(stated)}, but the form says {strain}."


def _ratio(draft: Draft) -> str:
    stated, measured = draft.own_statements.rv_lv_ratio, draft.form.rv_lv_ratio
    if stated is None or measured is None or abs(stated - measured) <= _RATIO_TOLERANCE:
        return ""
    return f"The impression gives RV/LV {stated:.2f}, but the diameters give {measured:.2f}."


def _incidental(draft: Draft) -> str:
    """A description that the reader's own impression leaves out."""
    if draft.form.impression is None:
        return ""
    text = draft.impression.casefold()
    left_out = [
        str(kind)
        for kind, words in draft.form.incidental.items()
        if str(kind) not in text and not (words.strip() and words.strip().casefold() in text)
    ]
    return f"The impression leaves out: {', '.join(left_out)}." if left_out else ""


TEXT_RULES: Final = (
    Rule("impression-empty", Severity.DOUBT, _empty),
    Rule("impression-denies", Severity.CONFLICT, _denies),
    Rule("impression-affirms", Severity.CONFLICT, _affirms),
    Rule("impression-silent", Severity.DOUBT, _silent),
    Rule("impression-more-certain", Severity.CONFLICT, _more_certain),
    Rule("impression-side", Severity.CONFLICT, _side),
    Rule("impression-level", Severity.CONFLICT, _level),
    Rule("impression-age", Severity.CONFLICT, _age),
    Rule("impression-strain", Severity.CONFLICT, _strain),
    Rule("impression-ratio", Severity.CONFLICT, _ratio),
    Rule("impression-incidental", Severity.NOTE, _incidental),
)
