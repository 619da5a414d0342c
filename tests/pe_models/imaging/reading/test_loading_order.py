"""Slices are read from where the reader is, outward; the reader may move meanwhile."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pe_models.imaging.reading.loading_order import LoadingOrder


def test_the_focus_comes_first_and_its_neighbours_next():
    assert list(LoadingOrder(7, focus=4)) == [4, 5, 3, 6, 2, 1, 0]


@pytest.mark.parametrize(("focus", "first"), [(-3, 0), (0, 0), (9, 9), (99, 9)])
def test_a_focus_outside_the_series_counts_as_its_end(focus, first):
    assert next(LoadingOrder(10, focus=focus)) == first


def test_after_a_move_the_slices_around_the_new_focus_come_next():
    order = LoadingOrder(100, focus=10)
    before = list(itertools.islice(order, 3))

    order.move_to(80)

    assert before == [10, 11, 9]
    assert list(itertools.islice(order, 3)) == [80, 81, 79]
    assert len(order) == 94


def test_a_move_back_does_not_repeat_what_was_given():
    order = LoadingOrder(100, focus=10)
    first = list(itertools.islice(order, 5))
    order.move_to(11)

    assert not set(first) & set(order)


@given(n_slices=st.integers(1, 40), moves=st.lists(st.integers(-5, 45), max_size=40))
def test_every_slice_is_given_once_and_always_the_nearest_waiting_one(n_slices, moves):
    order = LoadingOrder(n_slices)
    waiting = set(range(n_slices))
    for step in range(n_slices):
        focus = moves[step % len(moves)] if moves else 0
        order.move_to(focus)
        given_index = next(order)
        inside = min(max(focus, 0), n_slices - 1)
        assert abs(given_index - inside) == min(abs(index - inside) for index in waiting)
        waiting.remove(given_index)

    assert not waiting
    assert next(order, None) is None


def test_a_series_without_slices_is_refused():
    with pytest.raises(ValueError, match="at least one slice"):
        LoadingOrder(0)
