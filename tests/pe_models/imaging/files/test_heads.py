"""Heads of files: in order, one after the other or, where a place is slow, several at once."""

import threading
import time
from pathlib import Path

import pytest

from pe_models.imaging.files.heads import RestOfFile, read_head, read_heads
from pe_models.imaging.files.sources import Entry
from pe_models.progress import Cancelled, CancelToken

N_FILES = 200


@pytest.fixture
def entries(tmp_path):
    """Files of two bytes each, their number."""
    for number in range(N_FILES):
        (tmp_path / f"{number}").write_bytes(number.to_bytes(2, "big"))
    return [Entry(str(tmp_path / f"{number}"), 2, 0) for number in range(N_FILES)]


def numbers(heads):
    return [int.from_bytes(head, "big") for head in heads]


def two_bytes() -> int:
    return 2


def test_heads_come_in_the_order_of_the_entries(entries):
    assert numbers(read_heads(entries, two_bytes, CancelToken())) == list(range(N_FILES))


def test_no_more_is_read_than_was_asked_for(entries):
    assert {len(head) for head in read_heads(entries, lambda: 1, CancelToken())} == {1}


def test_files_of_a_slow_place_are_read_several_at_once_and_in_order(entries):
    together = threading.Barrier(4)
    begun = threading.local()
    n_read = iter(range(N_FILES))

    def slow(path: str, n_bytes: int) -> bytes:
        if next(n_read) < 16:
            time.sleep(0.001)
        elif not hasattr(begun, "here"):
            begun.here = True
            together.wait(timeout=10)  # breaks where fewer than four come at once
        return read_head(path, n_bytes)

    rest = entries[: 16 * 5]  # one chunk to notice, and four to read at once
    assert numbers(read_heads(rest, two_bytes, CancelToken(), slow)) == list(range(80))


@pytest.mark.parametrize("delay_s", [0.0, 0.002])
def test_a_file_that_vanished_stands_as_its_error_among_the_others(entries, delay_s):
    def delayed(path: str, n_bytes: int) -> bytes:
        time.sleep(delay_s)
        return read_head(path, n_bytes)

    for number in (3, 150):
        Path(entries[number].path).unlink()

    heads = list(read_heads(entries, two_bytes, CancelToken(), delayed))

    assert [number for number, head in enumerate(heads) if not isinstance(head, bytes)] == [3, 150]
    assert isinstance(heads[150], FileNotFoundError)


@pytest.mark.wall_clock
@pytest.mark.parametrize("n_before", [0, 3, 40])
def test_cancelling_a_slow_place_takes_effect_at_once(entries, n_before):
    def slow(path: str, n_bytes: int) -> bytes:
        time.sleep(0.05)
        return read_head(path, n_bytes)

    cancel = CancelToken()
    heads = read_heads(entries, two_bytes, cancel, slow)
    for _ in range(n_before):
        next(heads)
    cancel.cancel()
    began = time.perf_counter()

    with pytest.raises(Cancelled):
        list(heads)

    assert time.perf_counter() - began < 0.4


def test_the_rest_of_a_file_follows_its_head(tmp_path):
    file = tmp_path / "file"
    file.write_bytes(bytes(range(100)))
    rest = RestOfFile(str(file), 10)

    assert rest.read(30) + rest.read(100) == bytes(range(10, 100))
    assert rest.read(1) == b""
