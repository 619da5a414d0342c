"""Which series of a study suits reading for PE best: by tags, with reasons in words."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from pe_models.imaging.study import Series
from pe_models.imaging.warnings import WarningCode

_CANDIDATE_POINTS: Final = 0.0
_MIN_CANDIDATE_SLICES: Final = 20
_THICK_MM: Final = 3.0
_THIN_MM: Final = 1.5
_VERY_THIN_MM: Final = 0.3


@dataclass(frozen=True, slots=True)
class _Hint:
    """Words in the descriptions of series, protocol and study, and what they speak for."""

    pattern: re.Pattern[str]
    points: float
    reason: str


def _hint(pattern: str, points: float, reason: str) -> _Hint:
    return _Hint(re.compile(pattern, re.IGNORECASE), points, reason)


_PE_WORDS: Final = (
    r"pulm\w* *(angio|art)|embol|\bPE\b|\bCTPA\b|lungenart|\bLAE\b"  # LAE: Lungenarterienembolie
)

_HINTS: Final[tuple[_Hint, ...]] = (
    _hint(_PE_WORDS, 6, "its description names pulmonary embolism or angiography"),
    _hint(r"\bCTA\b|angio", 2, "its description names an angiography"),
    _hint(r"chest|thorax|lung|pulm", 1, "its description names the chest"),
    _hint(
        r"\b(w/?o|without|ohne|sans|native?|nativ|plain|non[- ]?contrast|unenhanced|WO)\b(?! *ecg)",
        -4,
        "its description says without contrast",
    ),
    _hint(r"scout|topo(gram)?|localizer|surview|scanogram", -20, "a scout view"),
    _hint(
        r"bolus|smart *prep|premonitoring|monitoring|tracker|test *inj|timing",
        -12,
        "follows the bolus at one place",
    ),
    _hint(r"\bMIP\b|max(imum)? *int", -6, "maximum intensity projections"),
    _hint(r"\bMinIP\b|\bVRT?\b|3D|volume *render", -8, "a rendering"),
    _hint(r"dose|report|protocol *page|screen *save", -20, "a report, not a CT series"),
    _hint(r"\bhead\b|brain|neuro|sch[aä]del|cranial|spine|knee|pelvis only", -6, "not the chest"),
    _hint(r"abd|pelvis|liver|leber", -2, "covers the abdomen"),
    _hint(r"\biodine|perfusion|\bPBV\b|virtual|\bVNC\b|mono *\+?\d* *kev", -3, "a spectral map"),
)

_LUNG_KERNEL: Final = re.compile(
    r"lung|bone|edge|sharp|\bB[6-9]\d|\bI[6-9]\d|\bBl[5-9]\d|\bBr[6-9]\d|FC5\d|FC8\d|YC|YD|^[DLE]$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Tags:
    """What a Series does not keep, but ranking looks at."""

    study_description: str = ""
    protocol: str = ""
    image_type: tuple[str, ...] = ()


def ranked(series: Sequence[tuple[Series, Tags]]) -> tuple[Series, ...]:
    """Best first, each with its ``rank``, ``reasons`` and whether it may be read for PE."""
    judged = [(*_judge(each, tags), each) for each, tags in series]
    judged.sort(key=lambda item: (-item[0], item[2].series_number or 0, -item[2].n_slices))
    return tuple(
        replace(
            each,
            rank=rank,
            reasons=reasons,
            is_ctpa_candidate=points > _CANDIDATE_POINTS and _may_be_candidate(each),
        )
        for rank, (points, reasons, each) in enumerate(judged)
    )


def _may_be_candidate(series: Series) -> bool:
    is_readable = series.modality == "CT" and series.is_axial
    return is_readable and series.n_slices >= _MIN_CANDIDATE_SLICES


def _judge(series: Series, tags: Tags) -> tuple[float, tuple[str, ...]]:
    found = [*_judge_kind(series, tags), *_judge_words(series, tags), *_judge_sampling(series)]
    return sum(points for points, _ in found), tuple(reason for _, reason in found if reason)


_Points = tuple[float, str]


def _judge_kind(series: Series, tags: Tags) -> list[_Points]:
    found: list[_Points] = []
    if series.modality != "CT":
        found.append((-40, f"not a CT ({series.modality or 'no modality given'})"))
    if "LOCALIZER" in tags.image_type:
        found.append((-30, "a scout view"))
    if not series.is_axial:
        found.append((-10, "not axial"))
    is_derived = tags.image_type[:1] == ("DERIVED",) or tags.image_type[1:2] == ("SECONDARY",)
    if is_derived:
        found.append((-2, "computed from other images"))
    if {"MIP", "MAXIMUM", "PROJECTION IMAGE", "MINIP"} & set(tags.image_type):
        found.append((-6, "maximum intensity projections"))
    if series.contrast_agent and "oral" not in series.contrast_agent.lower().split("/")[0].split():
        found.append((3, "a contrast agent was given"))
    elif not series.contrast_agent and series.modality == "CT":
        found.append((-1, "no contrast agent is named"))
    if _LUNG_KERNEL.search(series.kernel):
        found.append((-2, f"a sharp kernel ({series.kernel})"))
    return found


def _judge_words(series: Series, tags: Tags) -> list[_Points]:
    """The description of the series speaks first; those of protocol and study where it is mute."""
    own = [(hint.points, hint.reason) for hint in _HINTS if hint.pattern.search(series.description)]
    told = {reason for _, reason in own}
    around = f"{tags.protocol} {tags.study_description} {series.body_part}"
    inherited = [
        (hint.points / 2, hint.reason.replace("its description", "its study"))
        for hint in _HINTS
        if hint.reason not in told and abs(hint.points) < 8 and hint.pattern.search(around)
    ]
    return own + inherited


def _judge_sampling(series: Series) -> list[_Points]:
    found: list[_Points] = []
    if series.n_slices == 1:
        found.append((-8, "a single slice"))
    elif series.n_slices < _MIN_CANDIDATE_SLICES:
        found.append((-5, f"only {series.n_slices} slices"))
    else:
        found.append((min(2.0, series.n_slices / 200), f"{series.n_slices} slices"))
    thickness = series.slice_thickness_mm
    if thickness is not None and thickness > _THICK_MM:
        found.append((-3, f"slices {thickness:g} mm thick"))
    elif thickness is not None and _VERY_THIN_MM < thickness <= _THIN_MM:
        found.append((2, f"thin slices ({thickness:g} mm)"))
    codes = {warning.code for warning in series.warnings}
    if WarningCode.GAP in codes:
        found.append((-3, "slices are missing"))
    if WarningCode.UNDECODABLE in codes:
        found.append((-20, "its encoding is not read here"))
    return found
