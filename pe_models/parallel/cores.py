"""How many cores and processes there are to work with, and how their threads wait."""

import os


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
