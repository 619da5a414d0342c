"""PlaceRules: what a bundle knows of places beyond geometry, fitted on training studies."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from pe_models.placing.exam_sides import ExamSideRule
from pe_models.placing.levels import LevelRule

LEAST_SCORE: Final = 0.5
"""Of a place, where the bundle says nothing: surer than not."""


@dataclass(frozen=True, slots=True)
class PlaceRules:
    """``least_score`` in (0, 1) is that of the clot map from which a place is marked.

    ``levels`` and ``exam_sides`` are None where they were not fitted: then places have no level,
    and the exam's sides are what the sequence net says. ``fitted_on`` says on what, in words.
    """

    least_score: float = LEAST_SCORE
    levels: LevelRule | None = None
    exam_sides: ExamSideRule | None = None
    fitted_on: str = ""

    def __post_init__(self) -> None:
        if not 0.0 < self.least_score < 1.0:
            raise ValueError(f"the least score of a place, {self.least_score}, is not in (0, 1)")

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Self:
        """Inverse of its fields as JSON. Raises KeyError, TypeError or ValueError."""
        levels, exam_sides = record["levels"], record["exam_sides"]
        return cls(
            float(record["least_score"]),
            None if levels is None else LevelRule.from_dict(levels),
            None if exam_sides is None else ExamSideRule.from_dict(exam_sides),
            str(record["fitted_on"]),
        )


GEOMETRY_ALONE: Final = PlaceRules()
