"""Accuracy, recall, precision and F1, here and at another prevalence."""

import numpy as np
import pytest

from pe_models.metrics import OperatingPoint, Proportion, at_prevalence, calls


def _samples(hits: int, positive: int, spared: int, negative: int):
    truth = np.repeat([1.0, 0.0], [positive, negative])
    called = np.concatenate([np.arange(positive) < hits, np.arange(negative) >= spared])
    return truth, called.astype(float)


def test_the_figures_are_those_of_their_definitions() -> None:
    found = calls(*_samples(hits=6, positive=8, spared=9, negative=12), 0.5)
    assert found.accuracy.value == pytest.approx(15 / 20)
    assert found.recall.value == pytest.approx(6 / 8)
    assert found.precision.value == pytest.approx(6 / 9)
    assert found.f1.value == pytest.approx(2 * (6 / 9) * (6 / 8) / (6 / 9 + 6 / 8))
    assert found.point.confusion["false_positive"] == 3


def test_samples_of_unknown_truth_count_nowhere() -> None:
    truth, scores = _samples(6, 8, 9, 12)
    more = calls(np.append(truth, np.nan), np.append(scores, 1.0), 0.5)
    assert more.to_dict() == calls(truth, scores, 0.5).to_dict()


def test_the_interval_of_f1_is_that_of_the_share_that_makes_it() -> None:
    found = calls(*_samples(6, 8, 9, 12), 0.5)
    low, high = Proportion(6, 11).interval  # 8 positive and 3 called besides, 6 of them both
    assert found.f1.interval == pytest.approx((2 * low / (1 + low), 2 * high / (1 + high)))


def test_slices_of_one_patient_widen_every_interval() -> None:
    truth, scores = _samples(30, 40, 30, 40)
    patients = np.arange(80) // 10
    alone, together = calls(truth, scores, 0.5), calls(truth, scores, 0.5, clusters=patients)
    for figure in ("accuracy", "recall", "precision", "f1"):
        one, many = getattr(alone, figure), getattr(together, figure)
        assert many.value == one.value
        assert np.diff(many.interval) > np.diff(one.interval)


def test_where_nothing_is_called_there_is_no_precision_and_f1_is_zero() -> None:
    found = calls(*_samples(0, 8, 12, 12), 0.5)
    assert found.precision.value is None
    assert found.f1.value == 0.0
    elsewhere = at_prevalence(found.point, 0.054)
    assert elsewhere.precision.value is None
    assert elsewhere.accuracy.value == pytest.approx(0.946)
    assert elsewhere.f1.value == pytest.approx(0.0, abs=1e-9)


def test_the_originals_final_net_has_a_precision_of_a_third_at_the_true_prevalence() -> None:
    # Accuracy .916 and recall .945 on balanced classes: specificity .887.
    point = OperatingPoint(0.5, Proportion(945, 1000), Proportion(887, 1000))
    elsewhere = at_prevalence(point, 0.054)
    assert elsewhere.precision.value == pytest.approx(0.323, abs=1e-3)
    assert elsewhere.accuracy.value == pytest.approx(0.054 * 0.945 + 0.946 * 0.887)
    assert elsewhere.recall.value == 0.945


def test_at_the_samples_own_prevalence_nothing_changes() -> None:
    found = calls(*_samples(70, 80, 90, 120), 0.5)
    same = at_prevalence(found.point, 80 / 200)
    for figure in ("accuracy", "recall", "precision", "f1"):
        assert getattr(same, figure).value == pytest.approx(getattr(found, figure).value)


def test_intervals_combine_as_newcombe_published_them() -> None:
    # Statistics in Medicine 1998, 17, 873-890, method 10: 56/70 - 48/80 is .0524 to .3339. The
    # accuracy at one half is half of one more than sensitivity less false positives.
    point = OperatingPoint(0.5, Proportion(56, 70), Proportion(80 - 48, 80))
    low, high = at_prevalence(point, 0.5).accuracy.interval
    assert 2 * low - 1 == pytest.approx(0.0524, abs=1e-4)
    assert 2 * high - 1 == pytest.approx(0.3339, abs=1e-4)


def test_a_perfect_operating_point_has_an_interval_that_knows_how_few_it_saw() -> None:
    point = OperatingPoint(0.5, Proportion(10, 10), Proportion(10, 10))
    found = at_prevalence(point, 0.054)
    assert found.precision.value == pytest.approx(1.0)
    low, high = found.precision.interval
    false_positive = 1 - Proportion(10, 10).interval[0]
    assert low == pytest.approx(0.054 / (0.054 + 0.946 * false_positive), abs=0.01)
    assert high == pytest.approx(1.0)


@pytest.mark.parametrize("prevalence", [0.0, 1.0, -0.1])
def test_a_prevalence_that_is_none_is_refused(prevalence: float) -> None:
    point = OperatingPoint(0.5, Proportion(1, 2), Proportion(1, 2))
    with pytest.raises(ValueError, match="prevalence"):
        at_prevalence(point, prevalence)


def test_one_class_alone_says_nothing_of_another_prevalence() -> None:
    with pytest.raises(ValueError, match="both classes"):
        at_prevalence(OperatingPoint(0.5, Proportion(1, 2), Proportion(0, 0)), 0.1)
