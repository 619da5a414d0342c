"""Measured: the widest inner widths of both ventricles, and how far they hang on how one measures.

As a reader does it: perpendicular to the septum in the axial plane, each ventricle on the slice
where it is widest (Ghaye et al., Radiology 2005;236:884; Becattini et al., Eur Heart J 2011;32:1657
on axial views).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from pe_models.heart.chords import Chord, widest_chord
from pe_models.heart.maps import SURE, Masks, VentricleMaps, main_part
from pe_models.heart.septum import across_septum

_OTHER_SURE: Final = (0.3, 0.7)
"""Scores at which the blood may end as well: how soft its border is."""
_OTHER_TURNS: Final = (-8.0, 8.0)
"""Degrees by which two readers' lines differ."""
_NEIGHBOURS: Final = 3
"""The median of so many slices says about where a ventricle is widest: one alone may err."""

Widths = NDArray[np.float64]
"""In mm, a map; 0 where a slice has none of the ventricle."""


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """``right`` and ``left`` are the widest chords, on the maps ``right_at`` and ``left_at``.

    ``spread`` is the standard deviation of log RV/LV over other thresholds, other directions and
    the neighbouring slices. ``end_shares`` say how wide a ventricle still is on the lowest and on
    the highest map, as a share of its widest place; of both ventricles the wider.
    """

    right: Chord
    left: Chord
    right_at: int
    left_at: int
    spread: float
    end_shares: tuple[float, float]


@dataclass(frozen=True, slots=True, eq=False)
class Ventricles:
    """The main part of each ventricle: its mask, and its scores without what lies apart from it."""

    right: Masks
    left: Masks
    right_scores: NDArray[np.float32]
    left_scores: NDArray[np.float32]
    cell_mm: tuple[float, float]

    @classmethod
    def of(cls, maps: VentricleMaps) -> "Ventricles":
        right, left = main_part(maps.right), main_part(maps.left)
        return cls(right, left, _within(maps.right, right), _within(maps.left, left), maps.cell_mm)


def measure(ventricles: Ventricles) -> Measured | None:
    """None where the ventricles have no wall in common, or one has no width."""
    across = across_septum(ventricles.right, ventricles.left, ventricles.cell_mm)
    if across is None:
        return None
    right = _chords(ventricles.right_scores, across, ventricles.cell_mm, SURE)
    left = _chords(ventricles.left_scores, across, ventricles.cell_mm, SURE)
    rights, lefts = _widths(right), _widths(left)
    right_at, left_at = _widest_at(rights), _widest_at(lefts)
    widest = right[right_at], left[left_at]
    if widest[0] is None or widest[1] is None:
        return None
    ratios = [
        *_other_ratios(ventricles, across, right_at, left_at),
        *_ratios_beside(rights, lefts, right_at, left_at),
    ]
    shares = np.stack([rights / rights[right_at], lefts / lefts[left_at]]).max(axis=0)
    return Measured(
        right=widest[0],
        left=widest[1],
        right_at=right_at,
        left_at=left_at,
        spread=float(np.std(np.log(ratios))),
        end_shares=(float(shares[0]), float(shares[-1])),
    )


def _within(scores: NDArray[np.float32], part: Masks) -> NDArray[np.float32]:
    """``scores`` of a part and of its border in the plane, 0 elsewhere."""
    near = ndimage.binary_dilation(part, np.ones((1, 3, 3), np.bool_))
    return np.where(near, scores, np.float32(0.0))


def _chords(
    scores: NDArray[np.float32],
    across: NDArray[np.float64],
    cell_mm: tuple[float, float],
    sure: float,
) -> list[Chord | None]:
    return [widest_chord(plane, across, cell_mm, sure=sure) for plane in scores]


def _widths(chords: list[Chord | None]) -> Widths:
    return np.array([0.0 if chord is None else chord.mm for chord in chords])


def _widest_at(widths: Widths) -> int:
    """The widest map beside the place where its neighbours are wide too."""
    smooth = ndimage.median_filter(widths, size=_NEIGHBOURS, mode="nearest")
    near = ndimage.binary_dilation(smooth == smooth.max(), iterations=_NEIGHBOURS // 2)
    return int(np.argmax(np.where(near, widths, -1.0)))


def _other_ratios(
    ventricles: Ventricles, across: NDArray[np.float64], right_at: int, left_at: int
) -> list[float]:
    """RV/LV on the same two slices, with other borders and other directions."""
    right, left = ventricles.right_scores[right_at], ventricles.left_scores[left_at]
    ways = [(sure, across) for sure in (SURE, *_OTHER_SURE)]
    ways += [(SURE, _turned(across, degrees)) for degrees in _OTHER_TURNS]
    found = []
    for sure, direction in ways:
        one, other = (
            widest_chord(plane, direction, ventricles.cell_mm, sure=sure) for plane in (right, left)
        )
        if one is not None and other is not None:
            found.append(one.mm / other.mm)
    return found


def _ratios_beside(right: Widths, left: Widths, right_at: int, left_at: int) -> list[float]:
    """RV/LV with one of the widths from a slice beside its own."""
    beside = [right[k] / left[left_at] for k in _beside(right, right_at)]
    return [*beside, *(right[right_at] / left[k] for k in _beside(left, left_at))]


def _beside(widths: Widths, at: int) -> list[int]:
    return [k for k in (at - 1, at + 1) if 0 <= k < len(widths) and widths[k] > 0.0]


def _turned(direction: NDArray[np.float64], degrees: float) -> NDArray[np.float64]:
    cos, sin = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    turned: NDArray[np.float64] = np.array([[cos, -sin], [sin, cos]]) @ direction
    return turned
