"""StudyScores: what a bundle said of one study, as far as it is measured. JSON round trip.

Findings without what names a patient, so that scores may be kept and passed on.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from pe_models.findings import ExamScore, Flag, Verdict, Zone, flag_from
from pe_models.heart_findings import RightHeart
from pe_models.labels import EXAM_LABELS


@dataclass(frozen=True, slots=True)
class PlacedMark:
    """A peak of a study's heat maps, at a voxel; ``map_score`` in [0, 1] is that of the map.

    ``emboli`` are the places, among the study's emboli, of those that it lies in.
    """

    slice_index: int
    row: float
    col: float
    map_score: float
    emboli: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class StudyScores:
    """Scores in [0, 1]; ``image_raw`` and ``image`` (the calibrated, projected one) by slice.

    ``marks`` are None where the truth does not tell where the emboli lie in their slices, and so is
    ``pointed``: of each flag, for each of its places, the emboli that it lies in.
    """

    image_raw: tuple[float, ...]
    image: tuple[float, ...]
    exam: Mapping[str, ExamScore]
    verdict: Verdict
    zone: Zone | None
    flags: tuple[Flag, ...]
    flag_threshold: float
    quality: tuple[str, ...]
    marks: tuple[PlacedMark, ...] | None
    device: str
    seconds: float
    """Wall time of the pipeline; making or reading the study not counted."""
    timing_ms: Mapping[str, float] = field(default_factory=dict)
    heart: RightHeart | None = None
    pointed: tuple[tuple[tuple[int, ...], ...], ...] | None = None

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Self:
        """Inverse of ``to_dict``. Raises KeyError, TypeError or ValueError for another record."""
        marks, zone, pointed = record["marks"], record["zone"], record.get("pointed")
        heart = record.get("heart")
        return cls(
            **{
                **record,
                "image_raw": tuple(record["image_raw"]),
                "image": tuple(record["image"]),
                "exam": {label: ExamScore(**record["exam"][label]) for label in EXAM_LABELS},
                "verdict": Verdict(record["verdict"]),
                "zone": None if zone is None else Zone(zone),
                "flags": tuple(flag_from(flag) for flag in record["flags"]),
                "quality": tuple(record["quality"]),
                "heart": None if heart is None else RightHeart.from_dict(heart),
                "marks": None
                if marks is None
                else tuple(PlacedMark(**{**m, "emboli": tuple(m["emboli"])}) for m in marks),
                "pointed": None
                if pointed is None
                else tuple(tuple(tuple(place) for place in flag) for flag in pointed),
            }
        )
