"""Rules on the answers of the form among themselves: presence, sites, level, age."""

from typing import Final

from pe_viewer.draft.rules.rule import Draft, Rule, Severity
from pe_viewer.form.answers import Acuity, Presence, Sign
from pe_viewer.form.sites import ArterialSite, Occlusion
from pe_viewer.review import DecisionState

_ACUTE_SIGNS: Final = frozenset(sign for sign in Sign if not sign.is_of_chronic)
_CHRONIC_SIGNS: Final = frozenset(sign for sign in Sign if sign.is_of_chronic)


def _unanswered(draft: Draft) -> str:
    if draft.form.presence is None:
        return "The question is not answered: embolism present, absent or indeterminate."
    return ""


def _absent_with_sites(draft: Draft) -> str:
    if draft.form.presence is Presence.ABSENT and draft.form.sites:
        return "Embolism is absent, but the arterial tree has emboli."
    return ""


def _absent_with_accepted(draft: Draft) -> str:
    states = [decision.state for decision in draft.review.decisions]
    n_accepted, n_added = states.count(DecisionState.ACCEPTED), states.count(DecisionState.ADDED)
    if draft.form.presence is Presence.ABSENT and (n_accepted or n_added):
        return (
            f"Embolism is absent, but {n_accepted} flagged and {n_added} own findings are accepted."
        )
    return ""


def _absent_with_details(draft: Draft) -> str:
    form = draft.form
    if form.presence is Presence.ABSENT and (form.level or form.acuity or form.signs):
        return "Embolism is absent, but its level, age or signs are given."
    return ""


def _absent_with_unsure(draft: Draft) -> str:
    is_unsure = any(d.state is DecisionState.UNSURE for d in draft.review.decisions)
    if draft.form.presence is Presence.ABSENT and is_unsure:
        return "Embolism is absent, but a flagged run is marked as unsure."
    return ""


def _present_without_evidence(draft: Draft) -> str:
    states = {decision.state for decision in draft.review.decisions}
    has_evidence = states & {DecisionState.ACCEPTED, DecisionState.ADDED} or draft.form.sites
    if draft.form.presence is Presence.PRESENT and not has_evidence:
        return "Embolism is present, but no artery is marked and no finding accepted or added."
    return ""


def _present_without_sites(draft: Draft) -> str:
    if draft.form.presence is Presence.PRESENT and not draft.form.sites:
        return "Embolism is present, but no artery is marked in the tree; the burden reads 0."
    return ""


def _present_without_age(draft: Draft) -> str:
    if draft.form.presence is Presence.PRESENT and draft.form.acuity is None:
        return "Whether the embolism is acute or chronic is not answered."
    return ""


def _indeterminate_with_sites(draft: Draft) -> str:
    if draft.form.presence is Presence.INDETERMINATE and draft.form.sites:
        return "Embolism is indeterminate, but the arterial tree has emboli."
    return ""


def _indeterminate_without_reason(draft: Draft) -> str:
    form = draft.form
    disturbed = form.bolus not in (None, "good") or any(
        degree not in (None, "none") for degree in (form.motion, form.beam_hardening)
    )
    if form.presence is Presence.INDETERMINATE and not (disturbed or form.limitations.strip()):
        return "Embolism is indeterminate, but nothing says why: contrast, artefacts, limitations."
    return ""


def _level_against_sites(draft: Draft) -> str:
    form = draft.form
    drawn = form.most_proximal_level
    if form.level is not None and drawn is not None and form.level is not drawn:
        return f"The most proximal level is {form.level}, but the tree's is {drawn}."
    return ""


def _side_of_flags(draft: Draft) -> str:
    """An accepted flag's side without any embolus there. Sides of flags come from the model."""
    if draft.findings is None or not draft.form.sites or draft.form.sides is None:
        return ""
    for flag in draft.findings.flags:
        is_accepted = draft.review.state_of(flag) is DecisionState.ACCEPTED
        drawn = {site.side for site in draft.form.sites}
        missing = [s for s in flag.sides if s in ("left", "right") and not drawn & {s, None}]
        if is_accepted and missing:
            side = " and ".join(missing)
            return f"You accepted a flag that names the {side}; the tree has nothing there."
    return ""


def _chronic_signs_of_acute(draft: Draft) -> str:
    signs = sorted(draft.form.signs & _CHRONIC_SIGNS)
    if draft.form.acuity is Acuity.ACUTE and signs:
        return f"The embolism is acute, but signs of chronic embolism are given: {signs[0]}."
    return ""


def _acute_signs_of_chronic(draft: Draft) -> str:
    signs = sorted(draft.form.signs & _ACUTE_SIGNS)
    if draft.form.acuity is Acuity.CHRONIC and signs:
        return f"The embolism is chronic, but signs of acute embolism are given: {signs[0]}."
    return ""


def _trunk_closed(draft: Draft) -> str:
    if draft.form.sites.get(ArterialSite.TRUNK) is Occlusion.COMPLETE:
        return "A complete occlusion of the pulmonary trunk is not survived: is it partial?"
    return ""


def _infarct_without_embolism(draft: Draft) -> str:
    form = draft.form
    if form.infarct is Presence.PRESENT and form.presence is Presence.ABSENT:
        return "A pulmonary infarction is given, but embolism is absent."
    return ""


ANSWER_RULES: Final = (
    Rule("unanswered", Severity.DOUBT, _unanswered),
    Rule("absent-with-sites", Severity.CONFLICT, _absent_with_sites),
    Rule("absent-with-accepted", Severity.CONFLICT, _absent_with_accepted),
    Rule("absent-with-details", Severity.CONFLICT, _absent_with_details),
    Rule("absent-with-unsure", Severity.DOUBT, _absent_with_unsure),
    Rule("present-without-evidence", Severity.CONFLICT, _present_without_evidence),
    Rule("present-without-sites", Severity.DOUBT, _present_without_sites),
    Rule("present-without-age", Severity.NOTE, _present_without_age),
    Rule("indeterminate-with-sites", Severity.CONFLICT, _indeterminate_with_sites),
    Rule("indeterminate-without-reason", Severity.DOUBT, _indeterminate_without_reason),
    Rule("level-against-sites", Severity.CONFLICT, _level_against_sites),
    Rule("side-of-flags", Severity.DOUBT, _side_of_flags),
    Rule("chronic-signs-of-acute", Severity.CONFLICT, _chronic_signs_of_acute),
    Rule("acute-signs-of-chronic", Severity.CONFLICT, _acute_signs_of_chronic),
    Rule("trunk-closed", Severity.DOUBT, _trunk_closed),
    Rule("infarct-without-embolism", Severity.DOUBT, _infarct_without_embolism),
)
