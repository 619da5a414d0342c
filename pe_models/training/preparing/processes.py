"""Work on processes of this machine; one that is killed costs the item that it worked on."""

from collections.abc import Callable, Iterator, Sequence
from typing import Final, TypeVar

from pe_models.parallel import ProcessLost, items_ahead, map_processes
from pe_models.progress import CancelToken

Item = TypeVar("Item")
Result = TypeVar("Result")

_WHY: Final = "its process was killed, perhaps for want of memory"


def map_local(
    work: Callable[[Item], Result],
    items: Sequence[Item],
    *,
    n_processes: int,
    on_lost: Callable[[Item, str], Result],
    cancel: CancelToken | None = None,
) -> Iterator[Result]:
    """Results in the order of ``items``, computed by ``n_processes`` processes.

    Nobody knows which of the items at work killed a process: each of them is tried once more with
    no other beside it, and then gives ``on_lost(item, why)``. So ``work`` must bear to be done
    twice. Raises Cancelled between items once ``cancel`` is set.
    """
    waiting = list(items)
    while waiting:
        n_done = 0
        try:
            for result in map_processes(work, waiting, n_processes=n_processes, cancel=cancel):
                n_done += 1
                yield result
            return
        except ProcessLost:
            end = n_done + items_ahead(n_processes)
            suspects, waiting = waiting[n_done:end], waiting[end:]
        for item in suspects:
            yield _alone(work, item, on_lost, cancel)


def _alone(
    work: Callable[[Item], Result],
    item: Item,
    on_lost: Callable[[Item, str], Result],
    cancel: CancelToken | None,
) -> Result:
    try:
        [result] = map_processes(work, [item], n_processes=1, cancel=cancel)
    except ProcessLost:
        return on_lost(item, _WHY)
    return result
