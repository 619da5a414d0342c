"""How well the ventricles are measured: bias and limits of RV/LV, and strain told from none.

Limits of agreement as Bland and Altman have them (Lancet 1986;327:307), of measured less true
ratios of the studies that were not refused.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from pe_models.evaluation.estimators import Estimator, Floats, auc_estimator, mean_estimator
from pe_models.evaluation.kept import Judged
from pe_models.heart.strain import share_logit
from pe_models.heart_findings import STRAIN_RATIO
from pe_models.labels import RV_LV_GTE_1, RV_LV_LT_1

WANTED_NEARNESS: Final = 0.12
"""95 % of ratios are to lie so near to the true ones."""

_95_PERCENT: Final = 1.96


@dataclass(frozen=True, slots=True, eq=False)
class MeasuredHearts:
    """Ratios (heart,) of the studies whose truth is known and that were not refused.

    ``study`` is the place of each among the judged; ``low`` and ``high`` are the ends of its 95 %
    interval, NaN where the bundle gives none.
    """

    ratio: Floats
    truth: Floats
    low: Floats
    high: Floats
    study: np.ndarray[tuple[int], np.dtype[np.intp]]

    @property
    def error(self) -> Floats:
        away: Floats = self.ratio - self.truth
        return away


def measured_hearts(judged: Sequence[Judged]) -> MeasuredHearts | None:
    """None where no study tells its ventricles' widths, or none was measured."""
    rows = []
    for place, one in enumerate(judged):
        true_mm, heart = one.truth.ventricles_mm, one.scores.heart
        if true_mm is None or heart is None or heart.ratio is None:
            continue
        reach = heart.range
        ends = (np.nan, np.nan) if reach is None else (reach.low, reach.high)
        rows.append((heart.ratio, true_mm[0] / true_mm[1], *ends, place))
    if not rows:
        return None
    ratio, truth, low, high, study = np.array(rows, dtype=np.float64).T
    return MeasuredHearts(ratio, truth, low, high, study.astype(np.intp))


def heart_estimators(judged: Sequence[Judged]) -> dict[str, Estimator]:
    """``heart.bias`` (mean error of RV/LV), ``heart.near`` (share within 0.12 of the truth) and
    ``heart.strain_auc`` (true ratios of 1 or more told from others); {} where none was measured.

    Of exams with PE whose ratio was measured, how well their two RV/LV labels are told apart:
    ``heart.label_auc`` by the exam's scores, ``heart.label_auc_of_net`` by the net's own.
    """
    hearts = measured_hearts(judged)
    if hearts is None:
        return {}
    is_strained = (hearts.truth >= STRAIN_RATIO).astype(np.float64)
    is_near = (np.abs(hearts.error) <= WANTED_NEARNESS).astype(np.float64)
    return {
        "heart.bias": mean_estimator(hearts.error, hearts.study),
        "heart.near": mean_estimator(is_near, hearts.study),
        "heart.strain_auc": auc_estimator(is_strained, hearts.ratio, hearts.study),
        **_label_estimators(judged),
    }


def _label_estimators(judged: Sequence[Judged]) -> dict[str, Estimator]:
    """{} where no such exam has both labels told."""
    rows = []
    for place, one in enumerate(judged):
        exam, heart = one.truth.exam, one.scores.heart
        if heart is None or heart.ratio is None or {exam[RV_LV_GTE_1], exam[RV_LV_LT_1]} != {0, 1}:
            continue
        above, below = (one.scores.exam[label] for label in (RV_LV_GTE_1, RV_LV_LT_1))
        told = share_logit(above.calibrated, below.calibrated)
        rows.append((exam[RV_LV_GTE_1], told, share_logit(above.raw, below.raw), place))
    if not rows:
        return {}
    truth, told, of_net, study = np.array(rows, dtype=np.float64).T
    at = study.astype(np.intp)
    return {
        "heart.label_auc": auc_estimator(truth, told, at),
        "heart.label_auc_of_net": auc_estimator(truth, of_net, at),
    }


def heart_figures(judged: Sequence[Judged]) -> dict[str, Any] | None:
    """The object ``heart`` of ``metrics.json``; None where no heart was measured."""
    hearts = measured_hearts(judged)
    if hearts is None:
        return None
    ones = np.ones(len(judged))
    bias, sd = float(hearts.error.mean()), float(hearts.error.std())
    has_range = np.isfinite(hearts.low)
    held = (hearts.low <= hearts.truth) & (hearts.truth <= hearts.high)
    return {
        "n_measured": len(hearts.ratio),
        "refused": _refused(judged),
        **{name.removeprefix("heart."): _number(found(ones))
           for name, found in heart_estimators(judged).items()},
        "limits": [bias - _95_PERCENT * sd, bias + _95_PERCENT * sd],
        "interval_holds": float(held[has_range].mean()) if has_range.any() else None,
    }  # fmt: skip


def _refused(judged: Sequence[Judged]) -> dict[str, int]:
    """How many studies were refused, by the code of the reason."""
    hearts = (one.scores.heart for one in judged)
    codes = (heart.refusal for heart in hearts if heart is not None)
    return dict(sorted(Counter(code.value for code in codes if code is not None).items()))


def _number(value: float) -> float | None:
    return value if np.isfinite(value) else None
