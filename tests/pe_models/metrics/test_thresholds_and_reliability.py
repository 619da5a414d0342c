"""Operating points, their intervals, and whether scores mean what they say."""

import numpy as np
import pytest

from pe_models.metrics import (
    Proportion,
    brier,
    expected_calibration_error,
    operating_point,
    reliability,
)


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


def test_samples_repeated_within_a_cluster_narrow_no_interval() -> None:
    rng = np.random.default_rng(6)
    truth, scores = (rng.random(80) < 0.5) * 1.0, rng.random(80)
    once = operating_point(truth, scores, 0.4, clusters=np.arange(80))
    four = operating_point(
        np.repeat(truth, 4), np.repeat(scores, 4), 0.4, clusters=np.repeat(np.arange(80), 4)
    )
    independent = operating_point(truth, scores, 0.4)
    for name in ("sensitivity", "specificity"):
        single = getattr(independent, name).interval
        assert getattr(four, name).interval == pytest.approx(getattr(once, name).interval)
        assert getattr(once, name).interval == pytest.approx(single, abs=0.005)


def test_where_every_image_is_found_each_exam_counts_once() -> None:
    found = operating_point([1] * 20, [0.9] * 20, 0.5, clusters=np.repeat([0, 1, 2, 3], 5))
    assert (found.sensitivity.n_hits, found.sensitivity.n) == (20, 20)
    assert found.sensitivity.interval == pytest.approx(Proportion(4, 4).interval)


def test_the_confusion_matrix_holds_every_sample_once() -> None:
    point = operating_point([1, 1, 0, 0, 0], [0.9, 0.5, 0.5, 0.6, 0.1], 0.5)
    assert point.confusion == {
        "true_positive": 1,
        "false_negative": 1,
        "false_positive": 1,
        "true_negative": 2,
    }
    assert point.precision == Proportion(1, 2)
    assert point.negative_predictive_value == Proportion(2, 3)
    assert point.to_dict()["precision"]["value"] == 0.5


def test_at_the_prevalence_of_real_slices_a_good_classifier_has_a_low_precision() -> None:
    # facts of the balanced test of the Keras classifier: recall .945, accuracy .916, so that
    # specificity is .887; at 5.4 % prevalence its precision is about .32
    truth = np.repeat([1, 1, 0, 0], [5103, 297, 10690, 83910])
    scores = np.repeat([0.9, 0.1, 0.9, 0.1], [5103, 297, 10690, 83910])
    point = operating_point(truth, scores, 0.5)
    assert point.sensitivity.value == pytest.approx(0.945)
    assert point.precision.value == pytest.approx(0.32, abs=0.005)


def test_the_reliability_curve_has_a_point_for_each_filled_bin() -> None:
    curve = reliability([1, 0, 0, 0, 1, np.nan], [0.2, 0.22, 0.24, 0.26, 1.0, 0.5], n_bins=10)
    assert curve.n.tolist() == [4, 1]
    assert curve.mean_score == pytest.approx([0.23, 1.0])
    assert curve.positive_share == pytest.approx([0.25, 1.0])
