"""Measures against definitions written anew, and the competition's own figures."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pe_models.labels import EXAM_LABELS, EXAM_WEIGHTS, IMAGE_LABEL, IMAGE_WEIGHT
from pe_models.metrics import (
    CohortScores,
    Proportion,
    auc,
    average_precision,
    brier,
    competition_score,
    cross_entropy,
    expected_calibration_error,
    label_measures,
    operating_point,
)

N_STUDIES = 7279
COUNTS = {  # of the competition's training table
    "negative_exam_for_pe": 4911,
    "indeterminate": 157,
    "chronic_pe": 292,
    "acute_and_chronic_pe": 145,
    "central_pe": 401,
    "leftsided_pe": 1544,
    "rightsided_pe": 1875,
    "rv_lv_ratio_gte_1": 940,
    "rv_lv_ratio_lt_1": 1271,
}
ranked = st.lists(st.tuples(st.booleans(), st.sampled_from([0.1, 0.3, 0.5, 0.9])), min_size=1)


def drawn_cohort(seed: int = 4, n_exams: int = 12) -> CohortScores:
    rng = np.random.default_rng(seed)
    exam_of_image = rng.permutation(np.repeat(np.arange(n_exams), rng.integers(3, 30, n_exams)))
    return CohortScores(
        exam_truth=rng.integers(0, 2, (n_exams, 9)).astype(float),
        exam_scores=rng.random((n_exams, 9)),
        image_truth=(rng.random(exam_of_image.size) < 0.1 * (exam_of_image % 3)).astype(float),
        image_scores=rng.random(exam_of_image.size),
        exam_of_image=exam_of_image,
    )


def score_by_loops(cohort: CohortScores) -> float:
    """The formula of the competition's evaluation page, one number at a time."""

    def bce(y: float, p: float) -> float:
        return -(y * math.log(p) + (1 - y) * math.log(1 - p))

    numerator = denominator = 0.0
    for exam in range(cohort.n_exams):
        images = [k for k, owner in enumerate(cohort.exam_of_image) if owner == exam]
        share = sum(cohort.image_truth[k] for k in images) / len(images)
        for j, label in enumerate(EXAM_LABELS):
            weight = EXAM_WEIGHTS[label]
            numerator += weight * bce(cohort.exam_truth[exam, j], cohort.exam_scores[exam, j])
            denominator += weight
        for k in images:
            weight = IMAGE_WEIGHT * share
            numerator += weight * bce(cohort.image_truth[k], cohort.image_scores[k])
            denominator += weight
    return numerator / denominator


@pytest.mark.parametrize("seed", range(5))
def test_the_competitions_metric_equals_its_formula(seed: int) -> None:
    cohort = drawn_cohort(seed)
    assert competition_score(cohort).score == pytest.approx(score_by_loops(cohort), abs=1e-6)


def test_label_frequencies_alone_give_the_known_exam_loss() -> None:
    truth = np.zeros((N_STUDIES, 9))
    for index, label in enumerate(EXAM_LABELS):
        truth[: COUNTS[label], index] = 1
    scores = np.tile(truth.mean(axis=0), (N_STUDIES, 1))
    one_image_each = np.zeros(N_STUDIES), np.full(N_STUDIES, 0.05), np.arange(N_STUDIES)
    found = competition_score(CohortScores(truth, scores, *one_image_each))
    assert found.exam_loss == pytest.approx(0.3183, abs=5e-5)
    assert found.image_loss is None
    assert found.score == pytest.approx(found.exam_loss, abs=1e-9)


def test_the_metric_needs_every_label() -> None:
    cohort = drawn_cohort()
    cohort.exam_truth[0, 0] = np.nan
    with pytest.raises(ValueError, match="every label"):
        competition_score(cohort)


@given(ranked)
def test_auc_is_the_share_of_pairs_in_order(pairs) -> None:
    truth, scores = [float(y) for y, _ in pairs], [s for _, s in pairs]
    positive = [s for y, s in pairs if y]
    negative = [s for y, s in pairs if not y]
    found = auc(truth, scores)
    if not positive or not negative:
        assert found is None
    else:
        wins = [(p > n) + 0.5 * (p == n) for p in positive for n in negative]
        assert found == pytest.approx(np.mean(wins))


