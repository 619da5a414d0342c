"""Findings: all that the models said of one Volume. Frozen; JSON round trip.

Field by field as the contract of ``findings.json`` (schema version 1). Scores are kept and written
unrounded: a score of 0.500001 written as 0.5 would break the rules of consistency.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from pe_models import NOTICE, SOFTWARE_NAME, __version__
from pe_models.heart_findings import RightHeart, Trunk
from pe_models.imaging.anatomy.crop import Crop as Crop

SCHEMA_VERSION: Final = 1

CLASS_ACTIVATION: Final = "class activation"
"""The usual Heatmap of a pooled slice net: exact, from its own forward pass."""
CLOT_MAP: Final = "clot-map"
"""The usual Heatmap of a dense slice net: how surely each place is clot within an artery."""


class Verdict(StrEnum):
    POSITIVE = "positive"
    NEGATIVE = "negative"
    INDETERMINATE = "indeterminate"


class Zone(StrEnum):
    """Where the exam's score lies by the conformal thresholds; stands beside the verdict."""

    NEGATIVE = "negative"
    UNCERTAIN = "uncertain"
    POSITIVE = "positive"


class QualityCode(StrEnum):
    """Why a CT may be unable to exclude PE."""

    NOT_OPACIFIED = "not_opacified"
    INCOMPLETE_COVERAGE = "incomplete_coverage"
    THICK_SLICES = "thick_slices"
    GAP = "gap"
    MOTION = "motion"
    MISSING_SLICES = "missing_slices"


@dataclass(frozen=True, slots=True)
class QualityWarning:
    code: QualityCode
    message: str


@dataclass(frozen=True, slots=True)
class Quality:
    """Quality measured from pixels. ``pulmonary_artery_hu`` is None where the trunk is absent."""

    pulmonary_artery_hu: float | None = None
    warnings: tuple[QualityWarning, ...] = ()

    @property
    def excludes_negative(self) -> bool:
        """Whether this CT cannot exclude PE, so that the verdict may not be negative."""
        return bool(self.warnings)


@dataclass(frozen=True, slots=True)
class SliceScore:
    """Scores in [0, 1] of one slice. ``scores`` has one entry a label of the task."""

    slice_index: int
    instance_number: int | None
    frame_number: int | None
    sop_instance_uid: str
    position_mm: float
    pe_score: float | None
    pe_score_raw: float | None
    scores: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class ExamScore:
    """One exam label's score: as the net gave it, calibrated, and projected on a valid state."""

    raw: float
    calibrated: float
    consistent: float


class Side(StrEnum):
    """Of the patient. ``CENTRAL`` is the trunk and what lies across its fork."""

    RIGHT = "right"
    LEFT = "left"
    CENTRAL = "central"


class ArteryLevel(StrEnum):
    """How far out along the arteries, from the heart."""

    CENTRAL = "central"
    LOBAR = "lobar"
    SEGMENTAL = "segmental"
    SUBSEGMENTAL = "subsegmental"


@dataclass(frozen=True, slots=True)
class MarkedPlace:
    """Where on a flag's slices the model takes something for clot.

    ``row`` and ``col`` are pixels of the slice, whole numbers at their centres; ``score`` in [0, 1]
    is that of the clot map. ``level`` is None where the bundle does not tell levels.
    """

    slice_index: int
    row: float
    col: float
    score: float
    side: Side
    level: ArteryLevel | None = None


@dataclass(frozen=True, slots=True)
class Flag:
    """A run of slices (inclusive) that the model marks; ``score`` is ``pe_score`` at the peak.

    ``places`` are what it marks there, surest first; ``sides`` are theirs, in that order, and
    ``level`` is the most proximal. A flag may have none: no place was sure enough.
    """

    first: int
    peak: int
    last: int
    score: float
    sides: tuple[str, ...] = ()
    level: ArteryLevel | None = None
    places: tuple[MarkedPlace, ...] = ()

    def __post_init__(self) -> None:
        if not 0 <= self.first <= self.peak <= self.last:
            raise ValueError(f"flag {self.first}..{self.peak}..{self.last} is not a run")

    def __contains__(self, slice_index: int) -> bool:
        return self.first <= slice_index <= self.last


@dataclass(frozen=True, slots=True, eq=False)
class Heatmap:
    """Activation values, in logit units, over the ``crop`` of one slice.

    ``values[grid_row, grid_col]`` (float32) covers the crop evenly; cell (0, 0) has its outer
    corner at the crop's (row_min, col_min). ``method`` is named wherever the map is shown.
    """

    slice_index: int
    values: NDArray[np.float32]
    crop: Crop
    method: str = CLASS_ACTIVATION


@dataclass(frozen=True, slots=True)
class BundleStamp:
    """Which ModelBundle made these Findings."""

    name: str
    version: str
    sha256: str
    trained_on: str
    calibrated_on: str


