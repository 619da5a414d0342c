"""Work on a dask.distributed cluster, whose workers see the same folders under the same names."""

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError  # noqa: TID251 - what dask raises; no pool is made
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

from pe_models.errors import DatasetError
from pe_models.progress import CancelToken

if TYPE_CHECKING:
    from distributed import Client, Future

Item = TypeVar("Item")
Result = TypeVar("Result")

_POLL_S: Final = 0.05
_ANSWER_S: Final = 30.0
"""How long a scheduler may take to answer."""
_UNDECIDED: Final = ("pending", "lost")
"""States of what dask computes for the first time, or anew."""
_AHEAD: Final = 4
"""Items that wait at the scheduler for each of the cluster's cores."""


@dataclass(frozen=True, slots=True)
class _Lost:
    """In place of a result that never came."""

    why: str


def map_cluster(
    work: Callable[[Item], Result],
    items: Sequence[Item],
    *,
    address: str,
    on_lost: Callable[[Item, str], Result],
    cancel: CancelToken | None = None,
) -> Iterator[Result]:
    """Results in the order of ``items``, computed by the workers of the scheduler at ``address``.

    What a worker could not finish, for it was killed or ran out of memory, comes last: it is tried
    once more with no other beside it, for dask blames all that ran on a worker that died, and then
    gives ``on_lost(item, why)``. Waits while the cluster has no worker. Raises DatasetError where
    dask is not installed or the scheduler does not answer, and Cancelled between items once
    ``cancel`` is set.
    """
    with _connected(address) as client:
        again: list[Item] = []
        for item, future in _submitted(client, work, items):
            answer = _answer(future, cancel)
            if isinstance(answer, _Lost):
                again.append(item)
            else:
                yield answer
        for item in again:
            answer = _answer(client.submit(work, item, pure=False), cancel)
            yield on_lost(item, answer.why) if isinstance(answer, _Lost) else answer


def _connected(address: str) -> "Client":
    try:
        from distributed import Client
    except ImportError as error:
        raise DatasetError(
            "A cluster needs dask: pip install 'pe-reading-room[dask]', here and on its workers."
        ) from error
    try:
        return Client(  # type: ignore[no-untyped-call]
            address, timeout=_ANSWER_S, set_as_default=False
        )
    except (OSError, TimeoutError, ValueError) as error:
        raise DatasetError(f"No dask scheduler answers at {address}.") from error


def _submitted(
    client: "Client", work: Callable[[Item], Result], items: Sequence[Item]
) -> "Iterator[tuple[Item, Future[Result]]]":
    """Each item with what will be its result, some items ahead of the consumer."""
    n_cores = sum(client.nthreads().values())  # type: ignore[no-untyped-call]
    ahead = _AHEAD * max(1, n_cores)
    pending: deque[tuple[Item, Future[Result]]] = deque()
    try:
        for item in items:
            pending.append((item, client.submit(work, item, pure=False)))
            if len(pending) >= ahead:
                yield pending.popleft()
        while pending:
            yield pending.popleft()
    finally:
        client.cancel([future for _, future in pending])  # type: ignore[no-untyped-call]


def _answer(future: "Future[Result]", cancel: CancelToken | None) -> Result | _Lost:
    """Waits for it. Raises Cancelled, and DatasetError where the scheduler is gone."""
    from distributed import KilledWorker

    while True:
        _wait(future, cancel)
        try:
            failure = future.exception()  # type: ignore[no-untyped-call]
            if failure is not None:
                return _Lost(f"its worker failed ({type(failure).__name__})")
            # A result waits on its worker: where that one dies now, it is computed anew.
            return future.result(timeout=_ANSWER_S)
        except (TimeoutError, KilledWorker):
            continue
        except CancelledError as error:
            raise DatasetError("The connection to the dask scheduler was lost.") from error


def _wait(future: "Future[Result]", cancel: CancelToken | None) -> None:
    """Until it is computed, failed or given up. Raises Cancelled."""
    while True:
        if cancel is not None:
            cancel.raise_if_cancelled()
        if future.status not in _UNDECIDED:
            return
        time.sleep(_POLL_S)
