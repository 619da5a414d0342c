"""Whether flags say rightly where: places that lie in an embolus, sides, and levels.

Of flags whose slices hold an embolus. The surest place lies in an embolus or points at none; its
side is right where it is that of an embolus on the flag's slices. The flag's level is right where
it is the most proximal of the emboli that its places lie in.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from pe_models.evaluation.estimators import Estimator, mean_estimator
from pe_models.evaluation.finding import LEVELS
from pe_models.evaluation.kept import Judged
from pe_models.evaluation.truth import EmbolusTruth
from pe_models.findings import Flag


@dataclass(frozen=True, slots=True)
class JudgedFlag:
    """A flag of study ``study`` whose slices hold the emboli ``there``.

    ``pointed`` are those that its places lie in, ``is_pointing`` says whether the surest does.
    """

    study: int
    flag: Flag
    there: tuple[EmbolusTruth, ...]
    pointed: tuple[EmbolusTruth, ...]
    is_pointing: bool

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
        levels = [embolus.level for embolus in self.pointed]
        return bool(levels) and self.flag.level == min(levels, key=LEVELS.index)


def judged_flags(judged: Sequence[Judged]) -> tuple[JudgedFlag, ...] | None:
    """None where the truth of any study does not tell where its emboli are."""
    found = []
    for k, study in enumerate(judged):
        emboli, of_flags = study.truth.emboli, study.scores.pointed
        if emboli is None or of_flags is None:
            return None
        for flag, hits in zip(study.scores.flags, of_flags, strict=True):
            there = tuple(e for e in emboli if e.first <= flag.last and flag.first <= e.last)
            if there:
                pointed = tuple(emboli[e] for place in hits for e in place)
                found.append(JudgedFlag(k, flag, there, pointed, bool(hits and hits[0])))
    return tuple(found)


def place_estimators(flags: Sequence[JudgedFlag]) -> dict[str, Estimator]:
    """``places.marked``, of all flags with an embolus; the others of those that are marked."""
    marked = [flag for flag in flags if flag.is_marked]
    told = [flag for flag in marked if flag.flag.level is not None]
    return {
        "places.marked": _share(flags, lambda flag: flag.is_marked),
        "places.pointing": _share(marked, lambda flag: flag.is_pointing),
        "places.side_right": _share(marked, lambda flag: flag.has_side_right),
        "places.all_sides_right": _share(marked, lambda flag: flag.has_sides_right),
        "places.level_right": _share(told, lambda flag: flag.has_level_right),
    }


def _share(flags: Sequence[JudgedFlag], holds: Callable[[JudgedFlag], bool]) -> Estimator:
    studies = np.array([flag.study for flag in flags], dtype=np.intp)
    return mean_estimator(np.array([holds(flag) for flag in flags], dtype=np.float64), studies)
