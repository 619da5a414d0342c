"""How many emboli are found at one false mark a study, and how that spreads over studies.

Two ways to mark. *Places*: peaks of the heat maps, each found where it lies in an embolus; its
score is the product of the map's and of its slice's, as the reader is shown a map only where the
slice scores high. *Slices*: peaks of flagged runs, each finding whatever embolus its slice holds.
"""

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Final

import numpy as np

from pe_models.evaluation.estimators import Estimator, Floats
from pe_models.evaluation.kept import Judged
from pe_models.flagging import cut_flags
from pe_models.froc import SIZE_RANGES, EmbolusSlices, Mark, MarkedStudy, judged_marks

LEVELS: Final = ("central", "lobar", "segmental", "subsegmental")
_LOWEST_MARK: Final = 0.02
_FALSE_MARKS: Final = 1.0


class MarkBy(StrEnum):
    """What a mark points at."""

    PLACE = "place"
    SLICE = "slice"


def marked_studies(judged: Sequence[Judged], by: MarkBy) -> tuple[MarkedStudy, ...] | None:
    """Marks against emboli; None where the truth of any study does not tell them so."""
    marks_of = {MarkBy.PLACE: _placed, MarkBy.SLICE: _sliced}[by]
    marked = []
    for study in judged:
        marks, emboli = marks_of(study), study.truth.emboli
        if marks is None or emboli is None:
            return None
        slices = (EmbolusSlices(e.first, e.last, e.level, e.volume_mm3) for e in emboli)
        marked.append(MarkedStudy(marks, tuple(slices)))
    return tuple(marked)


def finding_estimators(studies: Sequence[MarkedStudy]) -> dict[str, Estimator]:
    """Sensitivity at one false mark a study: of all emboli, by level and by size."""
    found = {"sensitivity_at_1fp": _sensitivity(studies, lambda _: True)}
    for level in LEVELS:
        found[f"by_level.{level}"] = _sensitivity(studies, _has_level(level))
    for size in SIZE_RANGES:
        found[f"by_size.{size.name}"] = _sensitivity(studies, size.holds)
    return found


def _placed(judged: Judged) -> tuple[Mark, ...] | None:
    scores, marks = judged.scores, judged.scores.marks
    if marks is None:
        return None
    return tuple(
        Mark(m.slice_index, m.map_score * scores.image[m.slice_index], frozenset(m.emboli))
        for m in marks
    )


def _sliced(judged: Judged) -> tuple[Mark, ...]:
    flags = cut_flags(np.asarray(judged.scores.image, dtype=np.float64), _LOWEST_MARK)
    return tuple(Mark(flag.peak, flag.score) for flag in flags)


def _has_level(level: str) -> Callable[[EmbolusSlices], bool]:
    return lambda embolus: embolus.level == level


def _sensitivity(
    studies: Sequence[MarkedStudy], is_counted: Callable[[EmbolusSlices], bool]
) -> Estimator:
    """Weighted ``froc(...).sensitivity_at(1)`` of the emboli that are counted."""
    told = judged_marks(studies, is_counted)
    order = np.argsort(-told.false_score, kind="stable")
    false_study, false_score = told.false_study[order], told.false_score[order]

    def sensitivity(weights: Floats) -> float:
        spent = np.cumsum(weights[false_study])
        over = np.flatnonzero(spent > _FALSE_MARKS * weights.sum() * (1 + 1e-12))
        bar = false_score[over[0]] if over.size else -np.inf
        counted = weights[told.best_study]
        total = counted.sum()
        return float(counted[told.best_score > bar].sum() / total) if total else float("nan")

    return sensitivity
