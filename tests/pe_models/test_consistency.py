"""The projection is valid for any input and exact; what it breaks no rule with it leaves alone."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy import optimize

from pe_models.consistency import (
    IMAGE_COST_FACTOR,
    ON,
    STATES,
    Projection,
    broken_rules,
    project,
    project_unable_to_exclude,
    violations,
)
from pe_models.findings import Verdict
from pe_models.labels import EXAM_LABELS, EXAM_WEIGHTS, IMAGE_WEIGHT, RULES

WEIGHTS = np.array([EXAM_WEIGHTS[label] for label in EXAM_LABELS])
NEG, IND, CHRONIC, BOTH, CENTRAL, LEFT, RIGHT, GTE, LT = range(9)

unit = st.floats(0.0, 1.0)
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


GOLDEN = (np.sqrt(5.0) - 1) / 2


def least_kl(p, low: float, high: float):
    """The least KL(p || q) over q in [low, high] by golden-section search, elementwise."""
    p = np.asarray(p, dtype=float)
    a, b = np.full(p.shape, low), np.full(p.shape, high)
    for _ in range(80):
        left, right = b - GOLDEN * (b - a), a + GOLDEN * (b - a)
        keeps_left = kl_of(p, left) < kl_of(p, right)
        a, b = np.where(keeps_left, a, left), np.where(keeps_left, right, b)
    return np.minimum.reduce([kl_of(p, q) for q in ((a + b) / 2, a * 0 + low, a * 0 + high)])


def kl_of(p, q):
    """KL(p || q) elementwise for p and q strictly between 0 and 1."""
    return p * np.log(p / q) + (1 - p) * np.log((1 - p) / (1 - q))


VALID_POSITIVE, VALID_NEGATIVE = (
    np.array([on for on in product((False, True), repeat=9) if obeys_rules(on, any_image)])
    for any_image in (True, False)
)


def optimal_costs(exams, images):
    """(exam,) the optimum over every valid pattern, each score moved by a numeric search."""
    on, off = (WEIGHTS * least_kl(exams, *ends) for ends in ((ON, 1 - 1e-12), (1e-12, 0.5)))
    image_on, image_off = (least_kl(images, *ends) for ends in ((ON, 1 - 1e-12), (1e-12, 0.5)))
    weight = IMAGE_COST_FACTOR * IMAGE_WEIGHT
    free = np.minimum(image_on, image_off)
    one_on = free.sum(axis=1) + (image_on - free).min(axis=1)
    positive = np.where(VALID_POSITIVE[:, None], on, off).sum(axis=2).min(axis=0)
    negative = np.where(VALID_NEGATIVE[:, None], on, off).sum(axis=2).min(axis=0)
    return np.minimum(positive + weight * one_on, negative + weight * image_off.sum(axis=1))


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


PATTERNS = np.array(list(product((False, True), repeat=10)))  # nine exam labels, and the images


@pytest.mark.parametrize("seed", range(3))
def test_the_cost_of_every_pattern_of_thresholds_is_that_of_a_numeric_optimum(seed: int) -> None:
    rng = np.random.default_rng(seed)
    on, any_image = PATTERNS[:, :9], PATTERNS[:, 9]
    exams = rng.uniform(0.001, 0.5, on.shape) + np.where(on, 0.499, 0.0)
    images = rng.uniform(0.001, 0.5, (len(on), 4))
    images[np.arange(len(on)), rng.integers(0, 4, len(on))] += 0.499 * any_image
    optima = optimal_costs(exams, images)
    n_valid = 0
    for exam, image, optimum in zip(exams, images, optima, strict=True):
        projection = project(exam, image)
        assert_valid(projection)
        recomputed = objective(exam, image, projection.exam, projection.image)
        assert projection.cost == pytest.approx(recomputed, abs=1e-12)
        if obeys_rules(tuple(exam > 0.5), bool((image > 0.5).any())):
            n_valid += 1
            assert projection.cost == 0.0
        else:
            assert projection.cost == pytest.approx(optimum, abs=1e-6)
    assert n_valid == 44


def test_no_joint_search_from_within_any_state_ends_below_the_projection() -> None:
    rng = np.random.default_rng(0)
    exam, image = rng.uniform(0.05, 0.95, 9), rng.uniform(0.05, 0.95, 2)
    assert violations(exam, image)
    scores = np.concatenate((exam, image))
    weights = np.concatenate((WEIGHTS, np.full(2, IMAGE_COST_FACTOR * IMAGE_WEIGHT)))
    costs = []
    for on in product((False, True), repeat=11):
        if obeys_rules(on[:9], any(on[9:])):
            bounds = [(ON, 0.999) if is_on else (0.001, 0.5) for is_on in on]
            start = [rng.uniform(*ends) for ends in bounds]
            costs.append(
                optimize.minimize(
                    lambda q: 1e3 * float(weights @ kl_of(scores, q)),
                    start,
                    jac=lambda q: 1e3 * weights * (q - scores) / (q * (1 - q)),
                    bounds=bounds,
                    method="L-BFGS-B",
                ).fun
                / 1e3
            )
    assert project(exam, image).cost == pytest.approx(min(costs), abs=1e-6)


def test_rules_of_many_exams_at_once_are_those_of_each() -> None:
    rng = np.random.default_rng(3)
    exam, image = rng.random((200, 9)), rng.random((200, 1))
    table = broken_rules(exam, image[:, 0])
    for broken, scores, one in zip(table, exam, image, strict=True):
        named = tuple(rule for rule, is_broken in zip(RULES, broken, strict=True) if is_broken)
        assert named == violations(scores, one)
    assert table.any(axis=0).all()


@given(exams, images)
def test_valid_scores_are_not_touched(exam, image) -> None:
    first = project(exam, image)
    again = project(first.exam, first.image)
    assert np.array_equal(again.exam, first.exam)
    assert np.array_equal(again.image, first.image)
    assert again.cost == 0.0
    assert again.violations_before == ()


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
