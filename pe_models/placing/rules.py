"""PlaceRules: what a bundle knows of places beyond geometry, fitted on training studies."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from pe_models.placing.exam_sides import ExamSideRule
from pe_models.placing.levels import LevelRule

LEAST_SCORE: Final = 0.5
"""Of a flag's surest place, where the bundle says nothing: surer than not."""
LEAST_BESIDE: Final = 0.9
"""Of further places of the flag, which are false more often."""


@dataclass(frozen=True, slots=True)
class PlaceRules:
    """From which score of the clot map, in (0, 1), places are marked, and what is told of them.

    ``least_score`` is that of a flag's surest place, ``least_beside`` that of others. ``levels``
    and ``exam_sides`` are None where they were not fitted: then places have no level, and the
    exam's sides are what the sequence net says. ``fitted_on`` says on what, in words.
    """

    least_score: float = LEAST_SCORE
    least_beside: float = LEAST_BESIDE
    levels: LevelRule | None = None
    exam_sides: ExamSideRule | None = None
    fitted_on: str = ""

    def __post_init__(self) -> None:
        for least in (self.least_score, self.least_beside):
            if not 0.0 < least < 1.0:
                raise ValueError(f"the least score of a place, {least}, is not in (0, 1)")

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Self:
        """Inverse of its fields as JSON. Raises KeyError, TypeError or ValueError."""
        levels, exam_sides = record["levels"], record["exam_sides"]
        return cls(
            float(record["least_score"]),
            float(record["least_beside"]),
            None if levels is None else LevelRule.from_dict(levels),
            None if exam_sides is None else ExamSideRule.from_dict(exam_sides),
            str(record["fitted_on"]),
        )


GEOMETRY_ALONE: Final = PlaceRules()
