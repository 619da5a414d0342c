"""InOrder: changes are told one after the other, also those that come while one is told."""

from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

Snapshot = TypeVar("Snapshot")


class InOrder(Generic[Snapshot]):
    """Tells each change to everyone; one that a listener makes waits until all have heard.

    Told at once, it would reach those who come later before the change that it answers, and they
    would draw the older snapshot last.
    """

    def __init__(self) -> None:
        self._waiting: deque[tuple[Snapshot, Snapshot]] = deque()
        self._is_telling = False

    def tell(
        self, emit: Callable[[Snapshot, Snapshot], None], old: Snapshot, new: Snapshot
    ) -> None:
        """Told before this returns, or where another is being told, right after that one."""
        self._waiting.append((old, new))
        if self._is_telling:
            return
        self._is_telling = True
        try:
            while self._waiting:
                emit(*self._waiting.popleft())
        finally:
            self._is_telling = False
