"""StudyExamples: what the pipeline marked in one study of known truth. JSON round trip.

No UID and no pixel stands in it, so that it may be kept beside a store.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from pe_models.findings import ArteryLevel
from pe_models.placing.exam_sides import SideEvidence
from pe_models.training.store import Label


@dataclass(frozen=True, slots=True)
class PlaceExample:
    """One peak on a flag's slices: ``rank`` 0 is the flag's surest; ``score`` by the clot map.

    ``numbers`` are those of a LevelRule, None where no carina was seen. ``is_clot`` says whether it
    lies in one, ``level`` of which embolus, None where that is not told.
    """

    rank: int
    score: float
    numbers: tuple[float, ...] | None
    is_clot: bool
    level: ArteryLevel | None


@dataclass(frozen=True, slots=True)
class StudyExamples:
    """``places`` of flags that hold an embolus; None where the truth tells no voxels.

    ``net_scores`` are the exam's calibrated scores as the nets gave them, ``exam`` its labels, by
    label; None is unknown. ``ratio_logit`` is that of a measured RV/LV of 1 or more, None where no
    ratio with a range was measured.
    """

    places: tuple[PlaceExample, ...] | None
    evidence: SideEvidence
    net_scores: Mapping[str, float]
    exam: Mapping[str, Label]
    ratio_logit: float | None = None

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Self:
        """Inverse of ``to_dict``. Raises KeyError, TypeError or ValueError."""
        places = record["places"]
        return cls(
            None if places is None else tuple(_place(entry) for entry in places),
            SideEvidence(**record["evidence"]),
            dict(record["net_scores"]),
            dict(record["exam"]),
            record["ratio_logit"],
        )


def _place(entry: Mapping[str, Any]) -> PlaceExample:
    numbers, level = entry["numbers"], entry["level"]
    return PlaceExample(
        entry["rank"],
        entry["score"],
        None if numbers is None else tuple(numbers),
        entry["is_clot"],
        None if level is None else ArteryLevel(level),
    )
