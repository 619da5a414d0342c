"""One function over many items, in threads or in processes: in order, and soon stopped."""

import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from functools import partial
from itertools import islice
from multiprocessing.connection import Connection
from types import FrameType
from typing import Final, TypeVar

from pe_models.errors import WorkerError
from pe_models.parallel.threads import start_thread
from pe_models.progress import CancelToken

Item = TypeVar("Item")
Result = TypeVar("Result")

_POLL_S: Final = 0.1
_GRACE_S: Final = 5.0
"""How long a process may clean up before it is ended."""
_NICER: Final = 5
_NICEST: Final = 19


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
