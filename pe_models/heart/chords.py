"""Chords: how wide a ventricle is on one slice along one direction."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

_STEP_MM: Final = 0.5
"""Along a chord; its ends are found between the steps."""
_BETWEEN_MM: Final = 2.0
"""From chord to chord."""
_ALIKE: Final = 3
"""A chord counts as the median of so many neighbours: one that runs into a trabecula's gap is no
width."""
_BEYOND_MM: Final = 4.0


@dataclass(frozen=True, slots=True, eq=False)
class Chord:
    """A line from ``start`` to ``end``, both (row, col) in mm from the middle of cell (0, 0)."""

    start: NDArray[np.float64]
    end: NDArray[np.float64]

    @property
    def mm(self) -> float:
        return float(np.linalg.norm(self.end - self.start))


def widest_chord(
    scores: NDArray[np.float32],
    across: NDArray[np.float64],
    cell_mm: tuple[float, float],
    *,
    sure: float,
) -> Chord | None:
    """The widest chord of one ventricle along ``across``; None where there is none.

    ``scores`` (row, col) are 0 outside the ventricle. A chord reaches from the first to the last
    place that is at least ``sure``, over papillary muscles and trabeculae, as a reader draws it.
    """
    cells = np.argwhere(scores >= sure)
    if not len(cells):
        return None
    along = np.array([-across[1], across[0]])
    places = cells * np.asarray(cell_mm)
    u = _steps(places @ across, _STEP_MM)
    v = _steps(places @ along, _BETWEEN_MM)
    lines = u[None, :, None] * across + v[:, None, None] * along  # (chord, step, row and col)
    at = np.moveaxis(lines / np.asarray(cell_mm), -1, 0)
    first, last = _ends(ndimage.map_coordinates(scores, at, order=1), sure)
    width = ndimage.median_filter(last - first, size=_ALIKE, mode="nearest")
    best = int(np.argmax(width))
    if width[best] <= 0.0:
        return None
    middle = u[0] + _STEP_MM * 0.5 * (first[best] + last[best])
    half = 0.5 * _STEP_MM * width[best]
    foot = v[best] * along
    return Chord(foot + (middle - half) * across, foot + (middle + half) * across)


def _steps(values: NDArray[np.float64], step: float) -> NDArray[np.float64]:
    return np.arange(values.min() - _BEYOND_MM, values.max() + _BEYOND_MM + step, step)


def _ends(
    scores: NDArray[np.float32], sure: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """First and last step (chord,) that is ``sure``, between steps; equal where none is."""
    inside = scores >= sure  # (chord, step)
    n_steps = inside.shape[1]
    first = np.where(inside.any(axis=1), inside.argmax(axis=1), 1)
    last = np.where(inside.any(axis=1), n_steps - 1 - inside[:, ::-1].argmax(axis=1), 1)
    rows = np.arange(len(scores))
    before, after = np.maximum(first - 1, 0), np.minimum(last + 1, n_steps - 1)
    return (
        first - _share(scores[rows, before], scores[rows, first], sure),
        last + _share(scores[rows, after], scores[rows, last], sure),
    )


def _share(
    outer: NDArray[np.float32], inner: NDArray[np.float32], sure: float
) -> NDArray[np.float64]:
    """How far (steps) beyond ``inner``, toward ``outer``, the score falls to ``sure``."""
    rise = np.asarray(inner, np.float64) - outer
    crosses = (rise > 0.0) & (inner >= sure)
    share: NDArray[np.float64] = np.where(crosses, (inner - sure) / np.maximum(rise, 1e-6), 0.0)
    return np.clip(share, 0.0, 1.0)
