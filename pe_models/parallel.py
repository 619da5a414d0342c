"""The only place in pe_models that makes threads, processes and shared memory."""

import math
import mmap
import multiprocessing
import os
import queue
import secrets
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from functools import cache, partial
from itertools import islice
from multiprocessing import resource_tracker, shared_memory
from multiprocessing.connection import Connection
from types import FrameType
from typing import Final, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from pe_models.errors import WorkerError
from pe_models.progress import CancelToken

Item = TypeVar("Item")
Result = TypeVar("Result")

_POLL_S: Final = 0.1
_GRACE_S: Final = 5.0
"""How long a process may clean up before it is ended."""
_SLOW_TO_FREE_BYTES: Final = 1 << 23
_NICER: Final = 5
_NICEST: Final = 19


def usable_cores() -> int:
    """Cores that this process may run on (affinity), at least 1."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return max(1, os.cpu_count() or 1)


def is_first_process() -> bool:
    """Whether this process speaks for all that ``torchrun`` started; True where it started none."""
    return os.environ.get("RANK", "0") == "0"


def background_threads() -> int:
    """Threads for work beside an open window: one core stays the window's."""
    return max(1, usable_cores() - 1)


def sleep_while_waiting() -> None:
    """Lets OpenMP's threads sleep at a barrier instead of spinning. Before torch is imported.

    Beside other busy processes spinning costs several times the work itself (measured: 114 against
    30 ms a slice on two cores at a load of 7). A policy that the user has set is kept.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


class SharedArray:
    """One int16 array in shared memory, made by one process and attached to by others.

    The maker's ``array`` is writable, an attached one is read-only. ``close`` gives up this side's
    hold; arrays taken before stay valid, and the memory goes with the last of them on either side.
    """

    def __init__(self, segment: "_MemoryFile | _NamedSegment", shape: tuple[int, ...]) -> None:
        self._segment = segment
        self.shape = shape

    @classmethod
    def create(cls, shape: tuple[int, ...]) -> Self:
        """Zeroed memory for ``shape``. Raises OSError where the system has not enough."""
        kind = _MemoryFile if hasattr(os, "memfd_create") else _NamedSegment
        return cls(kind.create(_n_bytes(shape)), shape)

    @classmethod
    def attach(cls, name: str, shape: tuple[int, ...]) -> Self:
        """Attaches to another process's memory. Raises FileNotFoundError when it is gone."""
        kind = _MemoryFile if name.startswith(_MemoryFile.PREFIX) else _NamedSegment
        segment = kind.attach(name)
        if len(segment.buffer) < _n_bytes(shape):
            segment.close()
            raise ValueError(f"shared memory is smaller than an array of {shape}")
        return cls(segment, shape)

    @property
    def name(self) -> str:
        """What another process passes to ``attach``, for as long as the maker has not closed."""
        return self._segment.name

    @property
    def array(self) -> NDArray[np.int16]:
        # Not ndarray(buffer=...): that holds no export, and closing would unmap under the array.
        flat = np.frombuffer(self._segment.buffer, np.int16, count=math.prod(self.shape))
        array = flat.reshape(self.shape)
        if not self._segment.is_owner:
            array.flags.writeable = False
        return array

    def close(self) -> None:
        """Gives up the memory; no ``array`` can be taken, or attached to, from now on."""
        self._segment.close()


