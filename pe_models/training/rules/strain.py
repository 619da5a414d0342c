"""StrainRule from examples: what a measured RV/LV adds to the exam's own scores of it."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pe_models.heart.strain import StrainRule, share_logit
from pe_models.labels import RV_LV_GTE_1, RV_LV_LT_1
from pe_models.training.rules.examples import StudyExamples
from pe_models.training.rules.logistic import logistic_weights

Floats = NDArray[np.float64]

_LEAST_STUDIES: Final = 20
_FOLDS: Final = 5


def fit_strain(examples: Sequence[StudyExamples], *, fitted_on: str) -> StrainRule | None:
    """A rule by the exams with PE whose ratio was measured and whose label is known.

    None where there are too few of them, where all have one label, and where the ratio does not
    help: where it does not lower the cross-entropy of exams left out, five folds, below that of the
    net's own view, weighed likewise.
    """
    rows, truth = _examples(examples)
    if len(truth) < _LEAST_STUDIES or min(truth.sum(), len(truth) - truth.sum()) < _FOLDS:
        return None
    if left_out_entropy(rows, truth) >= left_out_entropy(rows[:, :1], truth):
        return None
    of_net, of_ratio, constant = logistic_weights(rows, truth)[1].tolist()
    return StrainRule(constant, of_net, of_ratio, f"{len(truth)} exams with PE of {fitted_on}")


def left_out_entropy(rows: Floats, truth: NDArray[np.int_]) -> float:
    """Mean cross-entropy of ``truth`` (exam,) by ``rows`` (exam, number), each exam left out once.

    Folds hold equal shares of both classes, in the order of the exams.
    """
    fold = np.empty(len(truth), dtype=np.intp)
    for label in (0, 1):
        fold[truth == label] = np.arange((truth == label).sum()) % _FOLDS
    losses = np.empty(len(truth))
    for k in range(_FOLDS):
        is_out = fold == k
        *weights, constant = logistic_weights(rows[~is_out], truth[~is_out])[1].tolist()
        logits = rows[is_out] @ np.array(weights) + constant
        losses[is_out] = np.logaddexp(0.0, np.where(truth[is_out] == 1, -logits, logits))
    return float(losses.mean())


def _examples(examples: Sequence[StudyExamples]) -> tuple[Floats, NDArray[np.int_]]:
    """Logits of the net's share and of the ratio (exam, 2), and whether it is 1 or more (exam,)."""
    rows, truth = [], []
    for study in examples:
        above, below = study.exam.get(RV_LV_GTE_1), study.exam.get(RV_LV_LT_1)
        if study.ratio_logit is None or {above, below} != {0, 1}:
            continue
        net = study.net_scores
        rows.append((share_logit(net[RV_LV_GTE_1], net[RV_LV_LT_1]), study.ratio_logit))
        truth.append(above == 1)
    return np.array(rows, dtype=np.float64).reshape(-1, 2), np.array(truth, dtype=np.int_)
