"""Two bundles on the same studies: every figure of both, and how clear their difference is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from pe_models.bundle import ModelBundle
from pe_models.errors import BundleError, DatasetError
from pe_models.evaluation.kept import Judged
from pe_models.evaluation.measures import all_estimators
from pe_models.evaluation.spread import BOOTSTRAPS, Difference, Estimate, differences
from pe_models.labels import NEGATIVE

LOWER_IS_BETTER: Final = ("_ece", ".ece", "competition_score")
"""Endings of the names of figures that are errors."""
BEST_AT_ZERO: Final = ("heart.bias",)
"""Figures that are errors to either side."""

_MOST_DISAGREEMENTS: Final = 20


@dataclass(frozen=True, slots=True)
class Disagreement:
    """How far apart two bundles are on one study.

    ``has_pe`` is None where that is unknown. ``exam_pe_a`` and ``exam_pe_b`` are the calibrated
    scores that the exam is not negative; ``slice_index`` is where their calibrated slice scores lie
    furthest apart, by ``slice_gap``.
    """

    name: str
    has_pe: bool | None
    exam_pe_a: float
    exam_pe_b: float
    slice_index: int
    slice_gap: float

    @property
    def gap(self) -> float:
        return abs(self.exam_pe_b - self.exam_pe_a)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Bundles A and B on the ``n_studies`` studies that both accepted."""

    n_studies: int
    figures: dict[str, Difference]
    disagreements: tuple[Disagreement, ...]

    def to_dict(self) -> dict[str, Any]:
        return {
            "n_studies": self.n_studies,
            "bootstraps": BOOTSTRAPS,
            "figures": {name: _difference(name, d) for name, d in self.figures.items()},
            "disagreements": [_disagreement(d) for d in self.disagreements],
        }


def require_comparable(a: ModelBundle, b: ModelBundle) -> None:
    """Raises BundleError where a comparison would mean nothing."""
    if a.task != b.task:
        raise BundleError(
            f"Bundle {a.name} is made for the task {a.task!r}, {b.name} for {b.task!r}; only "
            "bundles of one task can be compared."
        )
    if a.sha256 == b.sha256:
        raise BundleError(f"A and B are the same bundle ({a.name} {a.version}).")


def in_common(
    a: Sequence[Judged], b: Sequence[Judged]
) -> tuple[tuple[Judged, ...], tuple[Judged, ...]]:
    """The studies that both judged, in the same order. Raises DatasetError where there is none."""
    of_b = {judged.truth.name: judged for judged in b}
    both = [judged for judged in a if judged.truth.name in of_b]
    if not both:
        raise DatasetError("There is no study that both bundles accept.")
    return tuple(both), tuple(of_b[judged.truth.name] for judged in both)


def compare(a: Sequence[Judged], b: Sequence[Judged]) -> Comparison:
    """``a`` and ``b`` are the same studies in the same order, as ``in_common`` gives them."""
    return Comparison(
        n_studies=len(a),
        figures=differences(all_estimators(a), all_estimators(b), len(a)),
        disagreements=disagreements(a, b)[:_MOST_DISAGREEMENTS],
    )


def disagreements(a: Sequence[Judged], b: Sequence[Judged]) -> tuple[Disagreement, ...]:
    """All studies, those first whose exam scores lie furthest apart."""
    apart = [_apart(of_a, of_b) for of_a, of_b in zip(a, b, strict=True)]
    return tuple(sorted(apart, key=lambda disagreement: -disagreement.gap))


def favours(name: str, difference: Difference) -> str:
    """``a`` or ``b`` where one is clearly better at the figure ``name``; else the empty text.

    Of a figure that is best at zero, where one's interval lies nearer to it than the other's.
    """
    if name in BEST_AT_ZERO:
        return _nearer_zero(difference.a, difference.b)
    if not difference.is_clear:
        return ""
    is_higher = difference.b_minus_a.value > 0
    return "b" if is_higher is not name.endswith(LOWER_IS_BETTER) else "a"


def _nearer_zero(a: Estimate, b: Estimate) -> str:
    (least_a, most_a), (least_b, most_b) = _from_zero(a), _from_zero(b)
    if most_b < least_a:
        return "b"
    return "a" if most_a < least_b else ""


def _from_zero(estimate: Estimate) -> tuple[float, float]:
    """How far the interval's nearest and its furthest point lie from zero."""
    ends = sorted((abs(estimate.low), abs(estimate.high)))
    return (0.0 if estimate.low <= 0.0 <= estimate.high else ends[0]), ends[1]


def _apart(a: Judged, b: Judged) -> Disagreement:
    gaps = np.abs(np.asarray(b.scores.image) - np.asarray(a.scores.image))
    return Disagreement(
        name=a.truth.name,
        has_pe=a.truth.has_pe,
        exam_pe_a=1.0 - a.scores.exam[NEGATIVE].calibrated,
        exam_pe_b=1.0 - b.scores.exam[NEGATIVE].calibrated,
        slice_index=int(gaps.argmax()),
        slice_gap=float(gaps.max()),
    )


def _difference(name: str, difference: Difference) -> dict[str, Any]:
    return {
        "a": _estimate(difference.a),
        "b": _estimate(difference.b),
        "b_minus_a": _estimate(difference.b_minus_a),
        "favours": favours(name, difference) or None,
    }


def _estimate(estimate: Estimate) -> dict[str, Any]:
    return {"value": estimate.value, "interval": [estimate.low, estimate.high]}


def _disagreement(found: Disagreement) -> dict[str, Any]:
    return {
        "study": found.name,
        "is_positive": found.has_pe,
        "exam_pe_score": {"a": found.exam_pe_a, "b": found.exam_pe_b},
        "slice_index": found.slice_index,
        "slice_gap": found.slice_gap,
    }
