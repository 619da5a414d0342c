"""Exam labels as often as the RSNA-STR table has them, and scores that a model might give.

Counts from Colak et al., Radiology: Artificial Intelligence 2021, 10.1148/ryai.2021200254, and the
competition's table. How often sides occur together is published; chronicity and RV/LV are drawn
independently of them.
"""

import numpy as np
from numpy.typing import NDArray

from pe_models.labels import (
    ACUTE_AND_CHRONIC,
    CENTRAL,
    CHRONIC,
    EXAM_LABELS,
    INDETERMINATE,
    LEFT,
    NEGATIVE,
    RIGHT,
    RV_LV_GTE_1,
    RV_LV_LT_1,
)

Floats = NDArray[np.float64]

N_EXAMS, N_IMAGES = 7279, 1_790_594
N_NEGATIVE, N_INDETERMINATE, N_POSITIVE = 4911, 157, 2211
SIDES = (
    ((RIGHT,), 627),
    ((LEFT,), 317),
    ((RIGHT, LEFT), 866),
    ((RIGHT, LEFT, CENTRAL), 346),
    ((RIGHT, CENTRAL), 36),
    ((LEFT, CENTRAL), 15),
    ((CENTRAL,), 4),
)
CHRONICITY = (((CHRONIC,), 292), ((ACUTE_AND_CHRONIC,), 145), ((), 1774))
STRAIN = (((RV_LV_GTE_1,), 940), ((RV_LV_LT_1,), 1271))


def published_exams(rng: np.random.Generator) -> Floats:
    """(exam, label) 0 or 1, positive exams first, then indeterminate ones, then negative ones."""
    exams = np.zeros((N_EXAMS, len(EXAM_LABELS)))
    for groups in (SIDES, CHRONICITY, STRAIN):
        place = rng.permutation(N_POSITIVE)
        for labels, count in groups:
            chosen, place = place[:count], place[count:]
            for label in labels:
                exams[chosen, EXAM_LABELS.index(label)] = 1
    exams[N_POSITIVE : N_POSITIVE + N_INDETERMINATE, EXAM_LABELS.index(INDETERMINATE)] = 1
    exams[N_POSITIVE + N_INDETERMINATE :, EXAM_LABELS.index(NEGATIVE)] = 1
    return exams


def posterior_scores(exams: Floats, rng: np.random.Generator, *, noise: float) -> Floats:
    """(exam, label) scores of a calibrated model that sees each label through ``noise``.

    A label's evidence is -1 or 1 with normal noise. Bayes makes of it, and of how often labels
    occur together, a probability of each valid state; a score is the sum over the states that have
    its label. So scores break rules only as those of a good model do: where it is in doubt.
    """
    states, counts = np.unique(exams, axis=0, return_counts=True)  # (state, label), (state,)
    evidence = 2 * exams - 1 + rng.normal(0, noise, exams.shape)  # (exam, label)
    logs = 2 * evidence @ (states.T) / noise**2 + np.log(counts)  # (exam, state)
    posterior = np.exp(logs - logs.max(axis=1, keepdims=True))
    posterior /= posterior.sum(axis=1, keepdims=True)
    scores: Floats = posterior @ states
    return np.clip(scores, 0.0, 1.0)


def image_scores(exam_scores: Floats, rng: np.random.Generator, *, n_images: int) -> Floats:
    """(exam, image) scores: a bump as high as PE is likely in the exam, give or take."""
    without_pe = exam_scores[:, [EXAM_LABELS.index(NEGATIVE), EXAM_LABELS.index(INDETERMINATE)]]
    height = np.clip(1 - without_pe.sum(axis=1), 0.0, 1.0) * rng.uniform(0.7, 1.0, len(exam_scores))
    middle = rng.uniform(0, n_images, (len(exam_scores), 1))
    width = rng.uniform(1, 1 + n_images / 10, (len(exam_scores), 1))
    bump = np.exp(-(((np.arange(n_images) - middle) / width) ** 2) / 2)
    scores: Floats = np.maximum(height[:, None] * bump, 1e-4)
    return scores
