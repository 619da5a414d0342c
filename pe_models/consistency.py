"""The 44 valid exam states and the exact projection of raw scores onto them.

A label is on where its score exceeds 0.5; an exam is positive where any image score does. The
rules (``labels.RULES``) leave 1 negative, 1 indeterminate and 42 positive states: 3 chronicities x
7 sets of locations x 2 RV/LV classes. The projection ``q`` of raw scores ``p`` is the optimum of

    sum_j w_j KL(p_j || q_j) + 0.005 w_image sum_k KL(p_k || q_k)

over all valid ``q``, with on meaning at least 0.5 + 1e-6 and off at most 0.5. Within one state the
terms separate, and the nearest allowed value of each score is the score itself or the threshold;
so the optimum is found by costing every state in closed form.
"""

from dataclasses import dataclass
from itertools import product
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pe_models.findings import Verdict
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
    RULES,
    RV_LV_GTE_1,
    RV_LV_LT_1,
)

THRESHOLD: Final = 0.5
"""A score is on above it, off at or below it."""

ON: Final = THRESHOLD + 1e-6
"""The least value that the projection gives to a score that is on."""

IMAGE_COST_FACTOR: Final = 0.005
"""Share of the image weight in the projection's objective."""

_WEIGHTS: Final = np.array([EXAM_WEIGHTS[label] for label in EXAM_LABELS])
_INDEX: Final = {label: index for index, label in enumerate(EXAM_LABELS)}


def _valid_states() -> tuple[frozenset[str], ...]:
    locations = [
        frozenset(
            label for label, is_on in zip((CENTRAL, LEFT, RIGHT), chosen, strict=True) if is_on
        )
        for chosen in product((False, True), repeat=3)
        if any(chosen)
    ]
    chronicities: list[frozenset[str]] = [
        frozenset(),
        frozenset({CHRONIC}),
        frozenset({ACUTE_AND_CHRONIC}),
    ]
    ratios = [frozenset({RV_LV_GTE_1}), frozenset({RV_LV_LT_1})]
    positive = [a | b | c for a, b, c in product(chronicities, locations, ratios)]
    return (frozenset({NEGATIVE}), frozenset({INDETERMINATE}), *positive)


STATES: Final = _valid_states()
"""The valid sets of exam labels that are on: negative, indeterminate, then the 42 positive ones."""

_IS_ON: Final = np.array([[label in state for label in EXAM_LABELS] for state in STATES])
_FIRST_POSITIVE: Final = 2


@dataclass(frozen=True, slots=True, eq=False)
class Projection:
    """Scores that break no rule, and what it cost to get there.

    ``exam`` (label,) in the order of EXAM_LABELS and ``image`` (slice,) are the nearest valid
    scores; ``state`` holds the exam labels that are on; ``violations_before`` names the rules that
    the raw scores broke. ``cost`` is the objective in nats, 0 where nothing was touched.
    """

    exam: NDArray[np.float64]
    image: NDArray[np.float64]
    cost: float
    violations_before: tuple[str, ...]
    state: frozenset[str]

    @property
    def verdict(self) -> Verdict:
        """Read from the consistent state alone."""
        if NEGATIVE in self.state:
            return Verdict.NEGATIVE
        return Verdict.INDETERMINATE if INDETERMINATE in self.state else Verdict.POSITIVE


def broken_rules(exams: ArrayLike, highest_images: ArrayLike) -> NDArray[np.bool_]:
    """Which rules each exam breaks, (exam, rule) in the order of ``labels.RULES``.

    ``exams`` (exam, label) in the order of EXAM_LABELS and ``highest_images`` (exam,), the highest
    image score of each exam.
    """
    on = np.asarray(exams, dtype=np.float64) > THRESHOLD  # (exam, label)
    is_positive = np.asarray(highest_images, dtype=np.float64) > THRESHOLD  # (exam,)
    n_ratios = on[:, _columns(RV_LV_GTE_1, RV_LV_LT_1)].sum(axis=1)
    n_locations = on[:, _columns(CENTRAL, LEFT, RIGHT)].sum(axis=1)
    n_chronicities = on[:, _columns(CHRONIC, ACUTE_AND_CHRONIC)].sum(axis=1)
    n_without_pe = on[:, _columns(NEGATIVE, INDETERMINATE)].sum(axis=1)
    broken = {
        "1a": is_positive & (n_ratios != 1),
        "1b": is_positive & (n_locations == 0),
        "1c": is_positive & (n_chronicities == 2),
        "1d": is_positive & (n_without_pe > 0),
        "2a": ~is_positive & (n_without_pe != 1),
        "2b": ~is_positive & (n_ratios + n_locations + n_chronicities > 0),
    }
    return np.stack([broken[rule] for rule in RULES], axis=1)


def violations(exam: ArrayLike, image: ArrayLike) -> tuple[str, ...]:
    """Names of the broken rules, in the order of ``labels.RULES``.

    ``exam`` (label,) and ``image`` (slice,) are scores in [0, 1]; raises ValueError for others.
    """
    exam_scores, image_scores = _checked(exam, image)
    broken = broken_rules(exam_scores[None], [image_scores.max()])[0]
    return tuple(rule for rule, is_broken in zip(RULES, broken, strict=True) if is_broken)


