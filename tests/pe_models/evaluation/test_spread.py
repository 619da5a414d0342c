"""Intervals by resampling studies."""

import numpy as np
import pytest

from pe_models.evaluation.spread import differences, estimates


def mean_of(values: np.ndarray):  # type: ignore[no-untyped-def,type-arg]
    return lambda weights: float(weights @ values / weights.sum())


def test_the_interval_of_a_mean_is_that_of_its_standard_error() -> None:
    values = np.random.default_rng(0).normal(3.0, 2.0, size=400)
    found = estimates({"mean": mean_of(values)}, 400)["mean"]
    error = values.std() / np.sqrt(400)
    assert found.value == pytest.approx(values.mean())
    assert found.low == pytest.approx(values.mean() - 1.96 * error, abs=0.2 * error)
    assert found.high == pytest.approx(values.mean() + 1.96 * error, abs=0.2 * error)


def test_what_two_bundles_share_cancels_in_their_difference() -> None:
    shared = np.random.default_rng(0).normal(0.0, 5.0, size=100)
    found = differences({"x": mean_of(shared)}, {"x": mean_of(shared + 0.1)}, 100)["x"]
    assert found.b_minus_a.value == pytest.approx(0.1)
    assert found.b_minus_a.high - found.b_minus_a.low < 1e-9
    assert found.a.high - found.a.low > 1.0
    assert found.is_clear


def test_a_difference_that_may_be_nothing_is_not_clear() -> None:
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=50), rng.normal(size=50)
    assert not differences({"x": mean_of(a)}, {"x": mean_of(b)}, 50)["x"].is_clear


def test_figures_that_are_not_defined_are_left_out() -> None:
    nothing = {"x": lambda _: float("nan")}
    assert estimates(nothing, 5) == {}
    assert differences(nothing, {"x": mean_of(np.ones(5))}, 5) == {}
