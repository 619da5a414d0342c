"""The track beside the slice view: slices as rows of pixels, superior at the top.

Where there are more slices than rows, scores merge by maximum, so that a clot on one slice is never
lost in drawing; and what must hold for every slice (loaded, viewed) merges by "all of them".
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pe_models.findings import Findings


@dataclass(frozen=True, slots=True)
class TrackScale:
    """``n_slices`` spread evenly over ``height_px`` rows; the last slice, superior, at row 0."""

    n_slices: int
    height_px: int

    def __post_init__(self) -> None:
        if self.n_slices < 1 or self.height_px < 1:
            raise ValueError(f"no track of {self.n_slices} slices over {self.height_px} px")

    @property
    def px_per_slice(self) -> float:
        return self.height_px / self.n_slices

    def slice_at(self, y_px: float) -> int:
        """The slice drawn at ``y_px``, or the nearest one where that is outside."""
        from_top = int(np.floor(y_px / self.px_per_slice))
        return self.n_slices - 1 - min(max(from_top, 0), self.n_slices - 1)

    def centre_of(self, slice_index: int) -> float:
        """``y`` in the middle of a slice."""
        return (self.n_slices - slice_index - 0.5) * self.px_per_slice

    def span_of(self, first: int, last: int) -> tuple[float, float]:
        """Top and bottom of the run of slices from ``first`` to ``last`` (inclusive)."""
        top = (self.n_slices - 1 - last) * self.px_per_slice
        return top, (self.n_slices - first) * self.px_per_slice

    def merged_by_maximum(self, scores: NDArray[np.floating]) -> NDArray[np.float64]:
        """The highest score (row,) of the slices that touch each row; NaN where none is known."""
        top_down = np.asarray(scores[::-1], dtype=np.float64)
        first, last = self._touched()
        rows = np.full(self.height_px, np.nan)
        for offset in range(int((last - first).max()) + 1):
            rows = np.fmax(rows, top_down[np.minimum(first + offset, last)])
        return rows

    def merged_by_all(self, mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Rows (row,) all of whose slices are True in ``mask`` (slice,)."""
        top_down = np.concatenate(([0], np.cumsum(mask[::-1])))
        first, last = self._touched()
        held: NDArray[np.bool_] = top_down[last + 1] - top_down[first] == last + 1 - first
        return held

    def _touched(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """First and last slice, counted from the top, that touch each row."""
        rows = np.arange(self.height_px, dtype=np.int64)
        first = rows * self.n_slices // self.height_px
        last = -(-(rows + 1) * self.n_slices // self.height_px) - 1
        return first.astype(np.intp), last.astype(np.intp)


@dataclass(frozen=True, slots=True)
class TrackPair:
    """Model scores (slice,) in [0, 1] of one study by the bundle in use and by a candidate."""

    in_use_name: str
    candidate_name: str
    in_use: tuple[float, ...]
    candidate: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.in_use) != len(self.candidate):
            raise ValueError(f"tracks of {len(self.in_use)} and {len(self.candidate)} slices")


def held_between(scores: NDArray[np.floating]) -> NDArray[np.float64]:
    """Scores (slice,) where each unknown slice (NaN) takes the nearest known value.

    For drawing a coarse pass, and nothing else: no such value enters Findings.
    """
    known = np.flatnonzero(~np.isnan(scores))
    if len(known) == 0:
        return np.full(len(scores), np.nan)
    borders = (known[1:] + known[:-1] + 1) // 2
    nearest = known[np.searchsorted(borders, np.arange(len(scores)), side="right")]
    held: NDArray[np.float64] = np.asarray(scores, dtype=np.float64)[nearest]
    return held


def raw_scores(findings: Findings) -> NDArray[np.float64]:
    """Scores (slice,) as the sequence net gave them, not calibrated; NaN where there is none."""
    values = (s.pe_score_raw for s in findings.slices)
    return np.asarray([np.nan if v is None else v for v in values], dtype=np.float64)


def runs_of(mask: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Runs of True in ``mask`` as half-open (start, stop), in order."""
    padded = np.concatenate(([False], mask, [False]))
    edges = np.flatnonzero(padded[1:] != padded[:-1])
    return [(int(start), int(stop)) for start, stop in edges.reshape(-1, 2)]
