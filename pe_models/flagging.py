"""Flags: runs of slices at or above a threshold, cut so that one flag is one place to look."""

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pe_models.findings import Flag

PROMINENCE: Final = 0.1
"""How far a score must fall, and rise again, for a run to be cut: a dip of a tenth of the scale is
what a reader sees as two peaks on the track. It is measured on the score, not the logit, where
noise near 0 and 1 would count as much as a change of mind near the middle."""


def cut_flags(
    pe_scores: NDArray[np.float64], threshold: float, *, prominence: float = PROMINENCE
) -> tuple[Flag, ...]:
    """The flags of ``pe_scores`` (slice,), in [0, 1], from the most inferior one upward.

    Together they hold exactly the slices at or above ``threshold``. A run is cut at the lowest
    slice between two peaks that both exceed it by ``prominence`` or more; that slice stays with
    the higher peak. The first of equal peaks counts.
    """
    pieces = (
        piece
        for first, last in _runs(pe_scores >= threshold)
        for piece in _pieces(pe_scores, first, last, prominence)
    )
    return tuple(_flag(pe_scores, first, last) for first, last in sorted(pieces))


def _runs(is_marked: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """First and last index of each run of True."""
    padded = np.concatenate([[False], is_marked, [False]])
    edges = np.flatnonzero(padded[1:] != padded[:-1])
    for first, end in edges.reshape(-1, 2).tolist():
        yield first, end - 1


def _pieces(
    scores: NDArray[np.float64], first: int, last: int, prominence: float
) -> Iterator[tuple[int, int]]:
    """The run in pieces: one around its peak, and what is cut off on either side, cut likewise."""
    waiting = [(first, last)]
    while waiting:
        low, high = waiting.pop()
        peak = low + int(np.argmax(scores[low : high + 1]))
        upper = _valley(scores, range(peak, high + 1), prominence)
        lower = _valley(scores, range(peak, low - 1, -1), prominence)
        if upper is not None:
            waiting.append((upper + 1, high))
        if lower is not None:
            waiting.append((low, lower - 1))
        yield low if lower is None else lower, high if upper is None else upper


def _valley(scores: NDArray[np.float64], outward: range, prominence: float) -> int | None:
    """The lowest slice from a peak ``outward`` after which the score rises by ``prominence``."""
    lowest = outward[0]
    for index in outward:
        if scores[index] < scores[lowest]:
            lowest = index
        elif scores[index] - scores[lowest] >= prominence:
            return lowest
    return None


def _flag(scores: NDArray[np.float64], first: int, last: int) -> Flag:
    peak = first + int(np.argmax(scores[first : last + 1]))
    return Flag(first, peak, last, float(scores[peak]))
