"""Estimators: each figure of an evaluation as a function of how much each study weighs.

Weights of one give the figure; weights drawn by resampling studies give its spread, and the spread
of the difference of two bundles. Everything that does not depend on the weights is made once.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from pe_models import metrics
from pe_models.calibration import logit
from pe_models.evaluation.kept import Judged
from pe_models.labels import (
    CENTRAL,
    EXAM_LABELS,
    LEFT,
    RIGHT,
    RV_LV_GTE_1,
    RV_LV_LT_1,
)
from pe_models.metrics.reliability import N_BINS

Floats = NDArray[np.float64]
Estimator = Callable[[Floats], float]
"""``estimator(weights)``, weights (study,) 0 or more; NaN where the figure is not defined."""

_TOLD_BY_RULES = (CENTRAL, LEFT, RIGHT, RV_LV_GTE_1, RV_LV_LT_1)
"""Labels whose calibrated scores hold more than the raw ones: places, and the measured ratio."""


def label_estimators(judged: Sequence[Judged]) -> dict[str, Estimator]:
    """AUC, AUC within positive exams and calibration error, of images and of each exam label.

    AUCs are those of raw scores, but of calibrated ones for sides and RV/LV; calibration errors are
    of calibrated ones, for images the projected scores that the reader sees. Named ``image_auc``,
    ``exam.<label>.auc`` and so on.
    """
    raw, calibrated = raw_scores(judged), calibrated_scores(judged)
    study = raw.exam_of_image
    positive = np.array([j.truth.has_pe is True for j in judged])
    found = {
        "image_auc": auc_estimator(raw.image_truth, raw.image_scores, study),
        "image_auc_within_positive": auc_estimator(
            raw.image_truth, raw.image_scores, study, among=positive[study]
        ),
        "image_ece": _ece(calibrated.image_truth, calibrated.image_scores, study),
    }
    each = np.arange(raw.n_exams)
    for place, label in enumerate(EXAM_LABELS):
        ranked = calibrated if label in _TOLD_BY_RULES else raw
        truth, scores = raw.exam_truth[:, place], ranked.exam_scores[:, place]
        found[f"exam.{label}.auc"] = auc_estimator(truth, scores, each)
        found[f"exam.{label}.auc_within_positive"] = auc_estimator(
            truth, scores, each, among=positive
        )
        found[f"exam.{label}.ece"] = _ece(truth, calibrated.exam_scores[:, place], each)
    return found


def side_estimators(judged: Sequence[Judged]) -> dict[str, Estimator]:
    """Right told from left, among exams with emboli on one side alone.

    ``sides.auc`` ranks those exams by how much higher the right side scores than the left;
    ``sides.share_right`` is the share whose own side scores higher.
    """
    one_sided = [k for k, j in enumerate(judged) if j.truth.only_side is not None]
    is_right = np.array([judged[k].truth.only_side == "right" for k in one_sided], dtype=float)
    lead = np.array([_right_lead(judged[k]) for k in one_sided], dtype=float)
    study = np.array(one_sided, dtype=np.intp)
    told = np.where(is_right == 1, lead > 0, lead < 0) + 0.5 * (lead == 0)
    return {
        "sides.auc": auc_estimator(is_right, lead, study),
        "sides.share_right": mean_estimator(told, study),
    }


def competition_estimator(judged: Sequence[Judged]) -> dict[str, Estimator]:
    """The metric of the RSNA-STR competition on consistent scores; {} where a label is unknown."""
    cohort = consistent_scores(judged)
    if np.isnan(cohort.exam_truth).any() or np.isnan(cohort.image_truth).any():
        return {}
    parts = metrics.competition_parts(cohort)
    losses, shares = parts.exam_losses + parts.image_losses, parts.weights
    return {"competition_score": lambda weights: float(weights @ losses / (weights @ shares))}


def raw_scores(judged: Sequence[Judged]) -> metrics.CohortScores:
    """Scores as the nets gave them."""
    return _cohort_scores(
        judged,
        [[j.scores.exam[label].raw for label in EXAM_LABELS] for j in judged],
        [j.scores.image_raw for j in judged],
    )


def calibrated_scores(judged: Sequence[Judged]) -> metrics.CohortScores:
    """Exam scores calibrated, image scores calibrated and projected, as the reader sees them."""
    return _cohort_scores(
        judged,
        [[j.scores.exam[label].calibrated for label in EXAM_LABELS] for j in judged],
        [j.scores.image for j in judged],
    )


def consistent_scores(judged: Sequence[Judged]) -> metrics.CohortScores:
    """Exam and image scores projected onto a valid state, as a submission holds them."""
    return _cohort_scores(
        judged,
        [[j.scores.exam[label].consistent for label in EXAM_LABELS] for j in judged],
        [j.scores.image for j in judged],
    )


def _cohort_scores(
    judged: Sequence[Judged], exam: list[list[float]], image: list[tuple[float, ...]]
) -> metrics.CohortScores:
    return metrics.CohortScores(
        exam_truth=np.stack([j.truth.exam_labels() for j in judged]),
        exam_scores=np.array(exam, dtype=np.float64),
        image_truth=np.concatenate([j.truth.image_labels() for j in judged]),
        image_scores=np.concatenate([np.array(scores, np.float64) for scores in image]),
        exam_of_image=np.repeat(np.arange(len(judged)), [len(scores) for scores in image]),
    )


def auc_estimator(
    truth: Floats,
    scores: Floats,
    study: NDArray[np.intp],
    *,
    among: NDArray[np.bool_] | None = None,
) -> Estimator:
    """Weighted area under the ROC curve, each item (item,) of one ``study``; ties count half."""
    used = ~np.isnan(truth) if among is None else ~np.isnan(truth) & among
    positive, study = truth[used] == 1, study[used]
    _, group = np.unique(scores[used], return_inverse=True)

    def auc(weights: Floats) -> float:
        item = weights[study]
        above = np.bincount(group, np.where(positive, item, 0.0))
        below = np.bincount(group, np.where(positive, 0.0, item))
        pairs = above.sum() * below.sum()
        ordered = above @ (np.cumsum(below) - 0.5 * below)
        return float(ordered / pairs) if pairs else float("nan")

    return auc


def _ece(truth: Floats, scores: Floats, study: NDArray[np.intp]) -> Estimator:
    """Weighted calibration error, in the bins of ``metrics.expected_calibration_error``."""
    used = ~np.isnan(truth)
    bins = np.minimum((scores[used] * N_BINS).astype(np.intp), N_BINS - 1)
    away, study = (scores - truth)[used], study[used]

    def error(weights: Floats) -> float:
        item = weights[study]
        total = item.sum()
        distance = np.bincount(bins, item * away, minlength=N_BINS)
        return float(np.abs(distance).sum() / total) if total else float("nan")

    return error


def mean_estimator(values: Floats, study: NDArray[np.intp]) -> Estimator:
    """Weighted mean of ``values`` (item,), each of one ``study``."""

    def mean(weights: Floats) -> float:
        item = weights[study]
        total = item.sum()
        return float(item @ values / total) if total else float("nan")

    return mean


def _right_lead(judged: Judged) -> float:
    """How much higher, in logits of calibrated scores, the right side scores than the left."""
    right, left = judged.scores.exam[RIGHT].calibrated, judged.scores.exam[LEFT].calibrated
    return float(logit(np.array([right]))[0] - logit(np.array([left]))[0])
