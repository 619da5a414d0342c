"""Rules on the right heart: ventricles, septum, reflux, strain."""

from typing import Final

from pe_viewer.draft.rules.rule import Draft, Rule, Severity
from pe_viewer.form.answers import Presence, Reflux, Septum

STRAINED_RATIO: Final = 1.0
"""RV/LV from here speaks of strain; the label set of the RSNA challenge cuts here too."""
CALM_RATIO: Final = 0.9

_VENTRICLE_MM: Final = (15.0, 80.0)
_TRUNK_MM: Final = (15.0, 60.0)
_RATIO: Final = (0.4, 3.0)
_FAR_APART_SLICES_MM: Final = 40.0
_HIGH_BURDEN_PERCENT: Final = 40.0
"""Above it most right ventricles are dilated (Qanadli et al., AJR 2001;176:1415)."""


def _ratio_without_strain(draft: Draft) -> str:
    ratio = draft.form.rv_lv_ratio
    if draft.form.strain is Presence.ABSENT and ratio is not None and ratio >= STRAINED_RATIO:
        return f"RV/LV is {ratio:.2f}, but right heart strain is absent."
    return ""


def _signs_without_strain(draft: Draft) -> str:
    form = draft.form
    if form.strain is Presence.ABSENT and form.septum not in (None, Septum.NORMAL):
        return f"The septum is {form.septum}, but right heart strain is absent."
    return ""


def _strain_without_signs(draft: Draft) -> str:
    form, ratio = draft.form, draft.form.rv_lv_ratio
    is_calm = ratio is not None and ratio < CALM_RATIO
    has_sign = form.septum not in (None, Septum.NORMAL) or form.reflux not in (None, Reflux.NONE)
    if form.strain is Presence.PRESENT and is_calm and not has_sign:
        return f"Right heart strain is present, but RV/LV is {ratio:.2f} and no sign is given."
    return ""


def _one_ventricle(draft: Draft) -> str:
    if (draft.form.rv is None) is not (draft.form.lv is None):
        missing = "LV" if draft.form.lv is None else "RV"
        return f"One ventricle is measured; without {missing} there is no ratio."
    return ""


def _implausible_ventricle(draft: Draft) -> str:
    least, most = _VENTRICLE_MM
    for name, diameter in (("RV", draft.form.rv), ("LV", draft.form.lv)):
        if diameter is not None and not least <= diameter.mm <= most:
            return f"{name} of {diameter.mm:.0f} mm is no usual width ({least:.0f} to {most:.0f})."
    ratio = draft.form.rv_lv_ratio
    if ratio is not None and not _RATIO[0] <= ratio <= _RATIO[1]:
        return f"RV/LV of {ratio:.2f} is out of the ordinary: are the two lines exchanged?"
    return ""


def _far_apart(draft: Draft) -> str:
    """Both are measured across the valves, a few centimetres from each other at most."""
    rv, lv, findings = draft.form.rv, draft.form.lv, draft.findings
    if rv is None or lv is None or rv.slice_index is None or lv.slice_index is None:
        return ""
    if findings is None:
        return ""
    apart_mm = abs(rv.slice_index - lv.slice_index) * findings.spacing_mm[0]
    if apart_mm > _FAR_APART_SLICES_MM:
        return f"RV and LV are measured {apart_mm:.0f} mm apart: is one of them another chamber?"
    return ""


def _implausible_trunk(draft: Draft) -> str:
    trunk = draft.form.trunk
    if trunk is not None and not _TRUNK_MM[0] <= trunk.mm <= _TRUNK_MM[1]:
        return f"A pulmonary trunk of {trunk.mm:.0f} mm is out of the ordinary."
    return ""


def _burden_without_heart(draft: Draft) -> str:
    form, percent = draft.form, draft.form.burden.qanadli_percent
    if percent >= _HIGH_BURDEN_PERCENT and form.strain is None:
        return f"Qanadli {percent:.0f} %, but right heart strain is not answered."
    return ""


def _embolism_without_ratio(draft: Draft) -> str:
    if draft.form.presence is Presence.PRESENT and draft.form.rv_lv_ratio is None:
        return "Embolism is present, but RV/LV is not measured."
    return ""


HEART_RULES: Final = (
    Rule("ratio-without-strain", Severity.CONFLICT, _ratio_without_strain),
    Rule("septum-without-strain", Severity.CONFLICT, _signs_without_strain),
    Rule("strain-without-signs", Severity.DOUBT, _strain_without_signs),
    Rule("one-ventricle", Severity.DOUBT, _one_ventricle),
    Rule("implausible-ventricle", Severity.DOUBT, _implausible_ventricle),
    Rule("ventricles-far-apart", Severity.DOUBT, _far_apart),
    Rule("implausible-trunk", Severity.DOUBT, _implausible_trunk),
    Rule("burden-without-heart", Severity.DOUBT, _burden_without_heart),
    Rule("embolism-without-ratio", Severity.NOTE, _embolism_without_ratio),
)