def test_average_precision_is_the_sum_of_precision_over_gains_in_recall() -> None:
    # ranks: hit, miss, hit, miss: precision 1 and 2/3 at the hits
    assert average_precision([1, 0, 1, 0], [0.9, 0.8, 0.7, 0.1]) == pytest.approx((1 + 2 / 3) / 2)
    # one tied group of all: precision is the prevalence
    assert average_precision([1, 0, 0, 1], [0.5] * 4) == pytest.approx(0.5)
    assert average_precision([0, 0], [0.1, 0.2]) is None


def test_within_positive_exams_a_detector_of_pe_gains_nothing() -> None:
    rng = np.random.default_rng(2)
    n = 600
    positive = np.arange(n) < n // 2
    truth = np.zeros((n, 9))
    truth[positive, EXAM_LABELS.index("rightsided_pe")] = rng.integers(0, 2, n // 2)
    scores = np.tile(np.where(positive, 0.9, 0.1)[:, None], (1, 9)) + rng.normal(0, 1e-3, (n, 9))
    image_truth = positive.astype(float)
    measures = label_measures(CohortScores(truth, scores, image_truth, scores[:, 0], np.arange(n)))
    right = measures["rightsided_pe"]
    # of the exams without the label 300 are negative and lose, 150 are positive and toss a coin
    assert right.auc == pytest.approx((300 + 150 / 2) / 450, abs=0.03)
    assert right.auc_within_positive == pytest.approx(0.5, abs=0.1)
    assert measures[IMAGE_LABEL].auc == 1.0
    assert measures[IMAGE_LABEL].auc_within_positive is None


def test_unknown_truth_is_left_out() -> None:
    cohort = drawn_cohort()
    cohort.exam_truth[:3, 0] = np.nan
    measures = label_measures(cohort)[EXAM_LABELS[0]]
    known = cohort.exam_truth[3:, 0], cohort.exam_scores[3:, 0]
    assert measures.loss == pytest.approx(cross_entropy(*known).mean())
    assert measures.auc == auc(*known)


def test_an_operating_point_counts_scores_above_its_threshold() -> None:
    point = operating_point([1, 1, 0, 0, 0], [0.9, 0.5, 0.5, 0.6, 0.1], 0.5)
    assert (point.sensitivity.n_hits, point.sensitivity.n) == (1, 2)
    assert (point.specificity.n_hits, point.specificity.n) == (2, 3)


def test_intervals_are_wilsons() -> None:
    # Newcombe, Statistics in Medicine 1998, table I: 81/263 and 0/20
    assert Proportion(81, 263).interval == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert Proportion(0, 20).interval == pytest.approx((0.0, 0.1611), abs=5e-5)
    assert Proportion(0, 0).value is None
    assert Proportion(0, 0).interval == (0.0, 1.0)


def test_calibration_measures_of_known_scores() -> None:
    # two bins: four scores of 0.2 with 1 positive, two of 0.8 with 1 positive
    truth, scores = [1, 0, 0, 0, 1, 0], [0.2] * 4 + [0.8] * 2
    expected = (4 * abs(0.2 - 0.25) + 2 * abs(0.8 - 0.5)) / 6
    assert expected_calibration_error(truth, scores, n_bins=10) == pytest.approx(expected)
    assert brier(truth, scores) == pytest.approx((0.64 + 3 * 0.04 + 0.04 + 0.64) / 6)
    assert expected_calibration_error([1.0], [1.0]) == 0.0
    assert expected_calibration_error([np.nan], [0.3]) is None
    assert brier([np.nan], [0.3]) is None


@pytest.mark.parametrize(
    ("truth", "scores"), [([2], [0.1]), ([1], [np.nan]), ([1, 0], [0.5]), ([[1]], [[0.5]])]
)
def test_what_is_no_truth_or_score_is_refused(truth, scores) -> None:
    with pytest.raises(ValueError, match="truth|scores"):  # noqa: RUF043
        auc(truth, scores)


def test_a_cohort_whose_arrays_do_not_fit_is_refused() -> None:
    good = drawn_cohort()
    parts = [good.exam_truth, good.exam_scores, good.image_truth, good.image_scores]
    with pytest.raises(ValueError, match="belongs to no exam"):
        CohortScores(*parts, good.exam_of_image + good.n_exams)
    with pytest.raises(ValueError, match="differ in length"):
        CohortScores(*parts[:3], good.image_scores[1:], good.exam_of_image)
    with pytest.raises(ValueError, match="exam scores"):
        CohortScores(parts[0], parts[1][:, 1:], *parts[2:], good.exam_of_image)
    with pytest.raises(ValueError, match="exam truth"):
        CohortScores(parts[0][:0], *parts[1:], good.exam_of_image)
