"""Corrections of inconsistent scores as the first and second place of the competition made them.

Written anew from their public code: ``trainval/2nd_level/prediction_correction.py`` of
github.com/GuanshuoXu/RSNA-STR-Pulmonary-Embolism-Detection (first place), and
``enforce_label_consistency`` in ``src/beehive/controls/inference.py`` of
github.com/i-pan/kaggle-rsna-pe (second place). Their quirks are kept and named.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pe_models.consistency import IMAGE_COST_FACTOR, violations
from pe_models.labels import (
    ACUTE_AND_CHRONIC,
    CENTRAL,
    CHRONIC,
    EXAM_LABELS,
    EXAM_WEIGHTS,
    IMAGE_WEIGHT,
    INDETERMINATE,
    LEFT,
    NEGATIVE,
    RIGHT,
    RV_LV_GTE_1,
    RV_LV_LT_1,
)

Floats = NDArray[np.float64]

NEG, IND, OLD, BOTH_AGES, MID, L, R, GTE, LT = (
    EXAM_LABELS.index(label)
    for label in (
        NEGATIVE,
        INDETERMINATE,
        CHRONIC,
        ACUTE_AND_CHRONIC,
        CENTRAL,
        LEFT,
        RIGHT,
        RV_LV_GTE_1,
        RV_LV_LT_1,
    )
)
_WEIGHTS = np.array([EXAM_WEIGHTS[label] for label in EXAM_LABELS])
_BARELY_ON = 0.5 + 1e-6


@dataclass(frozen=True, eq=False)
class Corrected:
    """``exam`` (label,) and ``image`` (slice,) after a correction."""

    exam: Floats
    image: Floats


def first_place(exam: Floats, image: Floats) -> Corrected:
    """Two candidates, one negative and one positive; the one that fits the scores better.

    Each moves offending scores just across 0.5. They are weighed by the cross-entropy of the raw
    scores with the candidate as target. Where the highest locations tie, none is lifted, and rule
    1b stays broken.
    """
    if not violations(exam, image):
        return Corrected(exam, image)
    negative, positive = _as_negative(exam, image), _as_positive(exam, image)
    prefers_positive = _entropy(exam, image, negative) > _entropy(exam, image, positive)
    return positive if prefers_positive else negative


def second_place(exam: Floats, image: Floats) -> Corrected:
    """``negative_exam_for_pe`` alone decides; the other labels and the images follow it.

    An exam that is called neither negative nor anything else becomes positive, so no exam ever
    comes out indeterminate. Of two RV/LV labels that are on, the one below 1 stays.
    """
    return _follow_negative(exam, image) if exam[NEG] > 0.5 else _follow_positive(exam, image)


def _as_negative(exam: Floats, image: Floats) -> Corrected:
    new = np.minimum(exam, 0.5)
    higher = NEG if exam[NEG] > exam[IND] else IND
    new[higher] = exam[higher] if exam[higher] > 0.5 else _BARELY_ON
    return Corrected(new, np.minimum(image, 0.5))


def _as_positive(exam: Floats, image: Floats) -> Corrected:
    new = exam.copy()
    new[[NEG, IND]] = np.minimum(exam[[NEG, IND]], 0.5)
    if exam[OLD] > 0.5 and exam[BOTH_AGES] > 0.5:
        new[BOTH_AGES if exam[OLD] > exam[BOTH_AGES] else OLD] = 0.5
    places = exam[[MID, L, R]]
    if places.max() <= 0.5 and (places == places.max()).sum() == 1:
        new[(MID, L, R)[int(np.argmax(places))]] = _BARELY_ON
    more, less = (GTE, LT) if exam[GTE] > exam[LT] else (LT, GTE)
    new[more] = exam[more] if exam[more] > 0.5 else _BARELY_ON
    new[less] = min(exam[less], 0.5)
    return Corrected(new, _with_one_on(image, _BARELY_ON))


def _entropy(exam: Floats, image: Floats, candidate: Corrected) -> float:
    """Weighted cross-entropy of the raw scores, the candidate as target."""
    return float(
        _WEIGHTS @ _cross_entropy(candidate.exam, exam)
        + IMAGE_COST_FACTOR * IMAGE_WEIGHT * _cross_entropy(candidate.image, image).sum()
    )


def _cross_entropy(target: Floats, scores: Floats) -> Floats:
    """Logarithms no lower than -100, as torch's BCELoss has them."""
    with np.errstate(divide="ignore"):
        log, log_rest = (np.maximum(np.log(p), -100.0) for p in (scores, 1 - scores))
    found: Floats = -(target * log + (1 - target) * log_rest)
    return found


def _follow_negative(exam: Floats, image: Floats) -> Corrected:
    new = np.where(exam >= 0.5, 0.49999, exam)
    new[NEG] = exam[NEG]
    return Corrected(new, np.where(image >= 0.5, 0.49999, image))


def _follow_positive(exam: Floats, image: Floats) -> Corrected:
    new = exam.copy()
    if max(exam[GTE], exam[LT]) <= 0.5:
        new[GTE if exam[GTE] > exam[LT] else LT] = 0.50001
    if exam[GTE] > 0.5 and exam[LT] > 0.5:
        new[GTE] = 0.4999
    if exam[[MID, R, L]].max() <= 0.5:
        new[(MID, R, L)[int(np.argmax(exam[[MID, R, L]]))]] = 0.50001
    if exam[OLD] >= 0.5 and exam[BOTH_AGES] >= 0.5:
        new[BOTH_AGES if exam[OLD] > exam[BOTH_AGES] else OLD] = 0.49999
    if exam[IND] >= 0.5:
        new[IND] = 0.49999
    return Corrected(new, _with_one_on(image, 0.50001))


def _with_one_on(image: Floats, least: float) -> Floats:
    new = image.copy()
    if image.max() <= 0.5:
        new[int(np.argmax(image))] = least
    return new
