"""What a report says that the model measured of the right heart and the trunk. No layout, no Qt."""

from pe_models.findings import Findings
from pe_models.heart_findings import NO_FORECAST, RightHeart, Width
from pe_viewer.display import texts
from pe_viewer.display.heart_texts import percent_text
from pe_viewer.report.content.phrases import ENGLISH, Phrases

REFUSED_WORDS = {
    "not_found": "the ventricles were not found",
    "not_covered": "the series ends within the heart",
    "not_opacified": "blood in the ventricles is not bright enough",
    "device": "metal crosses the ventricles",
}
"""By the code of the reason; the window tells it at length."""


def heart_notes(findings: Findings, say: Phrases = ENGLISH) -> tuple[str, ...]:
    """One passage on ventricles and trunk, as measured by the model; () where nothing was."""
    said = [*_ventricles(findings, say), *_trunk(findings, say)]
    return (" ".join((say("Measured by the model:"), *said)),) if said else ()


def _ventricles(findings: Findings, say: Phrases) -> list[str]:
    heart = findings.heart
    if heart is None:
        return []
    if heart.rv is None or heart.lv is None or heart.ratio is None:
        reason = "" if heart.refusal is None else REFUSED_WORDS[heart.refusal.value]
        return [say("RV/LV was not measured: {reason}.", reason=say(reason))]
    widths = say(
        "RV {rv} mm ({rv_slice}), LV {lv} mm ({lv_slice}), RV/LV {ratio}.",
        rv=say.number(f"{heart.rv.mm:.1f}"),
        rv_slice=_slice_of(findings, heart.rv, say),
        lv=say.number(f"{heart.lv.mm:.1f}"),
        lv_slice=_slice_of(findings, heart.lv, say),
        ratio=say.number(f"{heart.ratio:.2f}"),
    )
    return [widths, *_strain(heart, say), say(NO_FORECAST)]


def _strain(heart: RightHeart, say: Phrases) -> list[str]:
    """How sure the ratio is; nothing where the bundle cannot say."""
    if heart.range is None:
        return []
    return [
        say(
            "95 % interval {low} to {high}; right-heart strain: 1.0 or more {strain}, 0.9 or "
            "more {possible} (on phantoms).",
            low=say.number(f"{heart.range.low:.2f}"),
            high=say.number(f"{heart.range.high:.2f}"),
            strain=percent_text(heart.range.p_gte_1),
            possible=percent_text(heart.range.p_gte_0_9),
        )
    ]


def _trunk(findings: Findings, say: Phrases) -> list[str]:
    trunk = findings.trunk
    if trunk is None:
        return []
    return [
        say(
            "Pulmonary trunk {mm} mm, {hu} HU ({slice}).",
            mm=say.number(f"{trunk.diameter.mm:.1f}"),
            hu=round(trunk.mean_hu),
            slice=_slice_of(findings, trunk.diameter, say),
        )
    ]


def _slice_of(findings: Findings, width: Width, say: Phrases) -> str:
    number = findings.slices[width.slice_index].instance_number
    return say.place(texts.slice_name(width.slice_index, number))
