"""Platt scaling against its definition, and the conformal zones' stated error rates."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pe_models.calibration import (
    IDENTITY,
    Calibration,
    Platt,
    ZoneThresholds,
    fit_calibration,
    fit_platt,
    fit_zones,
    logit,
    shift_prevalence,
    sigmoid,
    zone_of,
    zone_unable_to_exclude,
)
from pe_models.errors import DatasetError
from pe_models.findings import Zone


def drawn(n: int, platt: Platt, seed: int):
    """Raw scores whose truth follows ``platt`` exactly."""
    rng = np.random.default_rng(seed)
    scores = sigmoid(rng.normal(0.0, 2.0, n))
    return scores, (rng.random(n) < platt(scores)).astype(float)


def test_a_fit_recovers_the_map_that_the_truth_was_drawn_from() -> None:
    true = Platt(0.6, -1.2)
    fitted = fit_platt(*drawn(40_000, true, seed=3))
    # standard errors at this size are about 0.01 and 0.015 (inverse Fisher information)
    assert fitted.slope == pytest.approx(true.slope, abs=0.04)
    assert fitted.intercept == pytest.approx(true.intercept, abs=0.06)


def test_a_fit_is_the_minimum_of_the_smoothed_cross_entropy() -> None:
    scores, truth = drawn(200, Platt(1.4, 0.5), seed=5)
    n_positive, n_negative = truth.sum(), (1 - truth).sum()
    target = np.where(truth == 1, (n_positive + 1) / (n_positive + 2), 1 / (n_negative + 2))

    def loss(slope: float, intercept: float) -> float:
        p = 1 / (1 + np.exp(-(slope * np.log(scores / (1 - scores)) + intercept)))
        return float(-np.sum(target * np.log(p) + (1 - target) * np.log(1 - p)))

    fitted = fit_platt(scores, truth)
    best = loss(fitted.slope, fitted.intercept)
    for slope_step, intercept_step in ((1e-3, 0), (-1e-3, 0), (0, 1e-3), (0, -1e-3)):
        assert best < loss(fitted.slope + slope_step, fitted.intercept + intercept_step)


def test_separable_classes_give_a_finite_map() -> None:
    fitted = fit_platt([0.1, 0.2, 0.8, 0.9], [0, 0, 1, 1])
    calibrated = fitted([0.1, 0.9])
    assert 0.05 < calibrated[0] < 0.5 < calibrated[1] < 0.95


def test_scores_at_0_and_1_are_fitted_and_calibrated() -> None:
    calibrated = fit_platt([0.0, 0.0, 1.0, 1.0, 0.0], [0, 0, 1, 1, 1])([0.0, 1.0])
    assert np.all(np.isfinite(calibrated))
    assert calibrated[0] < calibrated[1]


def test_scores_in_the_wrong_order_say_only_the_prevalence() -> None:
    fitted = fit_platt([0.9, 0.8, 0.7, 0.2, 0.1, 0.3], [0, 0, 0, 1, 1, 1])
    assert fitted.slope == 0.0
    assert fitted([0.01, 0.99]) == pytest.approx([0.5, 0.5])


def test_unknown_truth_is_left_out() -> None:
    scores, truth = drawn(300, Platt(0.8, 0.3), seed=1)
    more = np.append(scores, [0.99] * 50), np.append(truth, [np.nan] * 50)
    assert fit_platt(*more) == fit_platt(scores, truth)


def test_one_class_alone_cannot_be_fitted() -> None:
    with pytest.raises(DatasetError, match="0 positive and 2 negative"):
        fit_platt([0.2, 0.3], [0, 0])


def test_labels_without_both_classes_keep_their_scores() -> None:
    held_out = {"a": ([0.2, 0.9, 0.6], [0, 1, 0]), "b": ([0.2, 0.9, 0.6], [0, 0, 0])}
    calibration = fit_calibration(held_out, calibrated_on="phantoms")
    assert set(calibration.labels) == {"a"}
    assert calibration.apply("b", [0.2, 0.9]).tolist() == [0.2, 0.9]
    assert calibration.apply("a", 0.2) == fit_platt(*held_out["a"])(0.2)


def test_a_calibration_survives_its_dictionary() -> None:
    calibration = Calibration("phantoms", {"pe": Platt(0.7, -0.1), "other": IDENTITY})
    assert Calibration.from_dict(calibration.to_dict()) == calibration


@given(st.floats(0.01, 5.0), st.floats(-5.0, 5.0), st.lists(st.floats(0, 1), min_size=2))
def test_calibration_keeps_the_order_and_the_range(slope, intercept, scores) -> None:
    raw = np.sort(np.asarray(scores))
    calibrated = Platt(slope, intercept)(raw)
    assert np.all(np.diff(calibrated) >= 0)
    assert np.all((calibrated >= 0) & (calibrated <= 1))


@pytest.mark.parametrize(("slope", "intercept"), [(np.nan, 0.0), (1.0, np.inf), (-0.1, 0.0)])
def test_a_map_that_is_not_finite_or_turns_the_order_round_is_refused(slope, intercept) -> None:
    with pytest.raises(ValueError, match=r"slope|finite"):
        Platt(slope, intercept)


def test_scores_that_are_no_scores_are_refused() -> None:
    for scores in ([np.nan], [1.2], [-0.1]):
        with pytest.raises(ValueError, match="scores"):
            IDENTITY(scores)


def test_logit_and_sigmoid_are_inverse_and_never_overflow() -> None:
    scores = np.array([1e-6, 0.2, 0.5, 0.999])
    assert sigmoid(logit(scores)) == pytest.approx(scores, rel=1e-9)
    assert sigmoid([-1e4, 1e4]).tolist() == [0.0, 1.0]


def test_a_prevalence_shift_moves_the_odds_by_the_ratio_of_prior_odds() -> None:
    factor = (0.1 / 0.9) / (0.4 / 0.6)
    # a score that equals the old prevalence becomes the new one
    assert shift_prevalence([0.4], factor)[0] == pytest.approx(0.1)
    assert shift_prevalence([0.0, 1.0], factor).tolist() == [0.0, 1.0]
    for odds_factor in (0.0, np.nan):
        with pytest.raises(ValueError, match="odds factor"):
            shift_prevalence([0.5], odds_factor)


def test_the_zones_hold_their_error_rates_on_new_exams() -> None:
    rng = np.random.default_rng(11)
    missed, false_alarms = [], []
    for _ in range(2000):
        positive, negative = rng.beta(3, 2, 40), rng.beta(2, 3, 60)
        scores = np.concatenate([positive[:39], negative[:59]])
        thresholds = fit_zones(scores, [1] * 39 + [0] * 59, miss_rate=0.1, false_alarm_rate=0.05)
        missed.append(zone_of(positive[39], thresholds) is Zone.NEGATIVE)
        false_alarms.append(zone_of(negative[59], thresholds) is Zone.POSITIVE)
    # k / (n + 1) = 4 / 40 and 3 / 60, within three standard errors of 2,000 draws
    assert np.mean(missed) == pytest.approx(0.10, abs=0.021)
    assert np.mean(false_alarms) == pytest.approx(0.05, abs=0.015)


def test_too_few_exams_leave_a_zone_empty() -> None:
    thresholds = fit_zones([0.9] * 5 + [0.1] * 30, [1] * 5 + [0] * 30)
    assert thresholds.lower == 0.0
    assert zone_of(0.0, thresholds) is Zone.UNCERTAIN
    assert thresholds.upper == 0.1


def test_thresholds_that_would_cross_meet_in_the_middle() -> None:
    scores = np.concatenate([np.linspace(0.8, 0.9, 50), np.linspace(0.1, 0.2, 50)])
    thresholds = fit_zones(scores, [1] * 50 + [0] * 50)
    assert thresholds.lower == thresholds.upper
    assert zone_of(0.85, thresholds) is Zone.POSITIVE
    assert zone_of(0.15, thresholds) is Zone.NEGATIVE


def test_zone_thresholds_survive_their_dictionary_and_are_checked() -> None:
    thresholds = ZoneThresholds(0.2, 0.7, 0.05, 0.05, 40, 60)
    assert ZoneThresholds.from_dict(thresholds.to_dict()) == thresholds
    with pytest.raises(ValueError, match="not in order"):
        ZoneThresholds(0.8, 0.7, 0.05, 0.05, 40, 60)
    with pytest.raises(ValueError, match="error rates"):
        fit_zones([0.1], [0], miss_rate=0.0)


def test_a_ct_that_cannot_exclude_pe_is_never_in_the_negative_zone() -> None:
    thresholds = ZoneThresholds(0.2, 0.7, 0.05, 0.05, 40, 60)
    zones = [zone_unable_to_exclude(score, thresholds) for score in (0.0, 0.5, 0.9)]
    assert zones == [Zone.UNCERTAIN, Zone.UNCERTAIN, Zone.POSITIVE]
    with pytest.raises(ValueError, match="scores"):
        zone_of(float("nan"), thresholds)
