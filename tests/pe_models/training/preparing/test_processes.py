"""A process that is killed costs the item that it worked on; the others are done."""

import os
from pathlib import Path

import pytest

from pe_models.progress import Cancelled, CancelToken
from pe_models.training.preparing.processes import map_local


def test_an_item_that_kills_its_process_fails_alone_and_in_its_place() -> None:
    results = map_local(killed_by_3, range(9), n_processes=2, on_lost=lambda x, why: (x, why))
    lost = (3, "its process was killed, perhaps for want of memory")
    assert list(results) == [0, 1, 2, lost, 4, 5, 6, 7, 8]


def test_an_item_that_is_killed_once_is_done_at_the_second_attempt(tmp_path: Path) -> None:
    items = [str(tmp_path / "marker"), str(tmp_path)]
    results = map_local(killed_once, items, n_processes=1, on_lost=lambda _, why: why)
    assert list(results) == ["done", "done"]


def test_cancelled_work_is_left_between_two_items() -> None:
    cancel = CancelToken()
    results = map_local(abs, [-1, -2], n_processes=1, on_lost=lambda x, _: x, cancel=cancel)
    assert next(results) == 1
    cancel.cancel()
    with pytest.raises(Cancelled):
        list(results)


def killed_by_3(x: int) -> object:
    if x == 3:
        os._exit(1)
    return x


def killed_once(marker: str) -> str:
    path = Path(marker)
    if not path.exists():
        path.touch()
        os._exit(1)
    return "done"
