"""Which series of a study suits reading for PE best: by tags, with reasons in words."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from pe_models.imaging.choosing.ranking_words import Hint, Kind, hints_in
from pe_models.imaging.study import Series
from pe_models.imaging.volume import VolumeKind, kind_of
from pe_models.imaging.warnings import WarningCode

_CANDIDATE_POINTS: Final = 0.0
_MIN_CANDIDATE_SLICES: Final = 20
_THICK_MM: Final = 3.0
_THIN_MM: Final = 1.5
_VERY_THIN_MM: Final = 0.3
_INHERITED: Final = frozenset({Kind.PURPOSE, Kind.REGION, Kind.CONTRAST, Kind.ELSEWHERE})
"""What the protocol and the study say holds for a series too, unless it speaks for itself."""

_SHARP_KERNEL: Final = re.compile(
    r"lung|bone|edge|sharp|\b[BI][6-9]\d|\bBl[5-9]\d|\b[BHQ]r[6-9]\d|FC[358]\d|YC|YD|^[DLE]$",
    re.IGNORECASE,
)
_NO_AGENT: Final = re.compile(r"(no|none|without|n/?a|null|ohne|sans|sin|0|-)\b.*|-", re.IGNORECASE)
_BY_MOUTH: Final = re.compile(r"\b(oral|po|rectal)\b", re.IGNORECASE)
_BY_VEIN: Final = re.compile(r"\b(iv|i\.v\.|intraven\w*|vein)(?!\w)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Tags:
    """What a Series does not keep, but ranking looks at."""

    study_description: str = ""
    protocol: str = ""
    image_type: tuple[str, ...] = ()


Points = tuple[float, str]
"""What speaks for (or, negative, against) a series, and the reason in words."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one series is worth; ``is_named`` where its own description names PE."""

    series: Series
    found: tuple[Points, ...]
    is_named: bool

    @property
    def points(self) -> float:
        return sum(points for points, _ in self.found)

    @property
    def may_be_read(self) -> bool:
        """Whether its kind, not its worth, allows reading for PE."""
        series = self.series
        is_readable = kind_of(series) is VolumeKind.HU and series.is_axial
        return is_readable and series.n_slices >= _MIN_CANDIDATE_SLICES


def ranked(series: Iterable[tuple[Series, Tags]]) -> tuple[Series, ...]:
    """Best first by tags alone, with ``rank``, ``reasons`` and whether each is a candidate."""
    return in_order([judge(each, tags) for each, tags in series])


def in_order(judgements: Sequence[Judgement]) -> tuple[Series, ...]:
    """The series best first, with what was found written into them."""
    return tuple(
        replace(
            each.series,
            rank=rank,
            reasons=tuple(reason for _, reason in each.found),
            is_ctpa_candidate=each.points > _CANDIDATE_POINTS and each.may_be_read,
        )
        for rank, each in enumerate(best_first(judgements))
    )


def best_first(judgements: Iterable[Judgement]) -> list[Judgement]:
    return sorted(
        judgements,
        key=lambda each: (-each.points, each.series.series_number or 0, -each.series.n_slices),
    )


def judge(series: Series, tags: Tags) -> Judgement:
    """What the tags say of one series."""
    own = [hint for hint in hints_in(series.description) if _applies(hint, series)]
    found = (
        *_judge_kind(series, tags),
        *((hint.points, hint.reason) for hint in own),
        *_judge_surroundings(series, tags, own),
        *_judge_sampling(series),
    )
    is_named = any(hint.kind is Kind.PURPOSE and hint.points > 0 for hint in own)
    return Judgement(series, found, is_named)


def is_sharp(series: Series) -> bool:
    """Whether its kernel is one for lung or bone, which makes vessels noisy."""
    return bool(_SHARP_KERNEL.search(series.kernel))


def _applies(hint: Hint, series: Series) -> bool:
    return hint.most_slices is None or series.n_slices <= hint.most_slices


def _judge_kind(series: Series, tags: Tags) -> Iterator[Points]:
    if series.is_radiograph:
        yield -40, f"a radiograph ({series.modality})"
        return
    if series.modality != "CT":
        yield -40, f"not a CT ({series.modality or 'no modality given'})"
    elif kind_of(series) is not VolumeKind.HU:
        yield -20, "its values are not Hounsfield units"
    if "LOCALIZER" in tags.image_type:
        yield -30, "a scout view"
    if not series.is_axial:
        yield -10, "not axial"
    if tags.image_type[:1] == ("DERIVED",) or tags.image_type[1:2] == ("SECONDARY",):
        yield -2, "computed from other images"
    if {"MIP", "MAXIMUM", "PROJECTION IMAGE", "MINIP"} & set(tags.image_type):
        yield -6, "maximum intensity projections"
    if series.modality == "CT":
        yield from _judge_agent(series.contrast_agent.strip())
    if is_sharp(series):
        yield -2, f"a sharp kernel ({series.kernel})"


def _judge_agent(agent: str) -> Iterator[Points]:
    if not agent or _NO_AGENT.fullmatch(agent):
        yield -1, "no contrast agent is named"
    elif not _BY_MOUTH.search(agent) or _BY_VEIN.search(agent):
        yield 3, "a contrast agent was given"


def _judge_surroundings(series: Series, tags: Tags, own: Sequence[Hint]) -> Iterator[Points]:
    """What protocol, study and body part say where the series itself says nothing, at half."""
    told = {hint.kind for hint in own}
    for hint in hints_in(f"{tags.protocol} {tags.study_description} {series.body_part}"):
        if hint.kind in _INHERITED - told:
            yield hint.points / 2, hint.reason.replace("its description", "its study")


def _judge_sampling(series: Series) -> Iterator[Points]:
    if series.n_slices == 1 and not series.is_radiograph:
        yield -8, "a single slice"
    elif 1 < series.n_slices < _MIN_CANDIDATE_SLICES:
        yield -5, f"only {series.n_slices} slices"
    elif series.n_slices > 1:
        yield min(2.0, series.n_slices / 200), f"{series.n_slices} slices"
    thickness = series.slice_thickness_mm
    if thickness is not None and thickness > _THICK_MM:
        yield -3, f"slices {thickness:g} mm thick"
    elif thickness is not None and _VERY_THIN_MM < thickness <= _THIN_MM:
        yield 2, f"thin slices ({thickness:g} mm)"
    codes = {warning.code for warning in series.warnings}
    if WarningCode.GAP in codes:
        yield -3, "slices are missing"
    if WarningCode.UNDECODABLE in codes:
        yield -20, "its encoding is not read here"
