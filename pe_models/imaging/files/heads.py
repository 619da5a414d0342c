"""The first bytes of many files: one file after the other, or several at once where each is slow.

From a warm disk a head comes in microseconds, and threads would only get in one another's way. On
a network drive each file waits for a reply, and many may wait at the same time.
"""

import os
import time
from collections.abc import Callable, Generator, Sequence
from statistics import median_low
from typing import Final

from pe_models.imaging.files.sources import Entry
from pe_models.parallel import map_threads
from pe_models.progress import CancelToken

_OPEN_FLAGS: Final = os.O_RDONLY | getattr(os, "O_BINARY", 0)
_CHUNK: Final = 16
_SLOW_S: Final = 5e-4
"""Where most heads take longer, files are read several at once."""

_THREADS: Final = 16
"""They wait, and use no core."""

ReadHead = Callable[[str, int], bytes]


def read_head(path: str, n_bytes: int) -> bytes:
    """The first ``n_bytes`` of a file, or all of it. Raises OSError."""
    descriptor = os.open(path, _OPEN_FLAGS)
    try:
        return os.read(descriptor, n_bytes)
    finally:
        os.close(descriptor)


def read_heads(
    entries: Sequence[Entry],
    n_bytes: Callable[[], int],
    cancel: CancelToken,
    read: ReadHead = read_head,
) -> Generator[bytes | OSError, None, None]:
    """The head of each of ``entries``, which are files, in their order; or why it has none.

    ``n_bytes`` says how much of the next files to read. Raises Cancelled.
    """

    def read_chunk(first: int) -> list[_Read]:
        chunk = entries[first : first + _CHUNK]
        return [_read_one(entry.path, n_bytes(), cancel, read) for entry in chunk]

    for first in range(0, len(entries), _CHUNK):
        chunk = read_chunk(first)
        yield from (head for head, _ in chunk)
        if median_low(seconds for _, seconds in chunk) > _SLOW_S:
            rest = range(first + _CHUNK, len(entries), _CHUNK)
            chunks = map_threads(read_chunk, rest, n_threads=_THREADS, cancel=cancel)
            yield from (head for chunk in chunks for head, _ in chunk)
            return


_Read = tuple[bytes | OSError, float]


def _read_one(path: str, n_bytes: int, cancel: CancelToken, read: ReadHead) -> _Read:
    """A head, or why there is none, and the seconds that it took."""
    cancel.raise_if_cancelled()
    began = time.perf_counter()
    try:
        head: bytes | OSError = read(path, n_bytes)
    except OSError as error:
        head = error
    return head, time.perf_counter() - began


class RestOfFile:
    """What follows the head of a file; opened only when that is asked for."""

    def __init__(self, path: str, position: int) -> None:
        self._path = path
        self._position = position

    def read(self, size: int, /) -> bytes:
        """At most ``size`` bytes; empty at the end. Raises OSError."""
        with open(self._path, "rb", buffering=0) as stream:  # noqa: PTH123 - as sources do
            stream.seek(self._position)
            found = stream.read(size)
        self._position += len(found)
        return found
