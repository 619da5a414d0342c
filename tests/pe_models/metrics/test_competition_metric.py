"""The competition's metric against its formula, one number at a time, and its known baseline."""

import math

import numpy as np
import pytest

from benchmarks.competition.published_labels import N_EXAMS, published_exams
from pe_models.labels import EXAM_LABELS
from pe_models.metrics import (
    CohortScores,
    competition_score,
    cross_entropy,
    label_frequency_scores,
)

PAGE = {  # the competition's evaluation page
    "negative_exam_for_pe": 0.0736196319,
    "indeterminate": 0.09202453988,
    "chronic_pe": 0.1042944785,
    "acute_and_chronic_pe": 0.1042944785,
    "central_pe": 0.1877300613,
    "leftsided_pe": 0.06257668712,
    "rightsided_pe": 0.06257668712,
    "rv_lv_ratio_gte_1": 0.2346625767,
    "rv_lv_ratio_lt_1": 0.0782208589,
}
PAGE_IMAGE = 0.07361963


def score_by_loops(cohort: CohortScores) -> float:
    """The formula of the page: weights of all, with q_i the share of positive images."""

    def bce(y: float, p: float) -> float:
        return -(y * math.log(p) + (1 - y) * math.log(1 - p))

    numerator = denominator = 0.0
    for exam in range(len(cohort.exam_truth)):
        images = [k for k, owner in enumerate(cohort.exam_of_image) if owner == exam]
        q = sum(cohort.image_truth[k] for k in images) / len(images)
        for j, label in enumerate(EXAM_LABELS):
            numerator += PAGE[label] * bce(cohort.exam_truth[exam, j], cohort.exam_scores[exam, j])
        denominator += 1.0
        for k in images:
            numerator += PAGE_IMAGE * q * bce(cohort.image_truth[k], cohort.image_scores[k])
            denominator += PAGE_IMAGE * q
    return numerator / denominator


@pytest.mark.parametrize("seed", range(10))
def test_the_competitions_metric_equals_its_formula(draw_cohort, seed: int) -> None:
    cohort = draw_cohort(seed, n_exams=20)
    found = competition_score(cohort)
    assert found.score == pytest.approx(score_by_loops(cohort), abs=1e-6)
    assert found.image_loss is not None
    assert min(found.exam_loss, found.image_loss) < found.score
    assert found.score < max(found.exam_loss, found.image_loss)


def test_the_order_of_images_does_not_matter(draw_cohort) -> None:
    cohort = draw_cohort()
    order = np.random.default_rng(0).permutation(cohort.image_truth.size)
    shuffled = CohortScores(
        cohort.exam_truth,
        cohort.exam_scores,
        cohort.image_truth[order],
        cohort.image_scores[order],
        cohort.exam_of_image[order],
    )
    assert competition_score(shuffled).score == pytest.approx(competition_score(cohort).score)


def test_label_frequencies_alone_give_the_known_exam_loss() -> None:
    truth = published_exams(np.random.default_rng(0))
    one_image_each = np.zeros(N_EXAMS), np.full(N_EXAMS, 0.05), np.arange(N_EXAMS)
    cohort = CohortScores(truth, np.full(truth.shape, 0.5), *one_image_each)
    frequencies, _ = label_frequency_scores(cohort)
    assert frequencies == pytest.approx(truth.mean(axis=0))
    found = competition_score(
        CohortScores(truth, np.tile(frequencies, (N_EXAMS, 1)), *one_image_each)
    )
    assert found.exam_loss == pytest.approx(0.3183, abs=5e-5)
    assert found.image_loss is None
    assert found.score == pytest.approx(found.exam_loss, abs=1e-9)


def test_no_constant_beats_the_label_frequencies(draw_cohort) -> None:
    cohort = draw_cohort()

    def loss(exam, image: float) -> float:
        n_exams, n_images = len(cohort.exam_truth), len(cohort.image_truth)
        constant = np.tile(exam, (n_exams, 1)), np.full(n_images, image)
        return competition_score(
            CohortScores(
                cohort.exam_truth,
                constant[0],
                cohort.image_truth,
                constant[1],
                cohort.exam_of_image,
            )
        ).score

    exam, image = label_frequency_scores(cohort)
    best = loss(exam, image)
    for step in (-0.02, 0.02):
        assert loss(exam + step, image) > best
        assert loss(exam, image + step) > best


def test_scores_of_exactly_0_and_1_cost_a_finite_loss() -> None:
    assert cross_entropy([1, 0, 1, 0], [1, 0, 0, 1]) == pytest.approx(
        [0, 0, -math.log(1e-15), -math.log(1e-15)], rel=1e-2
    )


def test_the_metric_needs_every_label(draw_cohort) -> None:
    cohort = draw_cohort()
    cohort.exam_truth[0, 0] = np.nan
    for measure in (competition_score, label_frequency_scores):
        with pytest.raises(ValueError, match="every label"):
            measure(cohort)
