"""The projection is valid for any input, exact, and cheaper than greedy corrections."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from pe_models.consistency import (
    IMAGE_COST_FACTOR,
    ON,
    STATES,
    Projection,
    project,
    project_unable_to_exclude,
    violations,
)
from pe_models.findings import Verdict
from pe_models.labels import EXAM_LABELS, EXAM_WEIGHTS, IMAGE_WEIGHT, RULES

WEIGHTS = np.array([EXAM_WEIGHTS[label] for label in EXAM_LABELS])
NEG, IND, CHRONIC, BOTH, CENTRAL, LEFT, RIGHT, GTE, LT = range(9)

unit = st.floats(0.0, 1.0, allow_subnormal=False)
exams = arrays.arrays(np.float64, 9, elements=unit)
images = arrays.arrays(np.float64, st.integers(1, 5), elements=unit)


def kl(p: float, q: float) -> float:
    """Bernoulli divergence by its definition, one number at a time."""
    total = 0.0
    if p > 0:
        total += p * np.log(p / q)
    if p < 1:
        total += (1 - p) * np.log((1 - p) / (1 - q))
    return total


def objective(exam, image, new_exam, new_image) -> float:
    exam_cost = sum(w * kl(p, q) for w, p, q in zip(WEIGHTS, exam, new_exam, strict=True) if p != q)
    image_cost = sum(kl(p, q) for p, q in zip(image, new_image, strict=True) if p != q)
    return exam_cost + IMAGE_COST_FACTOR * IMAGE_WEIGHT * image_cost


def obeys_rules(on: tuple[bool, ...], any_image: bool) -> bool:
    """The rules written anew from the competition's text."""
    if not any_image:
        return sorted((on[NEG], on[IND])) == [False, True] and not any(on[CHRONIC:])
    return (
        on[GTE] != on[LT]
        and (on[CENTRAL] or on[LEFT] or on[RIGHT])
        and not (on[CHRONIC] and on[BOTH])
        and not on[NEG]
        and not on[IND]
    )


def to_pattern(scores, pattern):
    return [max(s, ON) if is_on else min(s, 0.5) for s, is_on in zip(scores, pattern, strict=True)]


def brute_force_cost(exam, image) -> float:
    """The least cost over all 2^9 exam patterns and all 2^n image patterns that obey the rules."""
    if obeys_rules(tuple(exam > 0.5), bool((image > 0.5).any())):
        return 0.0
    image_costs = {True: np.inf, False: np.inf}
    for pattern in product((False, True), repeat=image.size):
        cost = objective(exam, image, exam, to_pattern(image, pattern))
        image_costs[any(pattern)] = min(image_costs[any(pattern)], cost)
    best = np.inf
    for pattern in product((False, True), repeat=9):
        for any_image, image_cost in image_costs.items():
            if obeys_rules(pattern, any_image):
                exam_cost = objective(exam, image, to_pattern(exam, pattern), image)
                best = min(best, exam_cost + image_cost)
    return best


def winners_correction(exam, image):
    """The first place's two candidates: offending scores moved across 0.5 one rule at a time."""
    negative = np.minimum(exam, 0.5)
    negative[NEG if exam[NEG] >= exam[IND] else IND] = max(exam[NEG], exam[IND], ON)
    positive, lifted = exam.copy(), image.copy()
    positive[[NEG, IND]] = np.minimum(positive[[NEG, IND]], 0.5)
    if not (positive[[CENTRAL, LEFT, RIGHT]] > 0.5).any():
        positive[CENTRAL + int(np.argmax(exam[[CENTRAL, LEFT, RIGHT]]))] = ON
    more, less = (GTE, LT) if exam[GTE] >= exam[LT] else (LT, GTE)
    positive[more], positive[less] = max(positive[more], ON), min(positive[less], 0.5)
    if (positive[[CHRONIC, BOTH]] > 0.5).all():
        positive[CHRONIC if exam[CHRONIC] < exam[BOTH] else BOTH] = 0.5
    if not (image > 0.5).any():
        lifted[int(np.argmax(image))] = ON
    candidates = [(negative, np.minimum(image, 0.5)), (positive, lifted)]
    return min(candidates, key=lambda pair: cross_entropy(exam, image, *pair))


