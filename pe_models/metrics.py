"""Measures of scores against the truth: the competition's metric, ranking, calibration.

Scores and truth are numpy arrays; truth is 0, 1, or NaN for unknown, which every measure but the
competition's leaves out. A measure that is not defined, such as an AUC over one class, is None.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pe_models.labels import EXAM_LABELS, EXAM_WEIGHTS, IMAGE_LABEL, IMAGE_WEIGHT

_CLIP: Final = 1e-15
_Z_95: Final = 1.959963984540054
_ECE_BINS: Final = 15

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class CohortScores:
    """Scores and truth of a cohort.

    ``exam_truth`` and ``exam_scores`` are (exam, label) in the order of EXAM_LABELS;
    ``image_truth`` and ``image_scores`` (image,); ``exam_of_image`` (image,) indexes the exams.
    """

    exam_truth: Floats
    exam_scores: Floats
    image_truth: Floats
    image_scores: Floats
    exam_of_image: NDArray[np.intp]

    def __post_init__(self) -> None:
        n_exams = len(self.exam_truth)
        if self.exam_truth.shape != (n_exams, len(EXAM_LABELS)) or n_exams == 0:
            raise ValueError(f"exam truth has shape {self.exam_truth.shape}")
        if self.exam_scores.shape != self.exam_truth.shape:
            raise ValueError(f"exam scores have shape {self.exam_scores.shape}")
        n_images = (len(self.image_truth),)
        images = (self.image_truth, self.image_scores, self.exam_of_image)
        if any(values.shape != n_images for values in images):
            raise ValueError("image truth, scores and exams differ in length")
        if n_images[0] and not 0 <= self.exam_of_image.min() <= self.exam_of_image.max() < n_exams:
            raise ValueError("an image belongs to no exam")

    @property
    def n_positive_images(self) -> Floats:
        """Positive images of each exam (exam,); unknown ones count as none."""
        weights = np.nan_to_num(self.image_truth)
        counts = np.bincount(self.exam_of_image, weights=weights, minlength=self.n_exams)
        return counts.astype(np.float64)

    @property
    def n_exams(self) -> int:
        return len(self.exam_truth)


@dataclass(frozen=True, slots=True)
class CompetitionScore:
    """The RSNA-STR metric and its parts; ``image_loss`` is None without a positive image."""

    score: float
    exam_loss: float
    image_loss: float | None


@dataclass(frozen=True, slots=True)
class LabelMeasures:
    """Mean log loss and ranking of one label, overall and among positive exams alone."""

    loss: float | None
    auc: float | None
    auc_within_positive: float | None


@dataclass(frozen=True, slots=True)
class Proportion:
    """``n_hits`` of ``n`` with a 95 % interval after Wilson (JASA 1927)."""

    n_hits: int
    n: int

    @property
    def value(self) -> float | None:
        return self.n_hits / self.n if self.n else None

    @property
    def interval(self) -> tuple[float, float]:
        if self.n == 0:
            return 0.0, 1.0
        share, spread = self.n_hits / self.n, _Z_95**2 / self.n
        middle = (share + spread / 2) / (1 + spread)
        half = _Z_95 / (1 + spread) * np.sqrt(share * (1 - share) / self.n + spread / (4 * self.n))
        return max(0.0, float(middle - half)), min(1.0, float(middle + half))


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """What a threshold does; a score above it counts as positive."""

    threshold: float
    sensitivity: Proportion
    specificity: Proportion


def competition_score(cohort: CohortScores) -> CompetitionScore:
    """The metric of the RSNA-STR competition (Kaggle, 2020), lower is better.

    Raises ValueError for unknown truth, with which the metric is not defined.
    """
    if np.isnan(cohort.exam_truth).any() or np.isnan(cohort.image_truth).any():
        raise ValueError("the competition's metric needs every label")
    weights = np.array([EXAM_WEIGHTS[label] for label in EXAM_LABELS])
    exam_total = float((cross_entropy(cohort.exam_truth, cohort.exam_scores) @ weights).sum())
    n_images = np.bincount(cohort.exam_of_image, minlength=cohort.n_exams)
    positive_share = cohort.n_positive_images / np.maximum(n_images, 1)
    image_weights = IMAGE_WEIGHT * positive_share[cohort.exam_of_image]
    losses = cross_entropy(cohort.image_truth, cohort.image_scores)
    image_total, image_weight = float(image_weights @ losses), float(image_weights.sum())
    return CompetitionScore(
        score=(exam_total + image_total) / (cohort.n_exams + image_weight),
        exam_loss=exam_total / cohort.n_exams,
        image_loss=image_total / image_weight if image_weight else None,
    )


def label_measures(cohort: CohortScores) -> dict[str, LabelMeasures]:
    """Measures of the image label and of each exam label, by label.

    Within positive exams, so that a score that only tells PE from no PE gains nothing: exams, and
    for the image label images of exams, that have a positive image.
    """
    is_positive = cohort.n_positive_images > 0
    measures = {
        IMAGE_LABEL: _measures(
            cohort.image_truth, cohort.image_scores, is_positive[cohort.exam_of_image]
        )
    }
    for index, label in enumerate(EXAM_LABELS):
        truth, scores = cohort.exam_truth[:, index], cohort.exam_scores[:, index]
        measures[label] = _measures(truth, scores, is_positive)
    return measures


def cross_entropy(truth: ArrayLike, scores: ArrayLike) -> Floats:
    """Binary cross-entropy in nats, elementwise; scores are kept 1e-15 away from 0 and 1."""
    target = np.asarray(truth, dtype=np.float64)
    clipped = np.clip(np.asarray(scores, dtype=np.float64), _CLIP, 1 - _CLIP)
    losses: Floats = -(target * np.log(clipped) + (1 - target) * np.log1p(-clipped))
    return losses


def auc(truth: ArrayLike, scores: ArrayLike) -> float | None:
    """Area under the ROC curve: the share of pairs in the right order, ties counting half."""
    target, values = _known(truth, scores)
    n_positive = int(target.sum())
    n_negative = target.size - n_positive
    if n_positive == 0 or n_negative == 0:
        return None
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    mean_ranks = np.cumsum(counts) - (counts - 1) / 2
    rank_sum = float(mean_ranks[inverse][target == 1].sum())
    return (rank_sum - n_positive * (n_positive + 1) / 2) / (n_positive * n_negative)


def average_precision(truth: ArrayLike, scores: ArrayLike) -> float | None:
    """Sum over thresholds of precision times the gain in recall; equal scores are one step."""
    target, values = _known(truth, scores)
    if target.sum() == 0:
        return None
    order = np.argsort(-values, kind="stable")
    target, values = target[order], values[order]
    ends = np.append(np.flatnonzero(np.diff(values)), values.size - 1)
    hits = np.cumsum(target)[ends]
    gains = np.diff(hits, prepend=0.0) / target.sum()
    return float(np.sum(hits / (ends + 1) * gains))


def operating_point(truth: ArrayLike, scores: ArrayLike, threshold: float) -> OperatingPoint:
    """Sensitivity and specificity of scores above ``threshold``."""
    target, values = _known(truth, scores)
    called = values > threshold
    positive, negative = target == 1, target == 0
    return OperatingPoint(
        threshold,
        Proportion(int((called & positive).sum()), int(positive.sum())),
        Proportion(int((~called & negative).sum()), int(negative.sum())),
    )


def brier(truth: ArrayLike, scores: ArrayLike) -> float | None:
    """Mean squared distance of scores from the truth."""
    target, values = _known(truth, scores)
    return float(np.mean((values - target) ** 2)) if target.size else None


def expected_calibration_error(
    truth: ArrayLike, scores: ArrayLike, *, n_bins: int = _ECE_BINS
) -> float | None:
    """Mean distance of score and frequency in bins of equal width (Guo et al., ICML 2017)."""
    target, values = _known(truth, scores)
    if target.size == 0:
        return None
    bins = np.minimum((values * n_bins).astype(np.intp), n_bins - 1)
    distance = np.bincount(bins, weights=values - target, minlength=n_bins)
    return float(np.abs(distance).sum() / target.size)


def _measures(truth: Floats, scores: Floats, is_positive: NDArray[np.bool_]) -> LabelMeasures:
    target, values = _known(truth, scores)
    return LabelMeasures(
        loss=float(cross_entropy(target, values).mean()) if target.size else None,
        auc=auc(truth, scores),
        auc_within_positive=auc(truth[is_positive], scores[is_positive]),
    )


def _known(truth: ArrayLike, scores: ArrayLike) -> tuple[Floats, Floats]:
    """Truth and scores where the truth is known. Raises ValueError for what is neither."""
    target, values = np.asarray(truth, np.float64), np.asarray(scores, np.float64)
    if target.ndim != 1 or target.shape != values.shape:
        raise ValueError(f"truth has shape {target.shape}, scores {values.shape}")
    known = ~np.isnan(target)
    target, values = target[known], values[known]
    if not np.all((target == 0) | (target == 1)):
        raise ValueError("truth has values that are neither 0 nor 1")
    if np.isnan(values).any():
        raise ValueError("scores have values that are no numbers")
    return target, values
