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


@dataclass(frozen=True, slots=True, eq=False)
class CompetitionParts:
    """Of each exam (exam,): the losses of its labels and of its images, and the images' weights.

    The metric is the sum of all losses over that of all ``weights``.
    """

    exam_losses: Floats
    image_losses: Floats
    image_weights: Floats

    @property
    def weights(self) -> Floats:
        """(exam,): the labels of an exam weigh 1 together."""
        together: Floats = 1.0 + self.image_weights
        return together


def competition_score(cohort: CohortScores) -> CompetitionScore:
    """The competition's metric, lower is better.

    The exam labels of each exam weigh 1 together; an image weighs ``IMAGE_WEIGHT`` times the share
    of positive images in its exam. Raises ValueError for unknown truth, with which the metric is
    not defined.
    """
    if np.isnan(cohort.exam_truth).any() or np.isnan(cohort.image_truth).any():
        raise ValueError("the competition's metric needs every label")
    parts = competition_parts(cohort)
    image_weight = float(parts.image_weights.sum())
    return CompetitionScore(
        score=float((parts.exam_losses + parts.image_losses).sum() / parts.weights.sum()),
        exam_loss=float(parts.exam_losses.mean()),
        image_loss=float(parts.image_losses.sum()) / image_weight if image_weight else None,
    )


def competition_parts(cohort: CohortScores) -> CompetitionParts:
    """What each exam adds to the metric; NaN where its truth is unknown."""
    weights = _image_weights(cohort)
    losses = weights * cross_entropy(cohort.image_truth, cohort.image_scores)
    return CompetitionParts(
        exam_losses=cross_entropy(cohort.exam_truth, cohort.exam_scores) @ _WEIGHTS,
        image_losses=_by_exam(losses, cohort),
        image_weights=_by_exam(weights, cohort),
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


def _by_exam(values: Floats, cohort: CohortScores) -> Floats:
    """Sums over the images of each exam (exam,)."""
    sums = np.bincount(cohort.exam_of_image, weights=values, minlength=cohort.n_exams)
    return sums.astype(np.float64)


def _image_weights(cohort: CohortScores) -> Floats:
    """Weight of each image (image,)."""
    positive_share = cohort.n_positive_images / np.maximum(cohort.n_images, 1)
    weights: Floats = IMAGE_WEIGHT * positive_share[cohort.exam_of_image]
    return weights
