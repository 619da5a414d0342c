"""Spread and Share: what many studies measure, in one line of a table."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Self

import numpy as np

_Z: Final = 1.959964
"""Of a normal distribution, 95 % lie within so many standard deviations."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Median of ``n`` values and what lies about it, ``low`` to ``high``; NaN where ``n`` is 0."""

    median: float
    low: float
    high: float
    n: int

    @classmethod
    def range_of(cls, values: Iterable[float]) -> Self:
        """From the least to the greatest; leaves out NaN, what could not be measured."""
        return cls._of(values, 0.0, 100.0)

    @classmethod
    def middle_of(cls, values: Iterable[float]) -> Self:
        """From the 5th to the 95th percentile; leaves out NaN."""
        return cls._of(values, 5.0, 95.0)

    @classmethod
    def _of(cls, values: Iterable[float], low: float, high: float) -> Self:
        known = np.asarray([value for value in values if np.isfinite(value)])
        if known.size == 0:
            return cls(np.nan, np.nan, np.nan, 0)
        least, median, greatest = np.percentile(known, (low, 50.0, high))
        return cls(float(median), float(least), float(greatest), known.size)

    def text(self, digits: int) -> str:
        """`median (low to high)`, the value alone of one study, `-` of none."""
        if self.n == 0:
            return "-"
        if self.n == 1:
            return number(self.median, digits)
        median, low, high = (number(v, digits) for v in (self.median, self.low, self.high))
        return f"{median} ({low} to {high})"


@dataclass(frozen=True, slots=True)
class Share:
    """``count`` of ``n``, with its 95 % interval (Wilson 1927)."""

    count: int
    n: int

    @property
    def value(self) -> float:
        return self.count / self.n if self.n else np.nan

    @property
    def interval(self) -> tuple[float, float]:
        z, n, p = _Z, self.n, self.value
        centre = (p + z * z / (2 * n)) / (1 + z * z / n)
        half = z / (1 + z * z / n) * float(np.sqrt(p * (1 - p) / n + z * z / (4 * n * n)))
        return max(0.0, centre - half), min(1.0, centre + half)

    def text(self) -> str:
        if self.n == 0:
            return "-"
        low, high = self.interval
        return f"{share(self.value)} ({share(low)} to {share(high)})"


def number(value: float, digits: int) -> str:
    """``value`` with so many decimal places, and no minus before a zero."""
    rounded = round(value, digits)
    return f"{rounded if rounded else 0.0:.{digits}f}"


def share(value: float) -> str:
    """A share without its leading zero."""
    return f"{value:.3f}".removeprefix("0")
