"""Measures by label, overall and within positive exams; cohorts that do not fit."""

import numpy as np
import pytest

from pe_models.labels import EXAM_LABELS, IMAGE_LABEL
from pe_models.metrics import (
    CohortScores,
    auc,
    auc_with_interval,
    cross_entropy,
    label_measures,
)


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


def test_unknown_truth_is_left_out(draw_cohort) -> None:
    cohort = draw_cohort()
    cohort.exam_truth[:3, 0] = np.nan
    measures = label_measures(cohort)[EXAM_LABELS[0]]
    known = cohort.exam_truth[3:, 0], cohort.exam_scores[3:, 0]
    assert measures.loss == pytest.approx(cross_entropy(*known).mean())
    assert measures.auc == auc(*known)


def test_a_cohort_whose_arrays_do_not_fit_is_refused(draw_cohort) -> None:
    good = draw_cohort()
    parts = [good.exam_truth, good.exam_scores, good.image_truth, good.image_scores]
    with pytest.raises(ValueError, match="belongs to no exam"):
        CohortScores(*parts, good.exam_of_image + good.n_exams)
    with pytest.raises(ValueError, match="differ in length"):
        CohortScores(*parts[:3], good.image_scores[1:], good.exam_of_image)
    with pytest.raises(ValueError, match="exam scores"):
        CohortScores(parts[0], parts[1][:, 1:], *parts[2:], good.exam_of_image)
    with pytest.raises(ValueError, match="exam truth"):
        CohortScores(parts[0][:0], *parts[1:], good.exam_of_image)


def test_the_images_of_an_exam_are_one_cluster(draw_cohort) -> None:
    cohort = draw_cohort(n_exams=40)
    image = label_measures(cohort)[IMAGE_LABEL]
    truth, scores = cohort.image_truth, cohort.image_scores
    assert image.area == auc_with_interval(truth, scores, clusters=cohort.exam_of_image)
    assert image.area != auc_with_interval(truth, scores)


def test_measures_as_json_have_the_names_of_the_contract(draw_cohort) -> None:
    record = label_measures(draw_cohort())["central_pe"].to_dict()
    assert {"loss", "auc", "auc_within_positive"} <= set(record)
    low, high = record["auc_interval"]
    assert 0 < low < record["auc"] < high < 1
    assert sum(record["at_half"]["confusion"].values()) == record["n"] == 12


def test_the_highest_image_score_of_each_exam(draw_cohort) -> None:
    cohort = draw_cohort()
    for exam, highest in enumerate(cohort.highest_image_scores):
        assert highest == cohort.image_scores[cohort.exam_of_image == exam].max()
