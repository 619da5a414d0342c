"""Labels that do not run into one another."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from pe_viewer.report.drawing.side_by_side import side_by_side


def test_labels_with_room_stay_where_they_belong() -> None:
    assert side_by_side([1.0, 5.0, 9.0], [2.0, 3.0, 2.0]) == [1.0, 5.0, 9.0]


def test_two_that_touch_move_apart_evenly() -> None:
    assert side_by_side([4.0, 5.0], [2.0, 2.0]) == [3.5, 5.5]


def test_a_third_is_pushed_by_a_row_that_has_grown() -> None:
    assert side_by_side([4.0, 5.0, 6.5], [2.0, 2.0, 2.0]) == pytest.approx(
        [3.1667, 5.1667, 7.1667], abs=1e-4
    )


def test_nothing_is_nothing() -> None:
    assert side_by_side([], []) == []


@given(some.lists(some.tuples(some.floats(0, 100), some.floats(0.5, 9)), min_size=1, max_size=30))
def test_none_covers_another_and_their_order_stays(labels: list[tuple[float, float]]) -> None:
    centres, widths = (np.asarray(values) for values in zip(*sorted(labels), strict=True))
    middles = np.asarray(side_by_side(list(centres), list(widths)))
    gaps = (middles[1:] - widths[1:] / 2) - (middles[:-1] + widths[:-1] / 2)

    assert (gaps > -1e-6).all()
    assert np.mean(middles) == pytest.approx(np.mean(centres), abs=1e-6)
