"""From raw scores to calibrated ones, and to three zones with stated error rates.

Platt scaling on logits, fitted by damped Newton steps (Lin, Lin & Weng, Machine Learning 2007,
10.1007/s10994-007-5018-6); a shift to another prevalence; and split-conformal thresholds for each
class (Vovk, Gammerman & Shafer, Algorithmic Learning in a Random World, 2005, ch. 4.6). All of it
is fitted on held-out scores and travels in the ModelBundle.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pe_models.errors import DatasetError
from pe_models.findings import Zone

FURTHEST_LOGIT: Final = 9.0
"""Beyond it nets' scores hold rounding."""

_EPSILON: Final = 1e-7
_MAX_STEPS: Final = 100
_TOLERANCE: Final = 1e-10


@dataclass(frozen=True, slots=True)
class Platt:
    """``sigmoid(slope * logit(score) + intercept)``; slope 1 and intercept 0 change nothing."""

    slope: float = 1.0
    intercept: float = 0.0

    def __post_init__(self) -> None:
        if not (np.isfinite(self.slope) and np.isfinite(self.intercept)):
            raise ValueError(f"calibration {self.slope} * logit + {self.intercept} is not finite")
        if self.slope < 0:
            raise ValueError(f"slope {self.slope} would turn the order of the scores round")

    def __call__(self, scores: ArrayLike) -> NDArray[np.float64]:
        """Calibrated scores in [0, 1], same shape. Raises ValueError outside [0, 1]."""
        raw = _checked(scores)
        if self == IDENTITY:
            return raw.copy()
        return sigmoid(self.slope * logit(raw) + self.intercept)


IDENTITY: Final = Platt()


@dataclass(frozen=True, slots=True)
class Calibration:
    """One Platt map a label, and what they were fitted on. A label without one is unchanged."""

    calibrated_on: str
    labels: Mapping[str, Platt] = field(default_factory=dict)

    def apply(self, label: str, scores: ArrayLike) -> NDArray[np.float64]:
        """Calibrated scores of ``label``, same shape, in [0, 1]."""
        return self.labels.get(label, IDENTITY)(scores)

    def to_dict(self) -> dict[str, Any]:
        return {
            "calibrated_on": self.calibrated_on,
            "labels": {
                label: {"slope": platt.slope, "intercept": platt.intercept}
                for label, platt in self.labels.items()
            },
        }

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Self:
        """Inverse of ``to_dict``. Raises KeyError, TypeError or ValueError for another record."""
        labels = {label: Platt(**entry) for label, entry in record["labels"].items()}
        return cls(str(record["calibrated_on"]), labels)


@dataclass(frozen=True, slots=True)
class ZoneThresholds:
    """Where an exam's PE score is negative (below ``lower``) or positive (above ``upper``).

    Of new exams exchangeable with the held-out ones, at most ``miss_rate`` of those with PE fall
    in the negative zone, and at most ``false_alarm_rate`` of those without in the positive one.
    The guarantee is marginal and says nothing of other scanners or patients.
    """

    lower: float
    upper: float
    miss_rate: float
    false_alarm_rate: float
    n_positive: int
    n_negative: int

    def __post_init__(self) -> None:
        if not 0.0 <= self.lower <= self.upper <= 1.0:
            raise ValueError(f"zone thresholds {self.lower} and {self.upper} are not in order")

    def to_dict(self) -> dict[str, float | int]:
        return {name: getattr(self, name) for name in self.__dataclass_fields__}

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Self:
        return cls(**record)


def zone_of(score: float, thresholds: ZoneThresholds) -> Zone:
    """The zone of an exam's PE score in [0, 1]. Raises ValueError for NaN."""
    value = float(_checked(score))
    if value < thresholds.lower:
        return Zone.NEGATIVE
    return Zone.POSITIVE if value > thresholds.upper else Zone.UNCERTAIN


def zone_unable_to_exclude(score: float, thresholds: ZoneThresholds) -> Zone:
    """As ``zone_of`` for a CT that cannot exclude PE: never negative."""
    zone = zone_of(score, thresholds)
    return Zone.UNCERTAIN if zone is Zone.NEGATIVE else zone


def fit_platt(scores: ArrayLike, truth: ArrayLike) -> Platt:
    """The Platt map of least cross-entropy with Platt's smoothed targets.

    ``scores`` (sample,) in [0, 1]; ``truth`` (sample,) 0, 1, or NaN for unknown, which is left
    out. The smoothing keeps separable classes finite. Scores that rank the wrong way round get
    slope 0, which says the prevalence and nothing else. Raises DatasetError where a class is
    missing.
    """
    raw, target = _known(scores, truth)
    n_positive = int(target.sum())
    n_negative = target.size - n_positive
    if n_positive == 0 or n_negative == 0:
        raise DatasetError(
            f"Calibration needs examples of both classes; there are {n_positive} positive and "
            f"{n_negative} negative ones."
        )
    smooth = np.where(target == 1, (n_positive + 1) / (n_positive + 2), 1 / (n_negative + 2))
    slope, intercept = _newton(logit(raw), smooth)
    if slope < 0:
        return Platt(0.0, float(logit(smooth.mean())))
    return Platt(slope, intercept)


