"""The only place in pe_models that makes threads, processes and shared memory."""

from pe_models.parallel.cores import (
    background_threads,
    is_first_process,
    sleep_while_waiting,
    usable_cores,
)
from pe_models.parallel.pools import ProcessLost, items_ahead, map_processes, map_threads
from pe_models.parallel.shared_array import SharedArray
from pe_models.parallel.threads import start_thread

__all__ = [
    "ProcessLost",
    "SharedArray",
    "background_threads",
    "is_first_process",
    "items_ahead",
    "map_processes",
    "map_threads",
    "sleep_while_waiting",
    "start_thread",
    "usable_cores",
]
