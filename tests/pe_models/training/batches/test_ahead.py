"""Batches made ahead: the same values, whatever step is asked for, and no thread left."""

import threading
from collections.abc import Iterator

import pytest

from pe_models.training.batches.ahead import Ahead


@pytest.fixture(autouse=True)
def no_thread_left() -> Iterator[None]:
    before = threading.active_count()
    yield
    assert threading.active_count() == before


def squares(n_steps: int = 20) -> Ahead[int]:
    return Ahead(lambda step: step * step, n_steps=n_steps, n_threads=2)


def test_steps_come_in_order() -> None:
    ahead = squares()
    assert [ahead.at(step) for step in range(20)] == [step * step for step in range(20)]
    ahead.close()


def test_a_step_out_of_order_begins_anew() -> None:
    ahead = squares()
    assert [ahead.at(step) for step in (7, 8, 3, 4, 19)] == [49, 64, 9, 16, 361]
    ahead.close()


def test_what_making_a_batch_raises_comes_out_at_its_step() -> None:
    def make(step: int) -> int:
        if step == 2:
            raise ValueError("step 2")
        return step

    ahead = Ahead(make, n_steps=5, n_threads=1)
    assert [ahead.at(0), ahead.at(1)] == [0, 1]
    with pytest.raises(ValueError, match="step 2"):
        ahead.at(2)
    ahead.close()


def test_closing_twice_or_before_the_first_step_is_no_fault() -> None:
    ahead = squares()
    ahead.close()
    ahead.at(0)
    ahead.close()
    ahead.close()
