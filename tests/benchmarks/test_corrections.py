"""The first and second place's corrections, quirks included, beside the exact projection."""

import numpy as np
import pytest

from benchmarks.competition.corrections import first_place, second_place
from benchmarks.competition.published_labels import (
    N_EXAMS,
    N_POSITIVE,
    image_scores,
    posterior_scores,
    published_exams,
)
from pe_models.consistency import broken_rules, project, projection_cost, violations
from pe_models.labels import EXAM_LABELS, RIGHT

NEG, IND, CHRONIC, BOTH, CENTRAL, LEFT_AT, RIGHT_AT, GTE, LT = range(9)


@pytest.fixture(scope="module")
def truth() -> np.ndarray:
    return published_exams(np.random.default_rng(5))


def test_the_published_exams_have_the_published_counts_and_break_no_rule(truth) -> None:
    assert truth.shape == (N_EXAMS, 9)
    assert truth.sum(axis=0).tolist() == [4911, 157, 292, 145, 401, 1544, 1875, 940, 1271]
    assert truth[:, EXAM_LABELS.index(RIGHT)][:N_POSITIVE].sum() == 1875
    assert not broken_rules(truth, np.arange(N_EXAMS) < N_POSITIVE).any()


def test_posterior_scores_are_calibrated(truth) -> None:
    scores = posterior_scores(truth, np.random.default_rng(1), noise=1.6)
    assert scores.mean(axis=0) == pytest.approx(truth.mean(axis=0), abs=0.01)
    doubtful = (scores > 0.4) & (scores < 0.6)
    assert truth[doubtful].mean() == pytest.approx(0.5, abs=0.05)


def test_the_projection_costs_less_than_both_and_leaves_no_rule_broken(truth) -> None:
    rng = np.random.default_rng(7)
    exams = posterior_scores(truth, rng, noise=1.6)
    images = image_scores(exams, rng, n_images=40)
    suspects = broken_rules(exams, images.max(axis=1)).any(axis=1)
    assert 0.05 < suspects.mean() < 0.15
    costs = np.array(
        [
            (
                project(exam, image).cost,
                cost(first_place, exam, image),
                cost(second_place, exam, image),
            )
            for exam, image in zip(exams[suspects], images[suspects], strict=True)
        ]
    )
    assert (costs[:, :1] <= costs + 1e-9).all()
    exact, first, second = costs.sum(axis=0)
    assert exact < first < second


def cost(correct, exam, image) -> float:
    after = correct(exam, image)
    return projection_cost((exam, image), (after.exam, after.image))


@pytest.mark.parametrize("correct", [first_place, second_place])
def test_both_leave_a_valid_exam_alone_or_nearly(correct) -> None:
    exam = np.array([0.1, 0.1, 0.2, 0.1, 0.3, 0.2, 0.9, 0.8, 0.1])
    after = correct(exam, np.array([0.2, 0.9]))
    assert after.exam.tolist() == exam.tolist()
    assert after.image.tolist() == [0.2, 0.9]


def test_the_first_place_moves_the_higher_of_negative_and_indeterminate() -> None:
    after = first_place(np.array([0.4, 0.3, *[0.1] * 7]), np.array([0.1]))
    assert after.exam[:2].tolist() == [0.5 + 1e-6, 0.3]


def test_the_first_place_lifts_no_location_where_the_highest_tie() -> None:
    exam = np.array([0.01, 0.01, 0.1, 0.1, 0.45, 0.45, 0.1, 0.95, 0.05])
    image = np.full(400, 0.9)
    after = first_place(exam, image)
    assert violations(after.exam, after.image) == ("1b",)
    assert project(exam, image).cost > 0


def test_the_second_place_makes_an_indeterminate_exam_positive() -> None:
    exam = np.array([0.3, 0.6, *[0.1] * 7])
    after = second_place(exam, np.array([0.1, 0.2]))
    assert after.exam[IND] == 0.49999
    assert violations(after.exam, after.image) == ()
    assert after.image.max() > 0.5


def test_the_second_place_keeps_the_smaller_ratio_where_both_are_on() -> None:
    exam = np.array([0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.9, 0.95, 0.6])
    after = second_place(exam, np.array([0.9]))
    assert (after.exam[GTE], after.exam[LT]) == (0.4999, 0.6)


def test_the_second_place_follows_negative_against_every_image() -> None:
    exam = np.array([0.51, 0.1, 0.1, 0.1, 0.1, 0.1, 0.9, 0.95, 0.2])
    after = second_place(exam, np.full(5, 0.99))
    assert after.image.max() < 0.5
    assert after.exam[RIGHT_AT] == 0.49999
