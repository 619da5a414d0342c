"""The protocol: what a scorer must tell apart, measured the same way for each.

All figures are means over sites, so that a long clot or a much photographed vessel counts once;
intervals are 95 % of 2,000 bootstraps of sites.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from benchmarks.transfer.scorers import Mark, Scores
from pe_models import metrics
from pe_models.phantom.spec import Level

Floats = NDArray[np.float64]

BOOTSTRAPS: Final = 2000
SENSITIVITY: Final = 0.9
_NEAR_MM: Final = 3.0
"""A mark so near to a clot points at it."""


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """One clot: scores of its slices with it and, on the same slices, without it."""

    series: str
    site: str
    level: Level
    filling: str
    with_clot: Floats
    without: Floats
    peak_in_clot: float
    """Highest mark that points at the clot; 0 where none does."""

    @property
    def paired(self) -> float:
        """Share of slices that score higher with the clot than without; equal counts half."""
        return float(
            np.mean((self.with_clot > self.without) + 0.5 * (self.with_clot == self.without))
        )


@dataclass(frozen=True, slots=True, eq=False)
class Unchanged:
    """A real series as it is; its clots, if any, are unknown, and it is taken for free of them.

    ``holds_clot`` (site, slice) says on which slices each site's clots were set.
    """

    series: str
    scores: Scores
    holds_clot: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its 95 % interval and the number of sites that it rests on."""

    value: float
    low: float
    high: float
    n_sites: int


def paired_auc(cases: Sequence[Case], seed: int = 0) -> Estimate:
    """P(a slice with a clot scores above the same slice without), mean over sites."""
    return _over_sites(
        cases, lambda chosen: float(np.mean([_mean_paired(s) for s in chosen])), seed
    )


def pooled_auc(cases: Sequence[Case], seed: int = 0) -> Estimate:
    """AUC of all slices with clots against the same slices without: one threshold for all."""

    def pooled(chosen: list[list[Case]]) -> float:
        flat = [case for site in chosen for case in site]
        return auc(
            np.concatenate([case.with_clot for case in flat]),
            np.concatenate([case.without for case in flat]),
        )

    return _over_sites(cases, pooled, seed)


def found_share(cases: Sequence[Case], threshold: float, seed: int = 0) -> Estimate:
    """Share of clots with a mark on them at or above ``threshold``, mean over sites."""

    def found(chosen: list[list[Case]]) -> float:
        return float(np.mean([np.mean([c.peak_in_clot >= threshold for c in s]) for s in chosen]))

    return _over_sites(cases, found, seed)


def prior_auc(unchanged: Iterable[Unchanged]) -> float:
    """AUC of the *empty* CT's scores: slices where a clot was set against the others of the series.

    What the level in the body alone tells; .5 is best. Mean over sites.
    """
    found = [
        auc(series.scores.scores[holds], series.scores.scores[~holds])
        for series in unchanged
        for holds in series.holds_clot
    ]
    return float(np.nanmean(found))


def share_above(unchanged: Iterable[Unchanged], threshold: float) -> dict[str, float]:
    """Share of unchanged slices at or above ``threshold``, by series and of all slices."""
    by_series = {u.series: u.scores.scores for u in unchanged}
    shares = {name: float(np.mean(scores >= threshold)) for name, scores in by_series.items()}
    shares["all"] = float(np.mean(np.concatenate(list(by_series.values())) >= threshold))
    return shares


def threshold_at_sensitivity(positive: Floats, sensitivity: float = SENSITIVITY) -> float:
    """The highest threshold that ``sensitivity`` of ``positive`` slices reach."""
    ordered = np.sort(positive)[::-1]
    return float(ordered[max(0, int(np.ceil(sensitivity * len(ordered))) - 1)])


def threshold_at_false_marks(unchanged: Iterable[Unchanged], per_slice: float) -> float:
    """The lowest threshold with at most ``per_slice`` marks a slice; all series weigh the same."""
    marks: list[tuple[float, float]] = []
    n_series = 0
    for series in unchanged:
        n_series += 1
        weight = 1.0 / len(series.scores.scores)
        marks += [(mark.score, weight) for mark in series.scores.marks]
    marks.sort(reverse=True)
    used = 0.0
    for score, weight in marks:
        used += weight / n_series
        if used > per_slice:
            return float(np.nextafter(score, 2.0))
    return 0.0


def highest_false_peaks(unchanged: Iterable[Unchanged], count: int) -> list[tuple[str, Mark]]:
    """The highest marks on the unchanged CTs, at most one a slice."""
    best: list[tuple[str, Mark]] = []
    for series in unchanged:
        by_slice: dict[int, Mark] = {}
        for mark in series.scores.marks:
            if mark.slice_index not in by_slice or by_slice[mark.slice_index].score < mark.score:
                by_slice[mark.slice_index] = mark
        best += [(series.series, mark) for mark in by_slice.values()]
    return sorted(best, key=lambda named: -named[1].score)[:count]


def peak_in(mask: NDArray[np.bool_], marks: Iterable[Mark], spacing_mm: Sequence[float]) -> float:
    """Highest score of ``marks`` within 3 mm of ``mask`` in their own slice; 0 for none."""
    best = 0.0
    distances: dict[int, NDArray[np.float64]] = {}
    for mark in marks:
        plane = mask[mark.slice_index]
        if mark.score <= best or not plane.any():
            continue
        if mark.slice_index not in distances:
            distances[mark.slice_index] = ndimage.distance_transform_edt(
                ~plane, sampling=spacing_mm[1:]
            )
        distance = distances[mark.slice_index]
        row = int(np.clip(round(mark.row), 0, distance.shape[0] - 1))
        col = int(np.clip(round(mark.col), 0, distance.shape[1] - 1))
        if distance[row, col] <= _NEAR_MM:
            best = mark.score
    return best


def auc(positive: Floats, negative: Floats) -> float:
    """P(a positive scores above a negative), equal counting half; NaN where there is none."""
    truth = np.concatenate([np.ones(len(positive)), np.zeros(len(negative))])
    found = metrics.auc(truth, np.concatenate([positive, negative]))
    return float("nan") if found is None else found


def _mean_paired(cases: list[Case]) -> float:
    return float(np.mean([case.paired for case in cases]))


def _over_sites(
    cases: Sequence[Case], measure: Callable[[list[list[Case]]], float], seed: int
) -> Estimate:
    sites: dict[str, list[Case]] = {}
    for case in cases:
        sites.setdefault(case.site, []).append(case)
    groups = list(sites.values())
    if not groups:
        return Estimate(float("nan"), float("nan"), float("nan"), 0)
    rng = np.random.default_rng(seed)
    draws = rng.integers(len(groups), size=(BOOTSTRAPS, len(groups)))
    values = [measure([groups[int(i)] for i in draw]) for draw in draws]
    low, high = np.quantile(values, [0.025, 0.975])
    return Estimate(measure(groups), float(low), float(high), len(groups))