def rule_based_correction(exam, image):
    """The images decide whether the exam is positive; the labels follow them."""
    corrected = np.minimum(exam, 0.5)
    if not (image > 0.5).any():
        corrected[NEG if exam[NEG] >= exam[IND] else IND] = max(exam[NEG], exam[IND], ON)
        return corrected, image
    for group in ([CENTRAL, LEFT, RIGHT], [GTE, LT]):
        chosen = [j for j in group if exam[j] > 0.5] or [group[int(np.argmax(exam[group]))]]
        if group == [GTE, LT]:
            chosen = [group[int(np.argmax(exam[group]))]]
        corrected[chosen] = np.maximum(exam[chosen], ON)
    chronicity = CHRONIC if exam[CHRONIC] >= exam[BOTH] else BOTH
    corrected[chronicity] = exam[chronicity]
    return corrected, image


def cross_entropy(exam, image, new_exam, new_image) -> float:
    def entropy(p, q):
        q = np.clip(q, 1e-7, 1 - 1e-7)
        return -(p * np.log(q) + (1 - p) * np.log(1 - q))

    return float(
        WEIGHTS @ entropy(exam, new_exam)
        + IMAGE_COST_FACTOR * IMAGE_WEIGHT * entropy(image, new_image).sum()
    )


def assert_valid(projection: Projection) -> None:
    assert violations(projection.exam, projection.image) == ()
    assert projection.state in STATES
    on = {label for label, q in zip(EXAM_LABELS, projection.exam, strict=True) if q > 0.5}
    assert on == projection.state


def test_there_are_exactly_44_valid_states() -> None:
    patterns = {
        frozenset(label for label, is_on in zip(EXAM_LABELS, pattern, strict=True) if is_on)
        for pattern in product((False, True), repeat=9)
        if obeys_rules(pattern, True) or obeys_rules(pattern, False)
    }
    assert len(STATES) == 44
    assert set(STATES) == patterns


@given(exams, images)
def test_no_violation_is_left_whatever_the_scores(exam, image) -> None:
    assert_valid(project(exam, image))
    assert_valid(project_unable_to_exclude(exam, image))


def test_no_violation_is_left_for_any_pattern_of_thresholds() -> None:
    values = np.array([0.2, 0.8])
    for pattern in product((0, 1), repeat=11):
        scores = values[list(pattern)]
        exam, image = scores[:9], scores[9:]
        projection = project(exam, image)
        assert_valid(projection)
        is_valid = obeys_rules(tuple(exam > 0.5), bool((image > 0.5).any()))
        assert (projection.violations_before == ()) == is_valid


@pytest.mark.parametrize("seed", range(25))
def test_the_cost_is_that_of_a_brute_force_optimum(seed: int) -> None:
    rng = np.random.default_rng(seed)
    exam, image = rng.beta(0.5, 0.5, 9), rng.beta(0.5, 0.5, 4)
    projection = project(exam, image)
    assert projection.cost == pytest.approx(brute_force_cost(exam, image), abs=1e-6)
    recomputed = objective(exam, image, projection.exam, projection.image)
    assert projection.cost == pytest.approx(recomputed, abs=1e-12)


@given(exams, images)
def test_valid_scores_are_not_touched(exam, image) -> None:
    first = project(exam, image)
    again = project(first.exam, first.image)
    assert np.array_equal(again.exam, first.exam)
    assert np.array_equal(again.image, first.image)
    assert again.cost == 0.0
    assert again.violations_before == ()


def test_the_projection_costs_less_than_the_winners_and_a_rule_based_correction() -> None:
    rng = np.random.default_rng(7)
    projected, greedy, ruled = 0.0, 0.0, 0.0
    for _ in range(400):
        exam, image = rng.beta(0.7, 0.7, 9), rng.beta(0.2, 2.0, 60)
        projection = project(exam, image)
        greedy_cost = objective(exam, image, *winners_correction(exam, image))
        ruled_cost = objective(exam, image, *rule_based_correction(exam, image))
        assert projection.cost <= greedy_cost + 1e-9
        assert projection.cost <= ruled_cost + 1e-9
        projected += projection.cost
        greedy += greedy_cost
        ruled += ruled_cost
    assert projected < greedy < ruled


