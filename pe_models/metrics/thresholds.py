"""What a threshold does: sensitivity, specificity and predictive values, with intervals."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from pe_models.metrics.samples import Z_95, known_samples


@dataclass(frozen=True, slots=True)
class Proportion:
    """``n_hits`` of ``n`` with a 95 % interval after Wilson (JASA 1927, 10.2307/2276774)."""

    n_hits: int
    n: int

    @property
    def value(self) -> float | None:
        return self.n_hits / self.n if self.n else None

    @property
    def interval(self) -> tuple[float, float]:
        if self.n == 0:
            return 0.0, 1.0
        share, spread = self.n_hits / self.n, Z_95**2 / self.n
        middle = (share + spread / 2) / (1 + spread)
        half = Z_95 / (1 + spread) * np.sqrt(share * (1 - share) / self.n + spread / (4 * self.n))
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
        return Proportion(self.sensitivity.n_hits, called)

    @property
    def negative_predictive_value(self) -> Proportion:
        """Of those called negative, the share that is."""
        called = self.specificity.n_hits + self.sensitivity.n - self.sensitivity.n_hits
        return Proportion(self.specificity.n_hits, called)

    def to_dict(self) -> dict[str, Any]:
        return {
            "threshold": self.threshold,
            "sensitivity": self.sensitivity.to_dict(),
            "specificity": self.specificity.to_dict(),
            "precision": self.precision.to_dict(),
            "negative_predictive_value": self.negative_predictive_value.to_dict(),
            "confusion": self.confusion,
        }


def operating_point(truth: ArrayLike, scores: ArrayLike, threshold: float) -> OperatingPoint:
    """Sensitivity and specificity of scores above ``threshold``."""
    target, values = known_samples(truth, scores)
    called = values > threshold
    positive, negative = target == 1, target == 0
    return OperatingPoint(
        threshold,
        Proportion(int((called & positive).sum()), int(positive.sum())),
        Proportion(int((~called & negative).sum()), int(negative.sum())),
    )
