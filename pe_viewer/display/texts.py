"""The words and numbers that people see, in the window and in the report alike.

Tables of words lie in ``resources/texts.json``. A score is a *model score* and never a probability;
numbers carry the digits that are true.
"""

import json
import re
from collections.abc import Mapping
from typing import Final

from pe_models import places
from pe_models.findings import (
    CLOT_MAP,
    BundleStamp,
    Findings,
    Flag,
    MarkedPlace,
    QualityCode,
    Verdict,
    Zone,
)
from pe_models.imaging.warnings import WarningCode
from pe_models.imaging.window import Window
from pe_viewer.display.looks import Tool
from pe_viewer.display.scores import highest_score, kinds_shown
from pe_viewer.review import DecisionState, RejectionReason


def _load() -> dict[str, dict[str, str]]:
    text = (places.resources() / "texts.json").read_text(encoding="utf-8")
    tables: dict[str, dict[str, str]] = json.loads(text)
    return tables


_TABLES: Final = _load()

LABEL_TEXTS: Final[Mapping[str, str]] = _TABLES["labels"]
SHORT_LABEL_TEXTS: Final[Mapping[str, str]] = _TABLES["short_labels"]
QUALITY_TEXTS: Final = {QualityCode(code): text for code, text in _TABLES["quality"].items()}
ZONE_TEXTS: Final = {Zone(zone): text for zone, text in _TABLES["zones"].items()}
WARNING_TEXTS: Final = {WarningCode(code): text for code, text in _TABLES["warnings"].items()}
DECISION_TEXTS: Final = {DecisionState(s): text for s, text in _TABLES["decisions"].items()}
REASON_TEXTS: Final = {RejectionReason(r): text for r, text in _TABLES["reasons"].items()}

FORMAT_TEXTS: Final[Mapping[str, str]] = _TABLES["formats"]
TOOL_TEXTS: Final = {Tool[name]: text for name, text in _TABLES["tools"].items()}

OVERLAY_CAUTION: Final = "Shows what moved the score, not where a finding lies"
CLOT_MAP_CAUTION: Final = "Where the model takes something for clot; it may be wrong"
LOW_SCORE: Final = "Score below the threshold: no map is drawn"
IDENTITY_HIDDEN: Final = "Identity hidden"
NO_OVERLAY: Final = "No activation map of this slice"
MAKING_OVERLAY: Final = "The map is being made"

EXTRA_METHODS: Final = ("grad-cam", "grad-cam++")
"""Maps that are made on request beside a bundle's own."""

_NAME_PARTS: Final = 5
_METHODS_WITHOUT_UNIT: Final = frozenset({"grad-cam++"})
"""Maps that rank the places of a slice and do not add up to its logit."""
_DICOM_DATE: Final = re.compile(r"(\d{4})\.?(\d{2})\.?(\d{2})")
_DICOM_TIME: Final = re.compile(r"(\d{2}):?(\d{2})")
_DICOM_AGE: Final = re.compile(r"0*(\d+)([DWMY])")
_AGE_UNITS: Final = {"D": "d", "W": "wk", "M": "mo", "Y": "y"}


def method_text(method: str) -> str:
    """``Clot map`` of ``clot-map``; a method that is not known here by its own name."""
    return _TABLES["methods"].get(method, method)


def value_text(method: str, value: float) -> str:
    """A value of a map with its unit, where the method's values have one."""
    return f"{value:g}" if method in _METHODS_WITHOUT_UNIT else f"a logit of {value:g}"


def scale_title(method: str) -> str:
    """What stands over the colour bar."""
    unit = "no unit" if method in _METHODS_WITHOUT_UNIT else "logit"
    return f"{method_text(method)}, {unit}"


def overlay_caution(method: str) -> str:
    """What stands below a map while it is shown."""
    return CLOT_MAP_CAUTION if method == CLOT_MAP else OVERLAY_CAUTION