@dataclass(frozen=True, slots=True)
class Findings:
    """All that the models said of one Volume; never edited, not even by the reader's review.

    ``heart`` is None where the bundle has no net for it, ``trunk`` where there is none to be found.
    ``task_reason`` says why this task was taken, "" where it was asked for.
    """

    task: str
    bundle: BundleStamp
    study_uid: str
    series_uid: str
    spacing_mm: tuple[float, float, float]
    crop: Crop
    slices: tuple[SliceScore, ...]
    exam: Mapping[str, ExamScore]
    verdict: Verdict | None
    zone: Zone | None
    flags: tuple[Flag, ...]
    flag_threshold: float
    quality: Quality
    violations_before: tuple[str, ...] = ()
    consistency_cost: float = 0.0
    device: str = "cpu"
    timing_ms: Mapping[str, float] = field(default_factory=dict)
    heart: RightHeart | None = None
    trunk: Trunk | None = None
    task_reason: str = ""

    @property
    def n_slices(self) -> int:
        return len(self.slices)

    def pe_scores(self) -> NDArray[np.float64]:
        """Calibrated and projected scores (slice,); NaN for a task without them."""
        values = [np.nan if s.pe_score is None else s.pe_score for s in self.slices]
        return np.asarray(values, dtype=np.float64)

    def to_json(self) -> str:
        return json.dumps(self.to_dict(), indent=1, allow_nan=False)

    def to_dict(self) -> dict[str, Any]:
        """The object of ``findings.json``, keys in the contract's order."""
        return {
            "schema_version": SCHEMA_VERSION,
            "research_use_only": True,
            "notice": NOTICE,
            "task": self.task,
            "task_reason": self.task_reason,
            "software": {"name": SOFTWARE_NAME, "version": __version__},
            "bundle": _fields(self.bundle),
            "series": {
                "study_uid": self.study_uid,
                "series_uid": self.series_uid,
                "n_slices": self.n_slices,
                "spacing_mm": list(self.spacing_mm),
            },
            "crop": _fields(self.crop),
            "slices": [{**_fields(s), "scores": dict(s.scores)} for s in self.slices],
            "exam": {label: _fields(score) for label, score in self.exam.items()},
            "verdict": self.verdict,
            "zone": self.zone,
            "consistency": {
                "violations_before": list(self.violations_before),
                "cost": self.consistency_cost,
            },
            "flags": [_flag_record(flag) for flag in self.flags],
            "flag_threshold": self.flag_threshold,
            "quality": {
                "pulmonary_artery_hu": self.quality.pulmonary_artery_hu,
                "warnings": [_fields(warning) for warning in self.quality.warnings],
            },
            "heart": None if self.heart is None else self.heart.to_dict(),
            "trunk": None if self.trunk is None else self.trunk.to_dict(),
            "device": self.device,
            "timing_ms": dict(self.timing_ms),
        }

    @classmethod
    def from_json(cls, text: str) -> "Findings":
        """Reads what ``to_json`` wrote. Raises ValueError on another schema version."""
        return cls.from_dict(json.loads(text))

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> "Findings":
        """Inverse of ``to_dict``. Raises ValueError on another schema version."""
        if record.get("schema_version") != SCHEMA_VERSION:
            raise ValueError(f"findings of schema version {record.get('schema_version')!r}")
        series, quality = record["series"], record["quality"]
        slice_mm, row_mm, col_mm = series["spacing_mm"]
        return cls(
            task=record["task"],
            bundle=BundleStamp(**record["bundle"]),
            study_uid=series["study_uid"],
            series_uid=series["series_uid"],
            spacing_mm=(slice_mm, row_mm, col_mm),
            crop=Crop(**record["crop"]),
            slices=tuple(SliceScore(**entry) for entry in record["slices"]),
            exam={label: ExamScore(**entry) for label, entry in record["exam"].items()},
            verdict=None if record["verdict"] is None else Verdict(record["verdict"]),
            zone=None if record["zone"] is None else Zone(record["zone"]),
            flags=tuple(flag_from(entry) for entry in record["flags"]),
            flag_threshold=record["flag_threshold"],
            quality=Quality(
                quality["pulmonary_artery_hu"],
                tuple(
                    QualityWarning(QualityCode(entry["code"]), entry["message"])
                    for entry in quality["warnings"]
                ),
            ),
            violations_before=tuple(record["consistency"]["violations_before"]),
            consistency_cost=record["consistency"]["cost"],
            device=record["device"],
            timing_ms=record["timing_ms"],
            heart=None if record.get("heart") is None else RightHeart.from_dict(record["heart"]),
            trunk=None if record.get("trunk") is None else Trunk.from_dict(record["trunk"]),
            task_reason=record.get("task_reason", ""),
        )


def _fields(value: Any) -> dict[str, Any]:
    return {name: getattr(value, name) for name in value.__dataclass_fields__}


def flag_from(entry: Mapping[str, Any]) -> Flag:
    """A Flag from its JSON object; one written before there were places has none."""
    level = entry.get("level")
    return Flag(
        **{
            **entry,
            "sides": tuple(entry["sides"]),
            "level": None if level is None else ArteryLevel(level),
            "places": tuple(_place(place) for place in entry.get("places", ())),
        }
    )


def _flag_record(flag: Flag) -> dict[str, Any]:
    places = [_fields(place) for place in flag.places]
    return {**_fields(flag), "sides": list(flag.sides), "places": places}


def _place(entry: Mapping[str, Any]) -> MarkedPlace:
    level = entry["level"]
    told = None if level is None else ArteryLevel(level)
    return MarkedPlace(**{**entry, "side": Side(entry["side"]), "level": told})
