"""Work on a dask.distributed cluster, whose workers see the same folders under the same names."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError  # noqa: TID251 - what dask raises; no pool is made
from typing import TYPE_CHECKING, Final, TypeVar

from pe_models.errors import DatasetError
from pe_models.progress import CancelToken

if TYPE_CHECKING:
    from distributed import Client, Future

Item = TypeVar("Item")
Result = TypeVar("Result")

_POLL_S: Final = 0.2
_ANSWER_S: Final = 30.0
"""How long a scheduler may take to answer."""
_AHEAD: Final = 4
"""Items that wait at the scheduler for each of the cluster's cores."""


def map_cluster(
    work: Callable[[Item], Result],
    items: Sequence[Item],
    *,
    address: str,
    on_lost: Callable[[Item, str], Result],
    cancel: CancelToken | None = None,
) -> Iterator[Result]:
    """Results in the order of ``items``, computed by the workers of the scheduler at ``address``.

    What a worker could not finish, for it was killed or ran out of memory, gives ``on_lost(item,
    why)``. Raises DatasetError where dask is not installed or the scheduler does not answer, and
    Cancelled between items once ``cancel`` is set.
    """
    with _connected(address) as client:
        ahead = _AHEAD * max(1, sum(client.nthreads().values()))
        pending: deque[tuple[Item, Future[Result]]] = deque()
        try:
            for item in items:
                pending.append((item, client.submit(work, item, pure=False)))
                if len(pending) >= ahead:
                    yield _result(*pending.popleft(), on_lost, cancel)
            while pending:
                yield _result(*pending.popleft(), on_lost, cancel)
        finally:
            client.cancel([future for _, future in pending])


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


def _result(
    item: Item,
    future: "Future[Result]",
    on_lost: Callable[[Item, str], Result],
    cancel: CancelToken | None,
) -> Result:
    while True:
        if cancel is not None:
            cancel.raise_if_cancelled()
        try:
            failure = future.exception(timeout=_POLL_S)  # type: ignore[no-untyped-call]
        except TimeoutError:
            continue
        except CancelledError as error:
            raise DatasetError("The connection to the dask scheduler was lost.") from error
        if failure is not None:
            return on_lost(item, f"its worker failed ({type(failure).__name__})")
        result: Result = future.result()
        return result