class _MemoryFile:
    """Anonymous memory of Linux, found by others through the maker's ``/proc`` entry.

    Chosen over named segments: the kernel frees it with its last user, even after SIGKILL, and
    ``/dev/shm``, 64 MB in many containers, does not bound it (a full one kills with SIGBUS).
    """

    PREFIX: Final = "pe-memory-"

    def __init__(self, name: str, mapping: "_Mapping", owned_descriptor: int | None) -> None:
        self.name = name
        self._mapping: _Mapping | None = mapping
        self._owned_descriptor = owned_descriptor
        _departed()  # no thread should have to start while memory goes

    @classmethod
    def create(cls, n_bytes: int) -> Self:
        token = secrets.token_hex(8)
        descriptor = os.memfd_create(cls.PREFIX + token)
        try:
            os.ftruncate(descriptor, n_bytes)
            mapping = _Mapping(descriptor, n_bytes)
        except (OSError, ValueError):
            os.close(descriptor)
            raise
        return cls(f"{cls.PREFIX}{token}-{os.getpid()}-{descriptor}", mapping, descriptor)

    @classmethod
    def attach(cls, name: str) -> Self:
        label, process, number = name.rsplit("-", 2)
        entry = f"/proc/{int(process)}/fd/{int(number)}"
        # The number may by now stand for another file of that process: look at the label first.
        if not os.readlink(entry).startswith(f"/memfd:{label}"):  # noqa: PTH115 - not a real path
            raise FileNotFoundError(f"shared memory {name} is gone")
        descriptor = os.open(entry, os.O_RDONLY)
        try:
            mapping = _Mapping(descriptor, 0, prot=mmap.PROT_READ)
        finally:
            os.close(descriptor)
        return cls(name, mapping, None)

    @property
    def is_owner(self) -> bool:
        return self._owned_descriptor is not None

    @property
    def buffer(self) -> mmap.mmap:
        if self._mapping is None:
            raise ValueError(_CLOSED)
        return self._mapping

    def close(self) -> None:
        if self._owned_descriptor is not None:
            os.close(self._owned_descriptor)
            self._owned_descriptor = None
        self._mapping = None  # unmapped with the last array over it

    def __del__(self) -> None:
        self.close()


class _Mapping(mmap.mmap):
    """Memory that a thread of its own gives back, whoever was the last to hold it.

    For a study that is often the window, which would stand still: 150 MB take the kernel 30 ms.
    """

    def __del__(self) -> None:
        if not self.closed and len(self) >= _SLOW_TO_FREE_BYTES and not sys.is_finalizing():
            _departed().put(self)


@cache
def _departed() -> "queue.SimpleQueue[_Mapping]":
    """What is put here goes soon. Its ``put`` is safe in a finalizer, which starting is not."""
    mappings: queue.SimpleQueue[_Mapping] = queue.SimpleQueue()
    start_thread(partial(_drop_all, mappings), name="pe-memory")
    return mappings


def _drop_all(mappings: "queue.SimpleQueue[_Mapping]") -> None:
    while True:
        mappings.get()  # nothing else holds it


class _NamedSegment:
    """A named segment, where the system has no anonymous memory that others can reach."""

    def __init__(self, segment: shared_memory.SharedMemory, *, is_owner: bool) -> None:
        self._segment = segment
        self.name = segment.name
        self.is_owner = is_owner
        self._is_closed = False

    @classmethod
    def create(cls, n_bytes: int) -> Self:
        segment = shared_memory.SharedMemory(create=True, size=n_bytes)
        _owned_names.add(segment.name)
        return cls(segment, is_owner=True)

    @classmethod
    def attach(cls, name: str) -> Self:
        if sys.version_info >= (3, 13):
            return cls(shared_memory.SharedMemory(name=name, track=False), is_owner=False)
        segment = shared_memory.SharedMemory(name=name)
        if os.name == "posix" and name not in _owned_names:
            # WORKAROUND python/cpython#82300: attaching registers the segment for removal too.
            resource_tracker.unregister(f"/{name}", "shared_memory")
        return cls(segment, is_owner=False)

    @property
    def buffer(self) -> memoryview:
        if self._is_closed:
            raise ValueError(_CLOSED)
        return memoryview(self._segment.buf)  # type: ignore[arg-type]

    def close(self) -> None:
        if self._is_closed:
            return
        self._is_closed = True
        if self.is_owner:
            self._segment.unlink()
            _owned_names.discard(self.name)
        try:
            self._segment.close()
        except BufferError:
            self._leave_mapping_to_its_arrays()

    def _leave_mapping_to_its_arrays(self) -> None:
        # WORKAROUND python/cpython#84140: close() fails while an array over the segment lives, and
        # fails again, aloud, in its finalizer. The mapping goes with the last array by itself; only
        # the descriptor is ours to close.
        descriptor = getattr(self._segment, "_fd", -1)
        if descriptor >= 0:
            os.close(descriptor)
            self._segment._fd = -1  # type: ignore[attr-defined]
        self._segment.close = lambda: None  # type: ignore[method-assign]


