"""Whether flags say rightly where: places that lie in an embolus, sides, and levels.

Of flags whose slices hold an embolus. A flag is judged by its surest place. It lies in an embolus
or points at none; its side is right where it is that of an embolus on the flag's slices, and its
level where it is that of the embolus that it lies in.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from pe_models.evaluation.estimators import Estimator, mean_estimator
from pe_models.evaluation.kept import Judged
from pe_models.evaluation.truth import EmbolusTruth
from pe_models.findings import Flag


@dataclass(frozen=True, slots=True)
class JudgedFlag:
    """A flag of study ``study`` whose slices hold the emboli ``there``.

    ``pointed`` are those that its surest place lies in.
    """

    study: int
    flag: Flag
    there: tuple[EmbolusTruth, ...]
    pointed: tuple[EmbolusTruth, ...]

    @property
    def is_marked(self) -> bool:
        return bool(self.flag.places)

    @property
    def has_side_right(self) -> bool:
        return self.flag.places[0].side in {embolus.side for embolus in self.there}

    @property
    def has_sides_right(self) -> bool:
        """Whether no side is named but those of emboli there."""
        return {str(side) for side in self.flag.sides} <= {embolus.side for embolus in self.there}

    @property
    def has_level_right(self) -> bool:
        return self.flag.level in {embolus.level for embolus in self.pointed}


def judged_flags(judged: Sequence[Judged]) -> tuple[JudgedFlag, ...] | None:
    """None where the truth of any study does not tell where its emboli are."""
    found = []
    for k, study in enumerate(judged):
        emboli, pointed = study.truth.emboli, study.scores.pointed
        if emboli is None or pointed is None:
            return None
        for flag, hits in zip(study.scores.flags, pointed, strict=True):
            there = tuple(e for e in emboli if e.first <= flag.last and flag.first <= e.last)
            if there:
                surest = hits[0] if hits else ()
                found.append(JudgedFlag(k, flag, there, tuple(emboli[e] for e in surest)))
    return tuple(found)


def place_estimators(flags: Sequence[JudgedFlag]) -> dict[str, Estimator]:
    """``places.marked``, of all flags with an embolus; the others of those that are marked."""
    marked = [flag for flag in flags if flag.is_marked]
    told = [flag for flag in marked if flag.flag.level is not None]
    return {
        "places.marked": _share(flags, lambda flag: flag.is_marked),
        "places.pointing": _share(marked, lambda flag: bool(flag.pointed)),
        "places.side_right": _share(marked, lambda flag: flag.has_side_right),
        "places.all_sides_right": _share(marked, lambda flag: flag.has_sides_right),
        "places.level_right": _share(told, lambda flag: flag.has_level_right),
    }


def _share(flags: Sequence[JudgedFlag], holds: Callable[[JudgedFlag], bool]) -> Estimator:
    studies = np.array([flag.study for flag in flags], dtype=np.intp)
    return mean_estimator(np.array([holds(flag) for flag in flags], dtype=np.float64), studies)
