"""The words for the right heart: what the model measured, how sure it is, and what does not fit."""

from typing import Final

from pe_models.findings import Findings, Verdict
from pe_models.heart_findings import (
    NO_FORECAST,
    POSSIBLE_STRAIN_RATIO,
    STRAIN_RATIO,
    RightHeart,
    Trunk,
    Width,
)
from pe_models.labels import RV_LV_GTE_1, RV_LV_LT_1
from pe_viewer.display.texts import slice_name

MARKS: Final = (POSSIBLE_STRAIN_RATIO, STRAIN_RATIO)
"""Where a ratio is cut: both are shown wherever a ratio is."""

_IS_TRUE: Final = 0.5


def ratio_text(ratio: float) -> str:
    """``RV/LV 1.12, 1.0 or more``: the ratio, and which mark it reaches."""
    reached = [mark for mark in MARKS if ratio >= mark]
    words = f", {reached[-1]:.1f} or more" if reached else f", below {MARKS[0]:.1f}"
    return f"RV/LV {ratio:.2f}{words}"


def model_ratio_text(heart: RightHeart) -> str:
    """``RV/LV 1.12 (0.99 to 1.27)``, or why there is none."""
    if heart.ratio is None:
        return "RV/LV not measured"
    reach = heart.range
    interval = "" if reach is None else f" ({reach.low:.2f} to {reach.high:.2f})"
    return f"RV/LV {heart.ratio:.2f}{interval}"


def strain_text(heart: RightHeart) -> str:
    """How surely the ratio reaches its marks; "" where the bundle cannot say."""
    if heart.range is None:
        return ""
    return (
        f"Right-heart strain: {STRAIN_RATIO:.1f} or more {percent_text(heart.range.p_gte_1)}, "
        f"{POSSIBLE_STRAIN_RATIO:.1f} or more {percent_text(heart.range.p_gte_0_9)} (on phantoms)"
    )


def model_heart_lines(findings: Findings) -> tuple[str, ...]:
    """All that the model says of the right heart, line by line; () where it says nothing."""
    heart = findings.heart
    if heart is None:
        return ()
    if heart.rv is None or heart.lv is None:
        return (f"{model_ratio_text(heart)}: {heart.message}",)
    widths = ", ".join(
        f"{name} {width.mm:.1f} mm ({_slice_of(findings, width)})"
        for name, width in (("RV", heart.rv), ("LV", heart.lv))
    )
    said = (model_ratio_text(heart), widths, strain_text(heart), label_disagreement(findings))
    return (*(line for line in said if line), NO_FORECAST)


def trunk_text(findings: Findings, trunk: Trunk) -> str:
    """``PA trunk 28.4 mm, 412 HU (Im 93)``."""
    where = _slice_of(findings, trunk.diameter)
    return f"PA trunk {trunk.diameter.mm:.1f} mm, {trunk.mean_hu:.0f} HU ({where})"


def label_disagreement(findings: Findings, ratio: float | None = None) -> str:
    """What the exam's RV/LV labels say against a ratio; "" where they agree or say neither.

    ``ratio`` None is that of the model's own lines. Only a positive exam has such a label.
    """
    whose = "the reader's" if ratio is not None else "its own"
    heart = findings.heart
    ratio = ratio if ratio is not None else (None if heart is None else heart.ratio)
    if ratio is None or findings.verdict is not Verdict.POSITIVE:
        return ""
    is_strained, is_calm = (
        findings.exam[label].consistent > _IS_TRUE for label in (RV_LV_GTE_1, RV_LV_LT_1)
    )
    if is_strained is is_calm or is_strained is (ratio >= STRAIN_RATIO):
        return ""
    said = "1 or more" if is_strained else "below 1"
    return f"The model's exam label says {said}, {whose} lines {ratio:.2f}"


def _slice_of(findings: Findings, width: Width) -> str:
    return slice_name(width.slice_index, findings.slices[width.slice_index].instance_number)


def percent_text(share: float) -> str:
    """``87 %``, and never a certainty: ``< 1 %``, ``> 99 %``."""
    if share < 0.01:
        return "< 1 %"
    return "> 99 %" if share > 0.99 else f"{100 * share:.0f} %"
