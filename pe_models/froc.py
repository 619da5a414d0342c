"""Free-response ROC: emboli found against marks where there is none."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Mark:
    """What a model points at: a slice, as the peak of a Flag, or a place in it; and its score.

    ``emboli`` are those of its study, by their place there, that the mark lies in, where its place
    in the slice is known; None where the slice alone says which it finds.
    """

    slice_index: int
    score: float
    emboli: frozenset[int] | None = None

    def finds(self, place: int, embolus: "EmbolusSlices") -> bool:
        """Whether it points at ``embolus``, which has that ``place`` among those of its study."""
        if self.emboli is not None:
            return place in self.emboli
        return embolus.first <= self.slice_index <= embolus.last


@dataclass(frozen=True, slots=True)
class EmbolusSlices:
    """Where an embolus lies, slices inclusive; ``level`` as the phantom names it.

    ``volume_mm3`` is None where the truth does not give it.
    """

    first: int
    last: int
    level: str = ""
    volume_mm3: float | None = None


@dataclass(frozen=True, slots=True)
class SizeRange:
    """Emboli of ``min_mm3`` up to, not including, ``max_mm3``."""

    name: str
    min_mm3: float
    max_mm3: float

    def holds(self, embolus: EmbolusSlices) -> bool:
        """Whether it is known to be of this size."""
        volume_mm3 = embolus.volume_mm3
        return volume_mm3 is not None and self.min_mm3 <= volume_mm3 < self.max_mm3


SIZE_RANGES: Final = (
    SizeRange("under 50 mm3", 0.0, 50.0),
    SizeRange("50 to 200 mm3", 50.0, 200.0),
    SizeRange("200 to 1000 mm3", 200.0, 1000.0),
    SizeRange("1000 mm3 and more", 1000.0, np.inf),
)
"""From a plug of 3 x 7 mm in a subsegmental artery to a cast of 8 x 20 mm in a lobar one."""


@dataclass(frozen=True, slots=True)
class MarkedStudy:
    """What a model marked in one study, and what there is."""

    marks: tuple[Mark, ...]
    emboli: tuple[EmbolusSlices, ...]


@dataclass(frozen=True, slots=True, eq=False)
class JudgedMarks:
    """Of each embolus that counts (embolus,) its study and the best score that finds it, -inf for
    none; of each false mark (mark,) its study and its score. Studies are told by their place.
    """

    best_study: NDArray[np.intp]
    best_score: Floats
    false_study: NDArray[np.intp]
    false_score: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Froc:
    """Free-response ROC, (threshold,), thresholds falling.

    ``sensitivity`` is the share of emboli that a mark finds, by its place or by its slice,
    ``false_positives`` the mean number of marks a study that find none. ``n_emboli`` and
    ``n_studies`` are what they are of.
    """

    thresholds: Floats
    sensitivity: Floats
    false_positives: Floats
    n_emboli: int
    n_studies: int

    def sensitivity_at(self, false_positives: float) -> float:
        """The best sensitivity with no more false positives a study than that; 0 for none."""
        within = self.sensitivity[self.false_positives <= false_positives]
        return float(within.max(initial=0.0))


def froc(
    studies: Sequence[MarkedStudy], *, level: str | None = None, size: SizeRange | None = None
) -> Froc | None:
    """FROC over every threshold; None where there is no embolus.

    With ``level`` or ``size`` the sensitivity is of those emboli alone, while a mark in any other
    embolus is still no false positive. A mark without a place in its slice counts by the slice, so
    that one long run of flagged slices does not find everything.
    """

    def is_counted(embolus: EmbolusSlices) -> bool:
        return (level is None or embolus.level == level) and (size is None or size.holds(embolus))

    told = judged_marks(studies, is_counted)
    if not told.best_score.size:
        return None
    scores = {mark.score for study in studies for mark in study.marks}
    thresholds = np.array(sorted(scores, reverse=True), dtype=np.float64)
    return Froc(
        thresholds,
        _at_or_above(told.best_score, thresholds) / len(told.best_score),
        _at_or_above(told.false_score, thresholds) / len(studies),
        n_emboli=len(told.best_score),
        n_studies=len(studies),
    )


def judged_marks(
    studies: Sequence[MarkedStudy], is_counted: Callable[[EmbolusSlices], bool]
) -> JudgedMarks:
    """What the marks find of the emboli that are counted, and what they are false at."""
    best: list[tuple[int, float]] = []
    false: list[tuple[int, float]] = []
    for k, study in enumerate(studies):
        for place, embolus in enumerate(study.emboli):
            if is_counted(embolus):
                scores = [m.score for m in study.marks if m.finds(place, embolus)]
                best.append((k, max(scores, default=-np.inf)))
        false += [(k, mark.score) for mark in study.marks if _is_false(mark, study)]
    return JudgedMarks(*_columns(best), *_columns(false))


def _is_false(mark: Mark, study: MarkedStudy) -> bool:
    return not any(mark.finds(place, embolus) for place, embolus in enumerate(study.emboli))


def _columns(pairs: Sequence[tuple[int, float]]) -> tuple[NDArray[np.intp], Floats]:
    """The studies and the scores of (study, score)."""
    studies = np.array([study for study, _ in pairs], dtype=np.intp)
    return studies, np.array([score for _, score in pairs], dtype=np.float64)


def _at_or_above(scores: Floats, thresholds: Floats) -> Floats:
    """How many scores reach each threshold (threshold,)."""
    ordered = np.sort(scores)
    counts: Floats = len(scores) - np.searchsorted(ordered, thresholds, "left").astype(np.float64)
    return counts
