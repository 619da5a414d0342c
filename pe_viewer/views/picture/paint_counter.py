"""How many of the requested slices were painted, and how long painting took."""

import time
from collections import deque
from itertools import islice
from typing import Final

_RECENT: Final = 240
"""Paints that the rate and the times are taken from."""

_NEWEST: Final = 8
"""Paints that tell how long one takes by itself: the quickest of them was not interrupted."""


class PaintCounter:
    """Counts requests against paints: a viewer that drops slices must not do so in silence.

    A slice is requested when it becomes the current one, and dropped where the next is requested
    before it was painted.
    """

    def __init__(self) -> None:
        self.n_requested = 0
        self.n_painted = 0
        self._is_due = False
        self._began_s = 0.0
        self._painted: deque[tuple[float, float]] = deque(maxlen=_RECENT)

    @property
    def last_ms(self) -> float:
        """How long the newest paint took; 0 before the first."""
        return self._painted[-1][1] if self._painted else 0.0

    @property
    def quickest_ms(self) -> float:
        """How long the quickest of the newest paints took; 0 before the first.

        Other programs and threads may hold up any one paint, which says nothing of the next.
        """
        newest = islice(reversed(self._painted), _NEWEST)
        return min((ms for _, ms in newest), default=0.0)

    def request(self) -> None:
        """Another slice became the current one."""
        self.n_requested += 1
        self._is_due = True

    def begin(self) -> None:
        self._began_s = time.perf_counter()

    def end(self, *, shows_slice: bool) -> None:
        """A paint is done; it counts once for each request, and only where pixels were shown."""
        now_s = time.perf_counter()
        self._painted.append((now_s, 1000 * (now_s - self._began_s)))
        if self._is_due and shows_slice:
            self.n_painted += 1
            self._is_due = False

    def text(self) -> str:
        """``painted 812 of 812   60 a second   2.1 ms, longest 4.8 ms``."""
        times_ms = [ms for _, ms in self._painted] or [0.0]
        return (
            f"painted {self.n_painted:,} of {self.n_requested:,}   {self._rate_hz():.0f} a second"
            f"   {self.last_ms:.1f} ms, longest {max(times_ms):.1f} ms"
        )

    def _rate_hz(self) -> float:
        """Paints of the second before the newest one."""
        newest_s = self._painted[-1][0] if self._painted else 0.0
        return float(sum(newest_s - at_s < 1.0 for at_s, _ in self._painted))
