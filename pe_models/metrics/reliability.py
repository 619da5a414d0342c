"""Whether scores mean what they say: reliability, expected calibration error, Brier score."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pe_models.metrics.samples import Floats, known_samples

N_BINS: Final = 15
"""Bins of equal width, as Guo et al. (ICML 2017) take them."""


@dataclass(frozen=True, slots=True, eq=False)
class Reliability:
    """(bin,) the mean score, the share that is positive, and how many; empty bins are left out."""

    mean_score: Floats
    positive_share: Floats
    n: NDArray[np.intp]


def reliability(truth: ArrayLike, scores: ArrayLike, *, n_bins: int = N_BINS) -> Reliability:
    """The reliability curve of scores in [0, 1], in ``n_bins`` bins of equal width."""
    target, values = known_samples(truth, scores)
    bins = np.minimum((values * n_bins).astype(np.intp), n_bins - 1)
    n = np.bincount(bins, minlength=n_bins)
    filled = n > 0
    return Reliability(
        mean_score=np.bincount(bins, weights=values, minlength=n_bins)[filled] / n[filled],
        positive_share=np.bincount(bins, weights=target, minlength=n_bins)[filled] / n[filled],
        n=n[filled],
    )


def expected_calibration_error(
    truth: ArrayLike, scores: ArrayLike, *, n_bins: int = N_BINS
) -> float | None:
    """Mean distance of score and frequency over the bins of ``reliability``."""
    curve = reliability(truth, scores, n_bins=n_bins)
    if curve.n.size == 0:
        return None
    distance = np.abs(curve.mean_score - curve.positive_share)
    return float(distance @ curve.n / curve.n.sum())


def brier(truth: ArrayLike, scores: ArrayLike) -> float | None:
    """Mean squared distance of scores from the truth (Brier, Monthly Weather Review 1950)."""
    target, values = known_samples(truth, scores)
    return float(np.mean((values - target) ** 2)) if target.size else None
