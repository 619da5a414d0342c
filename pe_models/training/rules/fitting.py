"""PlaceRules from examples: the least score of a mark, levels, and the sides of an exam."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pe_models.calibration import net_logit
from pe_models.errors import DatasetError
from pe_models.labels import CENTRAL, LEFT, RIGHT
from pe_models.placing.exam_sides import ExamSideRule, SideWeights
from pe_models.placing.levels import LEVELS, LevelRule
from pe_models.placing.rules import LEAST_BESIDE, LEAST_SCORE, PlaceRules
from pe_models.training.rules.examples import PlaceExample, StudyExamples
from pe_models.training.rules.logistic import logistic_weights

Floats = NDArray[np.float64]

WANTED_POINTING: Final = 0.9
"""Share of marked places, in flags that hold an embolus, that should lie in one."""

_LEAST_PLACES: Final = 30
"""Fewer say nothing."""
_HIGHEST: Final = 0.95
_CANDIDATES: Final = np.round(np.arange(0.3, _HIGHEST + 0.001, 0.05), 2)


def fit_place_rules(
    examples: Sequence[StudyExamples],
    *,
    more_levels: Sequence[PlaceExample] = (),
    fitted_on: str,
) -> PlaceRules:
    """What the examples allow: without voxels of clots, sides alone.

    ``more_levels`` are places of studies that may have trained the nets: how far out an artery lies
    is no secret of theirs. Raises DatasetError where neither side is known of enough exams.
    """
    places = [place for study in examples for place in study.places or ()]
    surest = [place for place in places if place.rank == 0]
    beside = [place for place in places if place.rank > 0]
    return PlaceRules(
        least_score=least_score(surest) or LEAST_SCORE,
        least_beside=least_score(beside) or LEAST_BESIDE,
        levels=fit_levels([*places, *more_levels]),
        exam_sides=fit_exam_sides(examples),
        fitted_on=fitted_on,
    )


def least_score(places: Sequence[PlaceExample]) -> float | None:
    """The least of some scores from which WANTED_POINTING of the places lie in a clot.

    None where too few do to say.
    """
    if sum(place.is_clot for place in places) < _LEAST_PLACES:
        return None
    for least in _CANDIDATES:
        hits = [place.is_clot for place in places if place.score >= least]
        if hits and np.mean(hits) >= WANTED_POINTING:
            return float(least)
    return _HIGHEST


def fit_levels(places: Sequence[PlaceExample]) -> LevelRule | None:
    """Multinomial logistic regression with a ridge; None where a level has no example."""
    told = [(p.numbers, p.level) for p in places if p.numbers is not None and p.level is not None]
    truth = np.array([LEVELS.index(level) for _, level in told])
    if set(truth.tolist()) != set(range(len(LEVELS))):
        return None
    numbers = np.array([numbers for numbers, _ in told])
    mean, scale = numbers.mean(axis=0), np.maximum(numbers.std(axis=0), 1e-6)
    weights = logistic_weights((numbers - mean) / scale, truth)
    return LevelRule(
        tuple(mean.tolist()), tuple(scale.tolist()), tuple(tuple(row) for row in weights.tolist())
    )


def fit_exam_sides(examples: Sequence[StudyExamples]) -> ExamSideRule:
    """Logistic regressions; one for both sides, whose examples are pooled."""
    side_rows, side_truth = [], []
    central_rows, central_truth = [], []
    for study in examples:
        evidence, exam = study.evidence, study.exam
        of_net = {label: net_logit(score) for label, score in study.net_scores.items()}
        pairs = ((RIGHT, evidence.right, evidence.left), (LEFT, evidence.left, evidence.right))
        for label, own, other in pairs:
            if exam[label] is not None:
                side_rows.append((of_net[label], own, other))
                side_truth.append(exam[label])
        if exam[CENTRAL] is not None and evidence.central is not None:
            central_rows.append((of_net[CENTRAL], evidence.central))
            central_truth.append(exam[CENTRAL])
    return ExamSideRule(
        side=_weights(np.array(side_rows), np.array(side_truth), "a side"),
        central=_weights(np.array(central_rows), np.array(central_truth), "central emboli"),
    )


def _weights(rows: Floats, truth: NDArray[np.int_], what: str) -> SideWeights:
    """Raises DatasetError where a class is missing."""
    if len(set(truth.tolist())) < 2:
        raise DatasetError(f"The store has no exams with and without {what} to fit a rule on.")
    *weights, constant = logistic_weights(rows, truth)[1].tolist()
    return SideWeights(constant, *weights)
