"""The metric of the RSNA-STR competition (Kaggle, 2020) and what label frequencies get in it."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from pe_models.labels import EXAM_LABELS, EXAM_WEIGHTS, IMAGE_WEIGHT
from pe_models.metrics.cohort import CohortScores
from pe_models.metrics.samples import Floats

_CLIP: Final = 1e-15
_WEIGHTS: Final = np.array([EXAM_WEIGHTS[label] for label in EXAM_LABELS])


@dataclass(frozen=True, slots=True)
class CompetitionScore:
    """The RSNA-STR metric and its parts; ``image_loss`` is None without a positive image."""

    score: float
    exam_loss: float
    image_loss: float | None


def competition_score(cohort: CohortScores) -> CompetitionScore:
    """The competition's metric, lower is better.

    The exam labels of each exam weigh 1 together; an image weighs ``IMAGE_WEIGHT`` times the share
    of positive images in its exam. Raises ValueError for unknown truth, with which the metric is
    not defined.
    """
    if np.isnan(cohort.exam_truth).any() or np.isnan(cohort.image_truth).any():
        raise ValueError("the competition's metric needs every label")
    exam_total = float((cross_entropy(cohort.exam_truth, cohort.exam_scores) @ _WEIGHTS).sum())
    image_weights = _image_weights(cohort)
    losses = cross_entropy(cohort.image_truth, cohort.image_scores)
    image_total, image_weight = float(image_weights @ losses), float(image_weights.sum())
    return CompetitionScore(
        score=(exam_total + image_total) / (cohort.n_exams + image_weight),
        exam_loss=exam_total / cohort.n_exams,
        image_loss=image_total / image_weight if image_weight else None,
    )


def label_frequency_scores(cohort: CohortScores) -> tuple[Floats, float]:
    """What to predict for every exam (label,) and for every image, knowing frequencies alone.

    The image score is the mean of the labels as the metric weighs them, which no constant beats.
    Raises ValueError for unknown truth.
    """
    if np.isnan(cohort.exam_truth).any() or np.isnan(cohort.image_truth).any():
        raise ValueError("label frequencies need every label")
    weights = _image_weights(cohort)
    total = float(weights.sum())
    image_score = float(weights @ cohort.image_truth) / total if total else 0.0
    return cohort.exam_truth.mean(axis=0), image_score


def cross_entropy(truth: ArrayLike, scores: ArrayLike) -> Floats:
    """Binary cross-entropy in nats, elementwise; scores are kept 1e-15 away from 0 and 1."""
    target = np.asarray(truth, dtype=np.float64)
    clipped = np.clip(np.asarray(scores, dtype=np.float64), _CLIP, 1 - _CLIP)
    losses: Floats = -(target * np.log(clipped) + (1 - target) * np.log1p(-clipped))
    return losses


def _image_weights(cohort: CohortScores) -> Floats:
    """Weight of each image (image,)."""
    positive_share = cohort.n_positive_images / np.maximum(cohort.n_images, 1)
    weights: Floats = IMAGE_WEIGHT * positive_share[cohort.exam_of_image]
    return weights
