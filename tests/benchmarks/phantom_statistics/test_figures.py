"""Spread and Share say what many values measure."""

import numpy as np
import pytest

from benchmarks.phantom_statistics.figures import Share, Spread, number


def test_a_range_leaves_out_what_could_not_be_measured() -> None:
    found = Spread.range_of([3.0, np.nan, 1.0, 8.0])
    assert (found.median, found.low, found.high, found.n) == (3.0, 1.0, 8.0, 3)
    assert found.text(0) == "3 (1 to 8)"


def test_the_middle_runs_from_the_5th_to_the_95th_percentile() -> None:
    found = Spread.middle_of(range(101))
    assert (found.median, found.low, found.high) == pytest.approx((50, 5, 95))


def test_one_value_has_no_range_and_none_is_a_dash() -> None:
    assert Spread.range_of([2.345]).text(2) == "2.35"
    assert Spread.range_of([np.nan]).text(2) == "-"


def test_a_share_has_the_interval_of_wilson() -> None:
    """5 of 10: .237 to .763 (Wilson 1927, as in Brown, Cai and DasGupta 2001)."""
    assert Share(5, 10).interval == pytest.approx((0.2366, 0.7634), abs=1e-4)
    assert Share(5, 10).text() == ".500 (.237 to .763)"


def test_the_interval_of_none_and_of_all_stays_within_0_and_1() -> None:
    assert Share(0, 20).interval == pytest.approx((0.0, 0.1611), abs=1e-4)
    assert Share(20, 20).interval == pytest.approx((0.8389, 1.0), abs=1e-4)
    assert Share(0, 0).text() == "-"


def test_zero_has_no_minus() -> None:
    assert number(-0.04, 1) == "0.0"
    assert number(-0.06, 1) == "-0.1"
