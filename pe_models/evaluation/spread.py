"""Intervals by resampling studies: of a figure, and of the difference of two on the same studies.

Percentile bootstrap (Efron and Tibshirani 1993); studies, not slices, are drawn, for the slices of
one study go together.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from pe_models.evaluation.estimators import Estimator, Floats

BOOTSTRAPS: Final = 1000
_SEED: Final = 20_261_121
_TAIL: Final = 0.025


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Difference:
    """A figure of two bundles, and how much that of B exceeds that of A."""

    a: Estimate
    b: Estimate
    b_minus_a: Estimate

    @property
    def is_clear(self) -> bool:
        """Whether the interval of the difference leaves out zero."""
        return not self.b_minus_a.low <= 0.0 <= self.b_minus_a.high


def estimates(estimators: Mapping[str, Estimator], n_studies: int) -> dict[str, Estimate]:
    """Every figure that is defined, with its interval."""
    draws = _draws(n_studies)
    spread = {name: _values(estimator, draws) for name, estimator in estimators.items()}
    return {name: _estimate(values) for name, values in spread.items() if _is_defined(values)}


def differences(
    a: Mapping[str, Estimator], b: Mapping[str, Estimator], n_studies: int
) -> dict[str, Difference]:
    """Those figures that are defined for both, on the same resampled studies."""
    draws = _draws(n_studies)
    found = {}
    for name in [name for name in a if name in b]:
        of_a, of_b = _values(a[name], draws), _values(b[name], draws)
        if _is_defined(of_a) and _is_defined(of_b):
            found[name] = Difference(_estimate(of_a), _estimate(of_b), _estimate(of_b - of_a))
    return found


def _draws(n_studies: int) -> Floats:
    """Weights (1 + draw, study): first all ones, then how often each study was drawn."""
    rng = np.random.default_rng(_SEED)
    drawn = rng.multinomial(n_studies, np.full(n_studies, 1.0 / n_studies), size=BOOTSTRAPS)
    return np.vstack([np.ones((1, n_studies)), drawn.astype(np.float64)])


def _values(estimator: Estimator, draws: Floats) -> Floats:
    return np.array([estimator(weights) for weights in draws], dtype=np.float64)


def _is_defined(values: Floats) -> bool:
    return bool(np.isfinite(values[0]))


def _estimate(values: Floats) -> Estimate:
    """``values`` (1 + draw,): the figure itself, then the resampled ones, NaN where undefined."""
    low, high = np.nanquantile(values, [_TAIL, 1.0 - _TAIL])
    return Estimate(float(values[0]), float(low), float(high))