def project(exam: ArrayLike, image: ArrayLike) -> Projection:
    """The valid scores nearest to the raw ones; scores that break no rule come back untouched.

    ``exam`` (label,) in the order of EXAM_LABELS and ``image`` (slice,), all in [0, 1]. Raises
    ValueError for another shape, no image at all, NaN, or values outside [0, 1].
    """
    exam_scores, image_scores = _checked(exam, image)
    broken = violations(exam_scores, image_scores)
    if not broken:
        return _untouched(exam_scores, image_scores)
    return _onto_state(exam_scores, image_scores, broken, _nearest_state(exam_scores, image_scores))


def project_unable_to_exclude(exam: ArrayLike, image: ArrayLike) -> Projection:
    """As ``project``, for a CT that cannot exclude PE: the outcome is never negative.

    Where any image score exceeds 0.5 it is the nearest of the 42 positive states; otherwise it is
    the indeterminate state outright, however little the scores say so.
    """
    exam_scores, image_scores = _checked(exam, image)
    broken = violations(exam_scores, image_scores)
    if image_scores.max() <= THRESHOLD:
        return _onto_state(
            exam_scores, image_scores, broken, STATES.index(frozenset({INDETERMINATE}))
        )
    if not broken:
        return _untouched(exam_scores, image_scores)
    state = _nearest_state(exam_scores, image_scores, first=_FIRST_POSITIVE)
    return _onto_state(exam_scores, image_scores, broken, state)


def projection_cost(
    before: tuple[NDArray[np.float64], NDArray[np.float64]],
    after: tuple[NDArray[np.float64], NDArray[np.float64]],
) -> float:
    """The objective, in nats, of any correction: (label,) and (slice,) before and after it."""
    (exam, image), (new_exam, new_image) = before, after
    return float(_WEIGHTS @ divergence(exam, new_exam)) + _image_cost(image, new_image)


def divergence(p: NDArray[np.float64], q: NDArray[np.float64]) -> NDArray[np.float64]:
    """Kullback-Leibler divergence KL(p || q) of Bernoulli variables, elementwise, in nats.

    ``p`` in [0, 1] with 0 log 0 = 0; ``q`` in (0, 1) wherever it differs from ``p``.
    """
    return _p_log_ratio(p, q) + _p_log_ratio(1.0 - p, 1.0 - q)


def _columns(*labels: str) -> list[int]:
    return [_INDEX[label] for label in labels]


def _p_log_ratio(p: NDArray[np.float64], q: NDArray[np.float64]) -> NDArray[np.float64]:
    counts = (p > 0.0) & (p != q)
    ratio = np.divide(p, q, out=np.ones_like(p), where=counts)
    terms: NDArray[np.float64] = p * np.log(ratio)
    return terms


def _checked(exam: ArrayLike, image: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    exam_scores = np.asarray(exam, dtype=np.float64)
    image_scores = np.asarray(image, dtype=np.float64)
    if exam_scores.shape != (len(EXAM_LABELS),):
        raise ValueError(f"exam scores have shape {exam_scores.shape}, not ({len(EXAM_LABELS)},)")
    if image_scores.ndim != 1 or image_scores.size == 0:
        raise ValueError(f"image scores have shape {image_scores.shape}, not (slice,)")
    for name, scores in (("exam", exam_scores), ("image", image_scores)):
        if not np.all((scores >= 0.0) & (scores <= 1.0)):
            raise ValueError(f"{name} scores are not all numbers in [0, 1]")
    return exam_scores, image_scores


def _untouched(exam: NDArray[np.float64], image: NDArray[np.float64]) -> Projection:
    state = frozenset(label for label, index in _INDEX.items() if exam[index] > THRESHOLD)
    return Projection(exam.copy(), image.copy(), 0.0, (), state)


def _nearest_state(exam: NDArray[np.float64], image: NDArray[np.float64], *, first: int = 0) -> int:
    """Index in STATES of the cheapest state from ``first`` on."""
    cost_on = _WEIGHTS * divergence(exam, _lifted(exam))
    cost_off = _WEIGHTS * divergence(exam, _lowered(exam))
    costs = np.where(_IS_ON, cost_on, cost_off).sum(axis=1)
    costs[:_FIRST_POSITIVE] += _image_cost(image, _lowered(image))
    costs[_FIRST_POSITIVE:] += _image_cost(image, _with_one_on(image))
    return first + int(np.argmin(costs[first:]))


def _onto_state(
    exam: NDArray[np.float64],
    image: NDArray[np.float64],
    broken: tuple[str, ...],
    state_index: int,
) -> Projection:
    is_positive = state_index >= _FIRST_POSITIVE
    new_exam = np.where(_IS_ON[state_index], _lifted(exam), _lowered(exam))
    new_image = _with_one_on(image) if is_positive else _lowered(image)
    cost = projection_cost((exam, image), (new_exam, new_image))
    return Projection(new_exam, new_image, cost, broken, STATES[state_index])


def _lifted(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.maximum(scores, ON)


def _lowered(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.minimum(scores, THRESHOLD)


def _with_one_on(image: NDArray[np.float64]) -> NDArray[np.float64]:
    """Image scores of a positive exam: those above 0.5 on, or the highest lifted if none is."""
    on = image > THRESHOLD
    if not on.any():
        on[int(np.argmax(image))] = True
    return np.where(on, _lifted(image), image)


def _image_cost(before: NDArray[np.float64], after: NDArray[np.float64]) -> float:
    return IMAGE_COST_FACTOR * IMAGE_WEIGHT * float(divergence(before, after).sum())