_CLOSED: Final = "this shared memory was closed"
_owned_names: set[str] = set()


def _n_bytes(shape: tuple[int, ...]) -> int:
    return max(1, math.prod(shape) * np.dtype(np.int16).itemsize)


class ProcessLost(WorkerError):
    """A process that worked on an item was killed; nobody knows on which of those in hand."""


def items_ahead(n: int) -> int:
    """How many items ``n`` threads or processes have in hand before the first one is taken."""
    return 2 * n


def map_threads(
    work: Callable[[Item], Result],
    items: Iterable[Item],
    *,
    n_threads: int,
    cancel: CancelToken | None = None,
) -> Iterator[Result]:
    """Results in the order of ``items``, at most ``2 * n_threads`` items ahead of the consumer.

    Raises Cancelled between items once ``cancel`` is set; what ``work`` raises comes out in place.
    The threads give way to the one that the reader sees.
    """
    with ThreadPoolExecutor(n_threads, thread_name_prefix="pe-map", initializer=_give_way) as pool:
        yield from _in_order(pool, work, items, ahead=items_ahead(n_threads), cancel=cancel)


def map_processes(
    work: Callable[[Item], Result],
    items: Iterable[Item],
    *,
    n_processes: int,
    cancel: CancelToken | None = None,
) -> Iterator[Result]:
    """As ``map_threads``, in processes started afresh; ``work`` and items must be picklable.

    Where this side is interrupted, fails, or is killed, ``work`` is stopped by a SystemExit, so
    that it removes what it has half done, and no process stays behind. Raises ProcessLost where a
    process was killed, after the results of all items before those that it left undone.
    """
    os.environ["PYTHONSAFEPATH"] = "1"  # a file in the current folder is no module of theirs
    context = multiprocessing.get_context("spawn")
    lifeline, ours = context.Pipe(duplex=False)
    pool = ProcessPoolExecutor(n_processes, mp_context=context, initializer=_hang_on,
                               initargs=(lifeline,))  # fmt: skip
    with lifeline, ours, pool:
        try:
            here, ahead = partial(_run_here, work), items_ahead(n_processes)
            yield from _in_order(pool, here, items, ahead=ahead, cancel=cancel)
        except BrokenProcessPool as error:
            ours.close()
            raise ProcessLost("A process was killed, perhaps for want of memory.") from error
        except BaseException:
            ours.close()  # the lifeline of all processes
            raise


def _hang_on(lifeline: Connection) -> None:
    """Makes this process end with the other end of ``lifeline``, whatever became of that side.

    Ctrl-C reaches a whole terminal: it is for the other side to say what shall end.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _leave)
    start_thread(partial(_end_with, lifeline), name="pe-lifeline")


def _end_with(lifeline: Connection) -> None:
    with suppress(EOFError, OSError):
        lifeline.recv_bytes()  # nothing is ever sent
    main = threading.main_thread().ident
    if main is not None and hasattr(signal, "pthread_kill"):
        signal.pthread_kill(main, signal.SIGTERM)
    time.sleep(_GRACE_S)
    os._exit(1)


def _leave(_number: int, _frame: FrameType | None) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # once is enough: cleaning up goes on
    raise SystemExit(1)


def _run_here(work: Callable[[Item], Result], item: Item) -> Result:
    """``work`` on ``item`` in a process of a pool, which a SystemExit ends then and there."""
    try:
        return work(item)
    except SystemExit:
        os._exit(1)  # the pool would go on with the next item


def _give_way() -> None:
    """Makes the calling thread nicer. On Linux alone threads have priorities of their own."""
    if sys.platform == "linux":
        thread = threading.get_native_id()
        niceness = os.getpriority(os.PRIO_PROCESS, thread) + _NICER
        os.setpriority(os.PRIO_PROCESS, thread, min(niceness, _NICEST))


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
                yield pending.pop(0).result()
                pending.extend(pool.submit(work, item) for item in islice(source, 1))
    finally:
        for future in pending:
            future.cancel()
