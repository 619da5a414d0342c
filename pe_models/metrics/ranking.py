"""How well scores rank: area under the ROC curve with its interval, curve, average precision.

The interval holds for samples in clusters, such as the images of exams: the structural components
of DeLong (Biometrics 1988, 10.2307/2531595) are summed within clusters, after Obuchowski
(Biometrics 1997, 10.2307/2533958). With one sample a cluster that is the interval of DeLong.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, logit

from pe_models.metrics.samples import Z_95, Floats, known_samples

_MOST_POINTS = 2000
"""Of a ROC curve: more than a picture can show."""


@dataclass(frozen=True, slots=True)
class Auc:
    """Area under the ROC curve, with a 95 % interval made on the logit scale.

    ``interval`` is None where no variance can be told: an area of 0 or 1, or fewer than two
    clusters with positive or with negative samples.
    """

    value: float
    interval: tuple[float, float] | None


@dataclass(frozen=True, slots=True, eq=False)
class RocCurve:
    """(point,) from nothing called positive to everything; at most 2000 points."""

    false_positive_rate: Floats
    sensitivity: Floats


def auc(truth: ArrayLike, scores: ArrayLike) -> float | None:
    """Area under the ROC curve: the share of pairs in the right order, ties counting half."""
    target, values = known_samples(truth, scores)
    placed = _placements(target, values)
    return None if placed is None else float(placed[target == 1].mean())


def auc_with_interval(
    truth: ArrayLike, scores: ArrayLike, *, clusters: NDArray[np.intp] | None = None
) -> Auc | None:
    """The area and its interval; ``clusters`` (sample,) says what belongs together, from 0.

    Without ``clusters`` samples are independent. None over one class.
    """
    known = ~np.isnan(np.asarray(truth, np.float64))
    target, values = known_samples(truth, scores)
    placed = _placements(target, values)
    if placed is None:
        return None
    area = float(placed[target == 1].mean())
    cluster = np.arange(target.size) if clusters is None else clusters[known]
    variance = _variance(target, placed - area, cluster)
    return Auc(area, None if variance is None else _logit_interval(area, variance))


def roc_curve(truth: ArrayLike, scores: ArrayLike) -> RocCurve | None:
    """The ROC curve over every threshold, thinned evenly by rank; None over one class."""
    target, values = known_samples(truth, scores)
    n_positive = int(target.sum())
    n_negative = target.size - n_positive
    if n_positive == 0 or n_negative == 0:
        return None
    order = np.argsort(-values, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(values[order])), target.size - 1)
    hits = np.cumsum(target[order])[ends]
    kept = np.unique(np.linspace(0, ends.size - 1, min(_MOST_POINTS - 1, ends.size)).astype(int))
    return RocCurve(
        false_positive_rate=np.append(0.0, (ends + 1 - hits)[kept] / n_negative),
        sensitivity=np.append(0.0, hits[kept] / n_positive),
    )


def average_precision(truth: ArrayLike, scores: ArrayLike) -> float | None:
    """Sum over thresholds of precision times the gain in recall; equal scores are one step."""
    target, values = known_samples(truth, scores)
    if target.sum() == 0:
        return None
    order = np.argsort(-values, kind="stable")
    target, values = target[order], values[order]
    ends = np.append(np.flatnonzero(np.diff(values)), values.size - 1)
    hits = np.cumsum(target)[ends]
    gains = np.diff(hits, prepend=0.0) / target.sum()
    return float(np.sum(hits / (ends + 1) * gains))


def _placements(target: Floats, values: Floats) -> Floats | None:
    """Of each sample (sample,), the share of the other class that it is in the right order with.

    Their mean over either class is the area under the curve. None over one class.
    """
    n_positive = float(target.sum())
    n_negative = target.size - n_positive
    if n_positive == 0 or n_negative == 0:
        return None
    distinct, place = np.unique(values, return_inverse=True)
    positive = np.bincount(place, weights=target, minlength=distinct.size)
    negative = np.bincount(place, minlength=distinct.size) - positive
    below = np.cumsum(negative) - negative / 2  # negatives below, ties half
    above = n_positive - np.cumsum(positive) + positive / 2
    placed: Floats = np.where(target == 1, (below / n_negative)[place], (above / n_positive)[place])
    return placed


def _variance(target: Floats, excess: Floats, cluster: NDArray[np.intp]) -> float | None:
    """Obuchowski's variance; ``excess`` (sample,) are placements less the area."""
    positive, negative = target == 1, target == 0
    n_clusters = int(cluster.max()) + 1
    of_positive = np.bincount(cluster[positive], weights=excess[positive], minlength=n_clusters)
    of_negative = np.bincount(cluster[negative], weights=excess[negative], minlength=n_clusters)
    n_with_positive = np.unique(cluster[positive]).size
    n_with_negative = np.unique(cluster[negative]).size
    n_with_any = np.unique(cluster).size
    if n_with_positive < 2 or n_with_negative < 2:
        return None
    n_positive, n_negative = float(positive.sum()), float(negative.sum())
    variance = (
        _bessel(n_with_positive) * float(of_positive @ of_positive) / n_positive**2
        + _bessel(n_with_negative) * float(of_negative @ of_negative) / n_negative**2
        + 2 * _bessel(n_with_any) * float(of_positive @ of_negative) / (n_positive * n_negative)
    )
    return variance if variance > 0 else None


def _bessel(n: int) -> float:
    return n / (n - 1)


def _logit_interval(area: float, variance: float) -> tuple[float, float] | None:
    """95 % on the logit scale (Pepe, The Statistical Evaluation of Medical Tests, 2003, ch. 5)."""
    if not 0 < area < 1:
        return None
    half = Z_95 * np.sqrt(variance) / (area * (1 - area))
    return float(expit(logit(area) - half)), float(expit(logit(area) + half))
