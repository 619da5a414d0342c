"""The marked places of each flag: peaks of the clot map on its slices, with side and level."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from pe_models.calibration import logit, sigmoid
from pe_models.findings import ArteryLevel, Flag, MarkedPlace
from pe_models.placing.evidence import EvidenceMaps
from pe_models.placing.levels import numbers_of
from pe_models.placing.peaks import Cell, highest_peaks
from pe_models.placing.rules import PlaceRules
from pe_models.placing.sides import side_of

APART_MM: Final = 15.0
"""Of two peaks nearer than this the higher is kept: one clot, one mark."""
MOST_PLACES: Final = 3
"""Of one flag: it is one place to look, and what lies on the same slices beside it."""


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
        most=MOST_PLACES,
    )
    return [(flag.first + k, row, col) for k, row, col in peaks]


def _with_places(flag: Flag, evidence: EvidenceMaps, rules: PlaceRules) -> Flag:
    cells = peaks_of_flag(flag, evidence, rules.least_score)
    found = (_place(cell, evidence, rules) for cell in cells)
    places = tuple(
        place for rank, place in enumerate(found) if rank == 0 or place.score >= rules.least_beside
    )
    sides = tuple(dict.fromkeys(place.side.value for place in places))
    return replace(flag, sides=sides, level=places[0].level if places else None, places=places)


def _place(cell: Cell, evidence: EvidenceMaps, rules: PlaceRules) -> MarkedPlace:
    _, row, col = evidence.voxel(cell)
    level: ArteryLevel | None = None
    if rules.levels is not None and evidence.frame.is_seen:
        level = rules.levels.level_of(numbers_of(evidence, cell))
    score = float(sigmoid(float(evidence.clot[cell])))
    return MarkedPlace(cell[0], row, col, score, side_of(evidence.offset(cell)), level)
