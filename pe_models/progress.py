"""How long work reports and stops: Progress, OnProgress, CancelToken, Cancelled."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Progress:
    """One report from long work.

    ``done`` and ``total`` count the same unit within ``stage``; ``total`` is 0 while unknown.
    """

    stage: str
    done: int
    total: int
    metrics: Mapping[str, float] = field(default_factory=dict)

    @property
    def fraction(self) -> float:
        """Share of the stage that is done, in [0, 1]; 0 while ``total`` is unknown."""
        return min(1.0, self.done / self.total) if self.total > 0 else 0.0


OnProgress = Callable[[Progress], None]


class Cancelled(Exception):
    """Raised inside work that was asked to stop. Not an error: nothing failed."""


class CancelToken:
    """A flag that one thread sets and another reads.

    Assignment of an attribute is atomic in CPython, so no lock is needed.
    """

    __slots__ = ("_cancelled", "_committed")

    def __init__(self) -> None:
        self._cancelled = self._committed = False

    def cancel(self) -> None:
        self._cancelled = True

    def commit(self) -> None:
        """What is done from here on cannot be taken back: a cancel comes too late and is not seen.

        Raises Cancelled where it came in time.
        """
        self.raise_if_cancelled()
        self._committed = True

    @property
    def is_cancelled(self) -> bool:
        return self._cancelled and not self._committed

    def raise_if_cancelled(self) -> None:
        """Raises Cancelled once ``cancel`` was called."""
        if self.is_cancelled:
            raise Cancelled


def ignore_progress(progress: Progress) -> None:
    """An OnProgress for callers that want none."""
