"""The only place in pe_models that makes threads, processes and shared memory."""

import multiprocessing
import os
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor, wait
from itertools import islice
from multiprocessing import resource_tracker, shared_memory
from typing import Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from pe_models.progress import CancelToken

Item = TypeVar("Item")
Result = TypeVar("Result")

_POLL_S = 0.1


def usable_cores() -> int:
    """Cores that this process may run on (affinity), at least 1."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return max(1, os.cpu_count() or 1)


def background_threads() -> int:
    """Threads for work beside an open window: one core stays the window's."""
    return max(1, usable_cores() - 1)


class SharedArray:
    """One int16 array in shared memory, made by one process and attached to by another.

    The maker owns the segment: ``close`` there removes it once no array of it is alive.
    """

    def __init__(
        self, segment: shared_memory.SharedMemory, shape: tuple[int, ...], *, is_owner: bool
    ) -> None:
        self._segment = segment
        self._is_owner = is_owner
        self.shape = shape

    @classmethod
    def create(cls, shape: tuple[int, ...]) -> Self:
        n_bytes = max(1, int(np.prod(shape)) * np.dtype(np.int16).itemsize)
        return cls(shared_memory.SharedMemory(create=True, size=n_bytes), shape, is_owner=True)

    @classmethod
    def attach(cls, name: str, shape: tuple[int, ...]) -> Self:
        """Attaches to a segment of another process. Raises FileNotFoundError when it is gone."""
        segment = shared_memory.SharedMemory(name=name)
        if os.name == "posix":
            # WORKAROUND python/cpython#82300: attaching registers the segment for removal too.
            resource_tracker.unregister(segment._name, "shared_memory")  # type: ignore[attr-defined]
        return cls(segment, shape, is_owner=False)

    @property
    def name(self) -> str:
        return self._segment.name

    @property
    def array(self) -> NDArray[np.int16]:
        return np.ndarray(self.shape, dtype=np.int16, buffer=self._segment.buf)

    def close(self) -> None:
        """Removes the segment's name; its memory goes when the last array over it does."""
        if self._is_owner:
            self._is_owner = False
            self._segment.unlink()
        try:
            self._segment.close()
        except BufferError:
            _leave_mapping_to_its_arrays(self._segment)


def _leave_mapping_to_its_arrays(segment: shared_memory.SharedMemory) -> None:
    # WORKAROUND python/cpython#84140: close() fails while an array over the segment lives, and
    # fails again, aloud, in its finalizer. The mapping goes with the last array by itself; only
    # the descriptor is ours to close.
    descriptor = getattr(segment, "_fd", -1)
    if descriptor >= 0:
        os.close(descriptor)
        segment._fd = -1  # type: ignore[attr-defined]
    segment.close = lambda: None  # type: ignore[method-assign]


def map_threads(
    work: Callable[[Item], Result],
    items: Iterable[Item],
    *,
    n_threads: int,
    cancel: CancelToken | None = None,
) -> Iterator[Result]:
    """Results in the order of ``items``, at most ``2 * n_threads`` items ahead of the consumer.

    Raises Cancelled between items once ``cancel`` is set; what ``work`` raises comes out in place.
    """
    with ThreadPoolExecutor(n_threads, thread_name_prefix="pe-map") as pool:
        yield from _in_order(pool, work, items, ahead=2 * n_threads, cancel=cancel)


def map_processes(
    work: Callable[[Item], Result],
    items: Iterable[Item],
    *,
    n_processes: int,
    cancel: CancelToken | None = None,
) -> Iterator[Result]:
    """As ``map_threads``, in processes started afresh; ``work`` and items must be picklable."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(n_processes, mp_context=context) as pool:
        yield from _in_order(pool, work, items, ahead=2 * n_processes, cancel=cancel)


def start_thread(work: Callable[[], None], *, name: str) -> threading.Thread:
    """A daemon thread: it does not keep the process alive."""
    thread = threading.Thread(target=work, name=name, daemon=True)
    thread.start()
    return thread


def _in_order(
    pool: ThreadPoolExecutor | ProcessPoolExecutor,
    work: Callable[[Item], Result],
    items: Iterable[Item],
    *,
    ahead: int,
    cancel: CancelToken | None,
) -> Iterator[Result]:
    pending: list[Future[Result]] = []
    source = iter(items)
    try:
        pending.extend(pool.submit(work, item) for item in islice(source, ahead))
        while pending:
            if cancel is not None:
                cancel.raise_if_cancelled()
            wait(pending[:1], timeout=_POLL_S)
            if pending[0].done():
                first = pending.pop(0)
                pending.extend(pool.submit(work, item) for item in islice(source, 1))
                yield first.result()
    finally:
        for future in pending:
            future.cancel()
