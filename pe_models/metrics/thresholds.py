"""What a threshold does: sensitivity, specificity and predictive values, with intervals."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pe_models.metrics.samples import Z_95, Bools, known_samples


@dataclass(frozen=True, slots=True)
class Proportion:
    """``n_hits`` of ``n`` with a 95 % interval after Wilson (JASA 1927, 10.2307/2276774).

    The interval is that of ``n / design_effect`` independent samples: images of one exam tell less
    than as many of different ones (Rao & Scott, Biometrics 1992, 10.2307/2532311).
    """

    n_hits: int
    n: int
    design_effect: float = 1.0

    @property
    def value(self) -> float | None:
        return self.n_hits / self.n if self.n else None

    @property
    def interval(self) -> tuple[float, float]:
        if self.n == 0:
            return 0.0, 1.0
        n = self.n / self.design_effect
        share, spread = self.n_hits / self.n, Z_95**2 / n
        middle = (share + spread / 2) / (1 + spread)
        half = Z_95 / (1 + spread) * np.sqrt(share * (1 - share) / n + spread / (4 * n))
        return max(0.0, float(middle - half)), min(1.0, float(middle + half))

    def to_dict(self) -> dict[str, Any]:
        """JSON: ``value`` is None where there is nothing to count."""
        return {"value": self.value, "interval": list(self.interval), "n": self.n}


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """What a threshold does; a score above it counts as positive."""

    threshold: float
    sensitivity: Proportion
    specificity: Proportion

    @property
    def confusion(self) -> dict[str, int]:
        """The confusion matrix: true and false positives, true and false negatives."""
        found, spared = self.sensitivity, self.specificity
        return {
            "true_positive": found.n_hits,
            "false_negative": found.n - found.n_hits,
            "false_positive": spared.n - spared.n_hits,
            "true_negative": spared.n_hits,
        }

    @property
    def precision(self) -> Proportion:
        """Of those called positive, the share that is: it falls with the prevalence."""
        called = self.sensitivity.n_hits + self.specificity.n - self.specificity.n_hits
        return Proportion(self.sensitivity.n_hits, called, self._greater_design_effect)

    @property
    def negative_predictive_value(self) -> Proportion:
        """Of those called negative, the share that is."""
        called = self.specificity.n_hits + self.sensitivity.n - self.sensitivity.n_hits
        return Proportion(self.specificity.n_hits, called, self._greater_design_effect)

    @property
    def _greater_design_effect(self) -> float:
        return max(self.sensitivity.design_effect, self.specificity.design_effect)

    def to_dict(self) -> dict[str, Any]:
        return {
            "threshold": self.threshold,
            "sensitivity": self.sensitivity.to_dict(),
            "specificity": self.specificity.to_dict(),
            "precision": self.precision.to_dict(),
            "negative_predictive_value": self.negative_predictive_value.to_dict(),
            "confusion": self.confusion,
        }


def operating_point(
    truth: ArrayLike,
    scores: ArrayLike,
    threshold: float,
    *,
    clusters: NDArray[np.intp] | None = None,
) -> OperatingPoint:
    """Sensitivity and specificity of scores above ``threshold``.

    ``clusters`` (sample,) says what belongs together, from 0; without it samples are independent.
    """
    known = ~np.isnan(np.asarray(truth, np.float64))
    target, values = known_samples(truth, scores)
    cluster = None if clusters is None else clusters[known]
    called = values > threshold
    return OperatingPoint(
        threshold,
        proportion(called, target == 1, cluster),
        proportion(~called, target == 0, cluster),
    )


def proportion(hit: Bools, counted: Bools, clusters: NDArray[np.intp] | None) -> Proportion:
    """How many of ``counted`` are hit, all (sample,); ``clusters`` as in ``operating_point``."""
    hits = hit[counted]
    if clusters is None or not hits.size:
        return Proportion(int(hits.sum()), hits.size)
    return Proportion(int(hits.sum()), hits.size, _design_effect(hits, clusters[counted]))


def _design_effect(hits: Bools, clusters: NDArray[np.intp]) -> float:
    """Variance of the share of hits among clusters over that among samples, at least 1.

    Where all or none are hits the clusters count for one sample each.
    """
    n_clusters, share = np.unique(clusters).size, float(hits.mean())
    if share in (0.0, 1.0) or n_clusters < 2:
        return hits.size / n_clusters
    excess = np.bincount(clusters, weights=hits - share)
    between = n_clusters / (n_clusters - 1) * float(excess @ excess) / hits.size
    return max(1.0, between / (share * (1 - share)))
