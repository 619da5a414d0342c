"""Effect: how much a mend gives, over the studies that were held out and the seeds that trained.

Both vary: each draw of the bootstrap takes studies with replacement, the same for both arms, and
seeds with replacement, so that an effect of one lucky start has a wide interval.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from pe_models.evaluation.estimators import (
    Estimator,
    Floats,
    competition_estimator,
    label_estimators,
)
from pe_models.evaluation.finding import MarkBy, finding_estimators, marked_studies
from pe_models.evaluation.kept import Judged
from pe_models.labels import NEGATIVE

FIGURES: Final = {
    "image_auc": "AUC of slices",
    "image_auc_within_positive": "AUC of slices of positive exams",
    "sensitivity_at_1fp": "emboli found at one false mark a study",
    f"exam.{NEGATIVE}.auc": "AUC of exams, PE or not",
    "competition_score": "the competition's metric (less is better)",
}
BOOTSTRAPS: Final = 1000
_SEED: Final = 20_261_121
_TAIL: Final = 0.025

Pair = tuple[Sequence[Judged], Sequence[Judged]]
"""The held-out studies without the mend, and with it."""


@dataclass(frozen=True, slots=True)
class Effect:
    """Means over the seeds of a figure without and with a mend, and of their difference.

    ``low`` and ``high`` are the 95 % interval of the difference, ``by_seed`` the difference of each
    seed.
    """

    without: float
    mended: float
    difference: float
    low: float
    high: float
    by_seed: tuple[float, ...]

    @property
    def is_clear(self) -> bool:
        """Whether the interval leaves out zero."""
        return not self.low <= 0.0 <= self.high


def effects(pairs: Sequence[Pair]) -> dict[str, Effect]:
    """Of each figure that is defined, from a pair for each seed, all of the same studies."""
    estimators = [tuple(_estimators(judged) for judged in pair) for pair in pairs]
    n_studies = len(pairs[0][0])
    found = {
        name: _effect([(weak[name], mended[name]) for weak, mended in estimators], n_studies)
        for name in FIGURES
        if all(name in figures for pair in estimators for figures in pair)
    }
    return {name: effect for name, effect in found.items() if np.isfinite(effect.difference)}


def _estimators(judged: Sequence[Judged]) -> Mapping[str, Estimator]:
    found = {**label_estimators(judged), **competition_estimator(judged)}
    marked = marked_studies(judged, MarkBy.SLICE)
    return found if marked is None else found | finding_estimators(marked)


def _effect(by_seed: Sequence[tuple[Estimator, Estimator]], n_studies: int) -> Effect:
    whole = np.ones(n_studies)
    values = np.array([[arm(whole) for arm in pair] for pair in by_seed])  # (seed, arm)
    rng = np.random.default_rng(_SEED)
    drawn = [_drawn(by_seed, n_studies, rng) for _ in range(BOOTSTRAPS)]
    low, high = np.nanquantile(drawn, [_TAIL, 1.0 - _TAIL])
    without, mended = values.mean(axis=0).tolist()
    differences = tuple((values[:, 1] - values[:, 0]).tolist())
    return Effect(without, mended, mended - without, float(low), float(high), differences)


def _drawn(
    by_seed: Sequence[tuple[Estimator, Estimator]], n_studies: int, rng: np.random.Generator
) -> float:
    """The mean difference of one draw of studies and of seeds."""
    weights: Floats = rng.multinomial(n_studies, np.full(n_studies, 1 / n_studies)).astype(float)
    seeds = rng.integers(len(by_seed), size=len(by_seed))
    return float(np.mean([by_seed[s][1](weights) - by_seed[s][0](weights) for s in seeds]))