def person_name(dicom_name: str) -> str:
    """``DOE, Jane`` of ``DOE^JANE``: the family name as it was written, given names as names are.

    Of several alphabets the first that is filled is taken (PS3.5 6.2.1.2). A single component is a
    name as people wrote it and stays as it is.
    """
    group = next((g for g in dicom_name.split("=") if g.strip("^ ")), "")
    parts = [part.strip() for part in group.split("^")][:_NAME_PARTS]
    family, given, middle, _prefix, suffix = parts + [""] * (_NAME_PARTS - len(parts))
    first_names = " ".join(_given_name(part) for part in (given, middle) if part)
    return ", ".join(part for part in (family, first_names, suffix) if part)


def date_text(dicom_date: str) -> str:
    """``2026-11-20`` of ``20261120``; what is no such date is given back as it is."""
    match = _DICOM_DATE.fullmatch(dicom_date.strip())
    return "-".join(match.groups()) if match else dicom_date.strip()


def time_text(dicom_time: str) -> str:
    """``14:05`` of ``140533.120``; "" where there is none."""
    match = _DICOM_TIME.match(dicom_time.strip())
    return ":".join(match.groups()) if match else ""


def age_text(dicom_age: str) -> str:
    """``63 y`` of ``063Y``; what is no such age is given back as it is."""
    match = _DICOM_AGE.fullmatch(dicom_age.strip())
    return f"{match[1]} {_AGE_UNITS[match[2]]}" if match else dicom_age.strip()


def age_and_sex(dicom_age: str, dicom_sex: str, *, other: str = "other") -> str:
    """``63 y F``; sex "O" is written out as ``other``: a letter O would be read as a nought."""
    sex = dicom_sex.strip()
    words = (age_text(dicom_age), other if sex.upper() == "O" else sex)
    return " ".join(word for word in words if word)


def slice_name(slice_index: int, instance_number: int | None) -> str:
    """``Im 183``, or ``slice 183`` (counted from 1) where the file gives no number."""
    return f"slice {slice_index + 1}" if instance_number is None else f"Im {instance_number}"


def slice_of_text(slice_index: int, instance_number: int | None, n_slices: int) -> str:
    """``Im 183/275``; no count where numbers go beyond it, as in a part of a series."""
    name = slice_name(slice_index, instance_number)
    is_within = instance_number is None or 1 <= instance_number <= n_slices
    return f"{name}/{n_slices}" if is_within else name


def position_text(
    slice_index: int,
    instance_number: int | None,
    n_slices: int,
    position_mm: float,
    *,
    axis: str = "z",
) -> str:
    """``Im 183/275  z -112.5 mm``, as PACS names a slice; ``axis`` is the one it lies across."""
    at = 0.0 if abs(position_mm) < 0.05 else position_mm  # no "-0.0"
    return f"{slice_of_text(slice_index, instance_number, n_slices)}  {axis} {at:.1f} mm"


def run_text(findings: Findings, flag: Flag) -> str:
    """``Im 60–68  left, lobar``: a run by its instance numbers, in their order, and where it is."""
    return "  ".join((slices_text(findings, flag), where_text(flag))).rstrip()


def slices_text(findings: Findings, flag: Flag) -> str:
    """``Im 60–68``: a run by its instance numbers, in their order."""
    first, last = (findings.slices[index].instance_number for index in (flag.first, flag.last))
    return run_place_text(flag.first, flag.last, first, last)


def where_text(flag: Flag) -> str:
    """``left, lobar``: sides and level of a flag; "" where the model gives none."""
    return ", ".join(where_words(flag))


def where_words(flag: Flag) -> tuple[str, ...]:
    """Sides, then the level where it says more than they do."""
    level = () if flag.level is None else (flag.level.value,)
    return tuple(dict.fromkeys((*flag.sides, *level)))


def place_text(place: MarkedPlace) -> str:
    """``left, lobar``: side and level of one marked place."""
    level = () if place.level is None else (place.level.value,)
    return ", ".join(dict.fromkeys((place.side.value, *level)))