def fit_calibration(
    held_out: Mapping[str, tuple[ArrayLike, ArrayLike]], *, calibrated_on: str
) -> Calibration:
    """A Platt map for each label's (scores, truth); one with a single class stays unchanged."""
    fitted: dict[str, Platt] = {}
    for label, (scores, truth) in held_out.items():
        known = _known(scores, truth)[1]
        if 0 < known.sum() < known.size:
            fitted[label] = fit_platt(scores, truth)
    return Calibration(calibrated_on, fitted)


def fit_zones(
    scores: ArrayLike,
    truth: ArrayLike,
    *,
    miss_rate: float = 0.05,
    false_alarm_rate: float = 0.05,
) -> ZoneThresholds:
    """Split-conformal thresholds from held-out PE scores of exams.

    The k-th smallest of n positive scores, k = floor(miss_rate (n + 1)), is undercut by a new
    positive one with a probability of at most k / (n + 1); likewise from above. Too few examples
    for a rate leave that zone empty. Where the classes separate so well that the thresholds
    cross, both move to the middle, which keeps both guarantees.
    """
    if not (0 < miss_rate < 1 and 0 < false_alarm_rate < 1):
        raise ValueError(f"error rates {miss_rate} and {false_alarm_rate} are not in (0, 1)")
    raw, target = _known(scores, truth)
    positive, negative = np.sort(raw[target == 1]), np.sort(raw[target == 0])
    n_missed = _allowed_errors(miss_rate, positive.size)
    n_false = _allowed_errors(false_alarm_rate, negative.size)
    lower = float(positive[n_missed - 1]) if n_missed else 0.0
    upper = float(negative[-n_false]) if n_false else 1.0
    if lower > upper:
        lower = upper = (lower + upper) / 2
    return ZoneThresholds(
        lower, upper, miss_rate, false_alarm_rate, int(positive.size), int(negative.size)
    )


def shift_prevalence(scores: ArrayLike, odds_factor: float) -> NDArray[np.float64]:
    """Scores moved to another prevalence: ``p f / (p f + 1 - p)``, f the ratio of prior odds."""
    if not (np.isfinite(odds_factor) and odds_factor > 0):
        raise ValueError(f"odds factor {odds_factor} is not positive")
    raw = _checked(scores)
    shifted: NDArray[np.float64] = raw * odds_factor / (raw * odds_factor + (1.0 - raw))
    return shifted


def logit(scores: ArrayLike) -> NDArray[np.float64]:
    """Log odds of scores, which are first kept 1e-7 away from 0 and 1."""
    clipped = np.clip(np.asarray(scores, dtype=np.float64), _EPSILON, 1.0 - _EPSILON)
    odds: NDArray[np.float64] = np.log(clipped) - np.log1p(-clipped)
    return odds


def net_logit(score: float) -> float:
    """The logit of a net's score, as rules weigh it: no surer than FURTHEST_LOGIT."""
    return float(np.clip(logit(score), -FURTHEST_LOGIT, FURTHEST_LOGIT))


def sigmoid(logits: ArrayLike) -> NDArray[np.float64]:
    """1 / (1 + exp(-x)) without overflow for any finite x."""
    half = np.asarray(logits, dtype=np.float64) / 2
    values: NDArray[np.float64] = (1.0 + np.tanh(half)) / 2
    return values


def _allowed_errors(rate: float, n_samples: int) -> int:
    # the tolerance keeps 0.05 * 20 from falling to 0 by rounding of the binary fraction
    return min(n_samples, int(np.floor(rate * (n_samples + 1) + 1e-9)))


def _newton(x: NDArray[np.float64], target: NDArray[np.float64]) -> tuple[float, float]:
    """Slope and intercept of least cross-entropy between ``target`` and sigmoid(slope x + b)."""
    design = np.stack([x, np.ones_like(x)], axis=1)  # (sample, 2)
    weights = np.array([0.0, float(logit(target.mean()))])
    loss = _cross_entropy(design @ weights, target)
    for _ in range(_MAX_STEPS):
        fitted = sigmoid(design @ weights)
        gradient = design.T @ (fitted - target)
        curvature = (design.T * (fitted * (1 - fitted))) @ design
        step = np.linalg.solve(curvature + 1e-9 * np.eye(2), gradient)
        scale = 1.0
        while scale > _TOLERANCE:
            trial = weights - scale * step
            trial_loss = _cross_entropy(design @ trial, target)
            if trial_loss <= loss:
                break
            scale /= 2
        else:
            break
        is_settled = loss - trial_loss <= _TOLERANCE * x.size and np.abs(step).max() < 1e-8
        weights, loss = trial, trial_loss
        if is_settled:
            break
    return float(weights[0]), float(weights[1])


def _cross_entropy(logits: NDArray[np.float64], target: NDArray[np.float64]) -> float:
    return float(np.sum(np.logaddexp(0.0, logits) - target * logits))


def _known(scores: ArrayLike, truth: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    raw, target = _checked(scores), np.asarray(truth, dtype=np.float64)
    if raw.ndim != 1 or raw.shape != target.shape:
        raise ValueError(f"scores have shape {raw.shape}, truth {target.shape}")
    known = ~np.isnan(target)
    raw, target = raw[known], target[known]
    if not np.all((target == 0) | (target == 1)):
        raise ValueError("truth has values that are neither 0 nor 1")
    return raw, target


def _checked(scores: ArrayLike) -> NDArray[np.float64]:
    raw = np.asarray(scores, dtype=np.float64)
    if not np.all((raw >= 0.0) & (raw <= 1.0)):
        raise ValueError("scores are not all numbers in [0, 1]")
    return raw
