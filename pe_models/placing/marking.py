"""The marked places of each flag: peaks of the clot map on its slices, with side and level."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np
from scipy import ndimage

from pe_models.calibration import logit, sigmoid
from pe_models.findings import ArteryLevel, Flag, MarkedPlace, Side
from pe_models.placing.evidence import EvidenceMaps, within
from pe_models.placing.levels import LEVELS, numbers_of
from pe_models.placing.peaks import Cell, highest_peaks
from pe_models.placing.rules import PlaceRules
from pe_models.placing.sides import ABOUT_TRUNK_MM, FORK_LEFT_MM, SADDLE_MM, lateral_side, side_of

APART_MM: Final = 15.0
"""Of two peaks nearer than this the higher is kept: one clot, one mark."""
MOST_PLACES: Final = 3
"""Of one flag: it is one place to look, and what lies on the same slices beside it."""
MOST_PEAKS: Final = 8
"""Of which those places are chosen, so that one large clot does not hide another side's."""

_TOUCHING: Final = np.ones((3, 3, 3), dtype=np.bool_)


def with_places(
    flags: Sequence[Flag], evidence: EvidenceMaps, rules: PlaceRules
) -> tuple[Flag, ...]:
    """``flags`` with their places, sides and levels; places are voxels of the maps' Volume."""
    return tuple(_with_places(flag, evidence, rules) for flag in flags)


def peaks_of_flag(flag: Flag, evidence: EvidenceMaps, least_score: float) -> list[Cell]:
    """Cells of the maps where the flag's slices are likeliest clot, surest first."""
    scores = evidence.clot[flag.first : flag.last + 1].astype(np.float32)
    peaks = highest_peaks(
        scores,
        evidence.step_mm,
        apart_mm=APART_MM,
        least=float(logit(least_score)),
        most=MOST_PEAKS,
    )
    return [(flag.first + k, row, col) for k, row, col in peaks]


def _with_places(flag: Flag, evidence: EvidenceMaps, rules: PlaceRules) -> Flag:
    cells = peaks_of_flag(flag, evidence, rules.least_score)
    found = [_place(cell, flag, evidence, rules) for cell in cells]
    places = _chosen(found, rules.least_beside)
    sides = tuple(dict.fromkeys(place.side.value for place in places))
    levels = [place.level for place in places if place.level is not None]
    level = min(levels, key=LEVELS.index) if levels else None
    return replace(flag, sides=sides, level=level, places=places)


def _chosen(found: Sequence[MarkedPlace], least_beside: float) -> tuple[MarkedPlace, ...]:
    """The surest of ``found``, which are in that order, and of each other side; then what is left.

    Surest first again.
    """
    sure = [k for k, place in enumerate(found) if k == 0 or place.score >= least_beside]
    first_of_side = {found[k].side: k for k in reversed(sure)}
    in_order = sorted(sure, key=lambda k: (k not in first_of_side.values(), k))
    return tuple(found[k] for k in sorted(in_order[:MOST_PLACES]))


def _place(cell: Cell, flag: Flag, evidence: EvidenceMaps, rules: PlaceRules) -> MarkedPlace:
    _, row, col = evidence.voxel(cell)
    level: ArteryLevel | None = None
    if rules.levels is not None and evidence.frame.is_seen:
        level = rules.levels.level_of(numbers_of(evidence, cell))
    score = float(sigmoid(float(evidence.clot[cell])))
    return MarkedPlace(cell[0], row, col, score, _side(cell, flag, evidence), level)


def _side(cell: Cell, flag: Flag, evidence: EvidenceMaps) -> Side:
    """Where no carina is seen, no trunk is known: right or left."""
    offset = evidence.offset(cell)
    if not evidence.frame.is_seen:
        return lateral_side(offset)
    return Side.CENTRAL if _lies_across_the_fork(cell, flag, evidence) else side_of(offset)


def _lies_across_the_fork(cell: Cell, flag: Flag, evidence: EvidenceMaps) -> bool:
    """Whether the clot at ``cell`` reaches well to both sides of the fork on the flag's slices."""
    axes = evidence.axes_mm()
    slices, rows, cols = (
        np.flatnonzero(within(axis, limits))
        for axis, limits in zip(axes, ABOUT_TRUNK_MM, strict=True)
    )
    slices = slices[(slices >= flag.first) & (slices <= flag.last)]
    if cell[0] not in slices or cell[1] not in rows or cell[2] not in cols:
        return False
    pieces, _ = ndimage.label(evidence.clot[np.ix_(slices, rows, cols)] > 0, _TOUCHING)
    own = pieces[cell[0] - slices[0], cell[1] - rows[0], cell[2] - cols[0]]
    left_mm = axes[2][cols[np.flatnonzero((pieces == own).any(axis=(0, 1)))]]
    aside_mm = left_mm - FORK_LEFT_MM
    return bool(own and aside_mm.min() < -SADDLE_MM and aside_mm.max() > SADDLE_MM)