def run_place_text(first: int, last: int, first_number: int | None, last_number: int | None) -> str:
    """``Im 60–68`` of the run of slices from ``first`` to ``last`` with their instance numbers."""
    if first == last:
        return slice_name(first, first_number)
    if first_number is None or last_number is None:
        return f"slice {first + 1}–{last + 1}"
    return f"Im {min(first_number, last_number)}–{max(first_number, last_number)}"


def window_text(window: Window) -> str:
    """``W 700 L 100``: width first, then centre."""
    return f"W {window.width_hu:.0f} L {window.centre_hu:.0f}"


def device_text(device: str) -> str:
    """``CPU`` or ``GPU``, of a device as torch names it: ``cpu``, ``cuda:0``."""
    return "CPU" if device == "cpu" else "GPU"


def score_text(score: float) -> str:
    """Two digits, and never a 0.00 or a 1.00 that is none."""
    if 0.0 < score < 0.005:
        return "< 0.01"
    if 0.995 <= score < 1.0:
        return "> 0.99"
    return f"{score:.2f}"


def score_meaning(bundle: BundleStamp) -> str:
    """What a score of this bundle is called wherever it is shown."""
    if bundle.calibrated_on == "phantoms":
        return "model score (trained on phantoms)"
    return f"model score (calibrated on {bundle.calibrated_on})"


def verdict_line(findings: Findings) -> str:
    """``Model: flagged 0.94``, ``Model: nothing flagged`` or ``Model: cannot say``."""
    if findings.verdict is Verdict.INDETERMINATE:
        return "Model: cannot say"
    if findings.verdict is Verdict.POSITIVE or findings.flags:
        return f"Model: flagged {score_text(highest_score(findings))}"
    return "Model: nothing flagged"


def verdict_reason(findings: Findings) -> str:
    """One line below the verdict: why the model cannot say, or what its words leave open."""
    if findings.verdict is Verdict.INDETERMINATE:
        codes = dict.fromkeys(warning.code for warning in findings.quality.warnings)
        reasons = ", ".join(QUALITY_TEXTS[code] for code in codes)
        return reasons[:1].upper() + reasons[1:] if reasons else "The scores fit no clear answer"
    if findings.verdict is Verdict.NEGATIVE and findings.flags:
        return "The examination as a whole scored negative; look at the flagged runs"
    if findings.verdict is Verdict.NEGATIVE:
        return f"Highest score on any slice {score_text(highest_score(findings))}"
    return likeliest_text(findings)


def likeliest_text(findings: Findings) -> str:
    """``Most likely: Subdural``; "" where labels tell no kinds, or none reaches the threshold."""
    on = [
        label
        for label in kinds_shown(findings)
        if findings.exam[label].consistent >= findings.flag_threshold
    ]
    if not on:
        return ""
    likeliest = max(on, key=lambda label: findings.exam[label].consistent)
    return f"Most likely: {LABEL_TEXTS.get(likeliest, likeliest)}"


def looked_at_text(findings: Findings) -> str:
    """What the model went through: ``275 slices, 274 mm``."""
    if findings.n_slices == 1:
        return "Looked at the whole picture"
    length_mm = findings.n_slices * findings.spacing_mm[0]
    return f"Looked at all {findings.n_slices} slices, {length_mm:.0f} mm"


def time_left_text(seconds: float) -> str:
    """``12 s left``, ``3 min left``."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s left"
    return f"{round(seconds / 60)} min left"


def count_text(count: int, singular: str, plural: str) -> str:
    """``1 slice``, ``1,240 slices``."""
    return f"{count:,} {singular if count == 1 else plural}"


def headers_text(done: int, total: int) -> str:
    """How far a scan has come: ``Reading headers  1,240 of 2,000``; first files are only found."""
    if total:
        return f"Reading headers  {done:,} of {total:,}"
    return f"Looking for files  {done:,}" if done else "Looking for files"


def _given_name(part: str) -> str:
    """``Jane`` of ``JANE``, ``Anna-Lena`` of ``ANNA-LENA``; mixed case is what people wrote."""
    return part.title() if part.isupper() and len(part) > 2 else part
