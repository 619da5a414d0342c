"""Rules on the examination's quality against how sure the report is."""

from typing import Final

from pe_viewer.draft.known import GOOD_HU, POOR_HU
from pe_viewer.draft.rules.rule import Draft, Rule, Severity
from pe_viewer.form.answers import BolusQuality, Degree, Level, Presence


def _negative_in_poor_bolus(draft: Draft) -> str:
    if draft.form.presence is Presence.ABSENT and draft.form.bolus is BolusQuality.POOR:
        return "Embolism is absent, but the contrast is poor: can it be excluded?"
    return ""


def _negative_in_severe_artefact(draft: Draft) -> str:
    form = draft.form
    is_severe = Degree.SEVERE in (form.motion, form.beam_hardening)
    if form.presence is Presence.ABSENT and is_severe and not form.limitations.strip():
        return "Embolism is absent, but artefacts are severe and no limitation is given."
    return ""


def _negative_in_measured_doubt(draft: Draft) -> str:
    """What the program measured in the pixels: coverage, thickness, gaps, contrast."""
    if draft.findings is None or not draft.findings.quality.warnings:
        return ""
    if draft.form.presence is Presence.ABSENT and not draft.form.limitations.strip():
        measured = draft.findings.quality.warnings[0].message
        return f"Embolism is absent and no limitation is given. {measured}"
    return ""


def _bolus_against_hu(draft: Draft) -> str:
    form, hu = draft.form, draft.form.bolus_hu
    if hu is None or "bolus" in form.sources:
        return ""
    if form.bolus is BolusQuality.GOOD and hu < POOR_HU:
        return f"The contrast is called good, but the trunk has {hu:.0f} HU."
    if form.bolus is BolusQuality.POOR and hu >= GOOD_HU:
        return f"The contrast is called poor, but the trunk has {hu:.0f} HU."
    return ""


def _is_solitary_subsegmental(draft: Draft) -> bool:
    """A quarter of positive reports was over-diagnosis, mostly solitary or subsegmental, from
    motion and beam hardening (Hutchinson et al., AJR 2015;205:271-277)."""
    form = draft.form
    is_small = Level.SUBSEGMENTAL in (form.level, form.most_proximal_level)
    return form.presence is Presence.PRESENT and is_small and len(form.sites) <= 1


def _solitary_in_artefact(draft: Draft) -> str:
    degrees = (draft.form.motion, draft.form.beam_hardening)
    is_disturbed = any(degree in (Degree.MILD, Degree.SEVERE) for degree in degrees)
    if _is_solitary_subsegmental(draft) and is_disturbed:
        return "One subsegmental embolus alone, with artefacts: is it motion or beam hardening?"
    return ""


def _solitary(draft: Draft) -> str:
    degrees = (draft.form.motion, draft.form.beam_hardening)
    if _is_solitary_subsegmental(draft) and None in degrees:
        return "One subsegmental embolus alone: say whether there is motion and beam hardening."
    return ""


QUALITY_RULES: Final = (
    Rule("negative-in-poor-bolus", Severity.CONFLICT, _negative_in_poor_bolus),
    Rule("negative-in-severe-artefact", Severity.DOUBT, _negative_in_severe_artefact),
    Rule("negative-in-measured-doubt", Severity.DOUBT, _negative_in_measured_doubt),
    Rule("bolus-against-hu", Severity.DOUBT, _bolus_against_hu),
    Rule("solitary-in-artefact", Severity.DOUBT, _solitary_in_artefact),
    Rule("solitary-subsegmental", Severity.DOUBT, _solitary),
)
