"""The counter of painted slices: what it counts, and how long a paint takes by itself."""

import time

from pe_viewer.views.picture.paint_counter import PaintCounter


def paint(counter: PaintCounter, *, for_ms: float = 0.0, shows_slice: bool = True) -> None:
    """One paint that takes at least so long, busy."""
    counter.begin()
    until_s = time.perf_counter() + for_ms / 1000
    while time.perf_counter() < until_s:
        pass
    counter.end(shows_slice=shows_slice)


def test_a_request_that_no_paint_answered_is_dropped() -> None:
    counter = PaintCounter()
    for _ in range(3):
        counter.request()
    paint(counter)
    paint(counter)
    assert (counter.n_requested, counter.n_painted) == (3, 1)


def test_a_paint_without_a_slice_answers_nothing() -> None:
    counter = PaintCounter()
    counter.request()
    paint(counter, shows_slice=False)
    assert counter.n_painted == 0


def test_one_paint_that_was_held_up_says_nothing_of_the_next() -> None:
    counter = PaintCounter()
    paint(counter, for_ms=1)
    paint(counter, for_ms=20)
    assert counter.last_ms >= 20
    assert 1 <= counter.quickest_ms < counter.last_ms


def test_paints_that_are_all_slow_are_told_as_slow() -> None:
    """However quick they were before: only the newest eight count."""
    counter = PaintCounter()
    paint(counter)
    for _ in range(8):
        paint(counter, for_ms=5)
    assert counter.quickest_ms >= 5