def test_a_positive_exam_without_a_positive_image_gets_its_cheapest_image_lifted() -> None:
    exam = [0.01, 0.01, 0.1, 0.1, 0.9, 0.2, 0.8, 0.9, 0.1]
    projection = project(exam, [0.1, 0.45, 0.3])
    assert projection.verdict is Verdict.POSITIVE
    assert projection.image.tolist() == [0.1, ON, 0.3]
    assert projection.violations_before == ("2a", "2b")


def test_one_weak_image_does_not_turn_a_clearly_negative_exam_positive() -> None:
    exam = [0.97, 0.02, 0.01, 0.01, 0.02, 0.03, 0.04, 0.02, 0.05]
    projection = project(exam, [0.1, 0.52, 0.3])
    assert projection.verdict is Verdict.NEGATIVE
    assert projection.image.tolist() == [0.1, 0.5, 0.3]
    assert projection.violations_before == ("1a", "1b", "1d")


@pytest.mark.parametrize(
    ("changes", "image", "rule"),
    [
        ({LT: 0.9}, 0.9, "1a"),
        ({RIGHT: 0.1}, 0.9, "1b"),
        ({CHRONIC: 0.9, BOTH: 0.9}, 0.9, "1c"),
        ({NEG: 0.9}, 0.9, "1d"),
        ({RIGHT: 0.1, GTE: 0.1}, 0.1, "2a"),
        ({NEG: 0.9}, 0.1, "2b"),
    ],
)
def test_each_rule_is_named_where_it_alone_is_broken(changes, image, rule) -> None:
    exam = np.full(9, 0.1)
    exam[[RIGHT, GTE]] = 0.9
    for label, score in changes.items():
        exam[label] = score
    assert violations(exam, [image]) == (rule,)
    assert rule in RULES


def test_a_ct_that_cannot_exclude_pe_is_indeterminate_outright_without_a_positive_image() -> None:
    exam = [0.99, 0.001, 0.01, 0.01, 0.02, 0.03, 0.04, 0.02, 0.05]
    projection = project_unable_to_exclude(exam, [0.5, 0.1])
    assert projection.verdict is Verdict.INDETERMINATE
    assert projection.exam[NEG] == 0.5
    assert projection.exam[IND] == ON
    assert projection.violations_before == ()
    assert projection.cost == pytest.approx(
        objective(exam, [0.5, 0.1], projection.exam, projection.image), abs=1e-12
    )


@given(exams, images)
def test_a_ct_that_cannot_exclude_pe_is_positive_exactly_with_a_positive_image(exam, image) -> None:
    projection = project_unable_to_exclude(exam, image)
    expected = Verdict.POSITIVE if (image > 0.5).any() else Verdict.INDETERMINATE
    assert projection.verdict is expected


def test_scores_of_exactly_0_and_1_have_finite_costs() -> None:
    projection = project([1, 1, 0, 0, 1, 0, 0, 1, 1], [0.0, 1.0])
    assert_valid(projection)
    # the cheapest way to positive: negative, indeterminate and RV/LV < 1 lowered from 1 to 0.5
    lowered = EXAM_WEIGHTS["negative_exam_for_pe"] + EXAM_WEIGHTS["indeterminate"]
    lowered += EXAM_WEIGHTS["rv_lv_ratio_lt_1"]
    assert projection.cost == pytest.approx(lowered * np.log(2.0), abs=1e-9)


@pytest.mark.parametrize(
    ("exam", "image"),
    [
        ([0.5] * 8, [0.5]),
        ([0.5] * 9, []),
        ([0.5] * 9, [[0.5]]),
        ([np.nan] + [0.5] * 8, [0.5]),
        ([0.5] * 9, [np.nan]),
        ([1.1] + [0.5] * 8, [0.5]),
        ([0.5] * 9, [-0.1]),
    ],
)
def test_scores_that_are_none_are_refused(exam, image) -> None:
    with pytest.raises(ValueError, match="scores"):
        project(exam, image)


def test_the_inputs_are_left_as_they_are() -> None:
    exam, image = np.full(9, 0.6), np.full(3, 0.4)
    project(exam, image)
    assert np.all(exam == 0.6)
    assert np.all(image == 0.4)
