"""What calling a label above a threshold gets: accuracy, recall, precision and F1, with intervals.

They hold for the samples at hand; precision, F1 and accuracy change with how frequent the label is,
and ``at_prevalence`` says what they are elsewhere.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pe_models.metrics.samples import known_samples
from pe_models.metrics.thresholds import OperatingPoint, Proportion, operating_point, proportion

FIGURES: Final = ("accuracy", "recall", "precision", "f1")
"""Of Calls and PrevalentCalls, in the order of tables."""

_LEAST: Final = 1e-12
"""Shares are kept so far from 0, so that their logarithms are numbers."""


@dataclass(frozen=True, slots=True)
class Share:
    """A figure in [0, 1] with its 95 % interval; None where nothing is counted."""

    value: float | None
    interval: tuple[float, float] = (0.0, 1.0)

    @classmethod
    def of(cls, counted: Proportion) -> "Share":
        return cls(counted.value, counted.interval)

    def to_dict(self) -> dict[str, Any]:
        return {"value": self.value, "interval": list(self.interval)}


@dataclass(frozen=True, slots=True)
class Calls:
    """The figures of one operating point; ``point`` has its recall (sensitivity) and counts."""

    point: OperatingPoint
    accuracy: Share
    recall: Share
    precision: Share
    f1: Share

    def to_dict(self) -> dict[str, Any]:
        figures = {name: getattr(self, name).to_dict() for name in FIGURES}
        return {**figures, "confusion": self.point.confusion}


@dataclass(frozen=True, slots=True)
class PrevalentCalls:
    """The same where a share ``prevalence`` of samples is positive; recall does not change."""

    prevalence: float
    accuracy: Share
    recall: Share
    precision: Share
    f1: Share

    def to_dict(self) -> dict[str, Any]:
        return {name: getattr(self, name).to_dict() for name in FIGURES}


def calls(
    truth: ArrayLike,
    scores: ArrayLike,
    threshold: float,
    *,
    clusters: NDArray[np.intp] | None = None,
) -> Calls:
    """Scores above ``threshold`` against truth (sample,); ``clusters`` as in ``operating_point``.

    F1 is 2J / (1 + J) of the share J of samples called or positive that are both (Jaccard's), and
    gets its interval.
    """
    known = ~np.isnan(np.asarray(truth, np.float64))
    target, values = known_samples(truth, scores)
    cluster = None if clusters is None else clusters[known]
    called, is_positive = values > threshold, target == 1
    everywhere = np.ones(target.size, dtype=np.bool_)
    shared = proportion(called & is_positive, called | is_positive, cluster)
    point = operating_point(truth, scores, threshold, clusters=clusters)
    return Calls(
        point,
        accuracy=Share.of(proportion(called == is_positive, everywhere, cluster)),
        recall=Share.of(point.sensitivity),
        precision=Share.of(proportion(is_positive, called, cluster)),
        f1=_f1(Share.of(shared)),
    )


def at_prevalence(point: OperatingPoint, prevalence: float) -> PrevalentCalls:
    """What the same calls get where a share ``prevalence`` of samples is positive, by Bayes.

    Intervals combine those of sensitivity and specificity, which come from different samples
    (MOVER; Zou and Donner, Statistics in Medicine 2008, 10.1002/sim.3095). Raises ValueError for
    a prevalence that is not between 0 and 1, and where a class is missing.
    """
    if not 0.0 < prevalence < 1.0:
        raise ValueError(f"a prevalence of {prevalence}")
    recall, spared = Share.of(point.sensitivity), Share.of(point.specificity)
    if recall.value is None or spared.value is None:
        raise ValueError("sensitivity and specificity need samples of both classes")
    odds = (1.0 - prevalence) / prevalence
    found, wrong = _ends(recall), 1.0 - _ends(spared)
    accuracy = _sum(prevalence * found, (1.0 - prevalence) * (1.0 - wrong))
    precision = _sum(_log(found), -_log(odds * wrong))
    f1 = _sum(_log(found), -np.log1p(odds * wrong))
    is_silent = recall.value == 0.0 and spared.value == 1.0
    return PrevalentCalls(
        prevalence,
        accuracy=_share(accuracy),
        recall=recall,
        precision=Share(None) if is_silent else _share(1.0 / (1.0 + np.exp(-precision))),
        f1=_share(2.0 / (1.0 + np.exp(-f1))),
    )


def _f1(shared: Share) -> Share:
    """Where nothing is positive and nothing called there is no F1."""
    if shared.value is None:
        return shared
    low, high = (2.0 * end / (1.0 + end) for end in shared.interval)
    return Share(2.0 * shared.value / (1.0 + shared.value), (low, high))


def _ends(share: Share) -> NDArray[np.float64]:
    """(3,): the value, and where its interval begins and ends."""
    return np.array([share.value, *share.interval], dtype=np.float64)


def _log(values: NDArray[np.float64]) -> NDArray[np.float64]:
    logs: NDArray[np.float64] = np.log(np.maximum(values, _LEAST))
    return logs


def _sum(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """(3,) of the sum of two independent figures (3,), whichever way their ends lie."""
    a, b = _sorted(a), _sorted(b)
    value = a[0] + b[0]
    low = np.hypot(a[0] - a[1], b[0] - b[1])
    high = np.hypot(a[2] - a[0], b[2] - b[0])
    return np.array([value, value - low, value + high])


def _sorted(ends: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.concatenate([ends[:1], np.sort(ends[1:])])


def _share(ends: NDArray[np.float64]) -> Share:
    value, low, high = np.clip(ends, 0.0, 1.0).tolist()
    return Share(value, (low, high))
