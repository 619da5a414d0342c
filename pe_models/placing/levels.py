"""LevelRule: how far out along the arteries a place lies, from its vessel's width and its place.

A multinomial logistic model of a few measured numbers, fitted on training phantoms
(``pe_models.training.place_rules``); its coefficients travel in the bundle.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from pe_models.findings import ArteryLevel
from pe_models.placing.evidence import EvidenceMaps
from pe_models.placing.frame import Offset
from pe_models.placing.peaks import Cell
from pe_models.placing.sides import FORK_LEFT_MM

Floats = NDArray[np.float64]

LEVELS: Final = tuple(ArteryLevel)

_FORK: Final = Offset(FORK_LEFT_MM, -36.0, -25.0)
"""Where the trunk forks, from the carina."""
_AROUND_MM: Final = 24.0
"""An artery that is wider than this all around is the widest there is."""
_NEAR_MM: Final = 6.0
"""A place at a wall belongs to the vessel whose middle is so near."""


def numbers_of(evidence: EvidenceMaps, cell: Cell) -> Floats:
    """What a LevelRule goes by (number,): the vessel's width and where it lies.

    Logarithm of the width, distance from the fork, distance aside, and heights and depths, each
    once as it is and once squared, for arteries run out from the hilum in all directions.
    """
    offset = evidence.offset(cell)
    aside = abs(offset.left_mm - FORK_LEFT_MM)
    back, up = offset.back_mm - _FORK.back_mm, offset.up_mm - _FORK.up_mm
    away = float(np.sqrt(aside**2 + back**2 + up**2))
    width = np.log(width_mm(evidence, cell))
    is_left = float(offset.left_mm > FORK_LEFT_MM)
    place = np.array([aside, back, up]) / 50.0
    return np.array([width, width**2, away / 50.0, *place, *place**2, is_left, is_left * place[2]])


def width_mm(evidence: EvidenceMaps, cell: Cell) -> float:
    """Of the vessel at ``cell`` within its slice: twice the way from its middle to its wall.

    At least one cell of the map.
    """
    _, row_mm, col_mm = evidence.step_mm
    k, row, col = cell
    rows, cols = (_span(at, round(_AROUND_MM / mm)) for at, mm in ((row, row_mm), (col, col_mm)))
    framed = np.pad(evidence.vessel[k, rows, cols], 1)  # beyond the maps is no vessel
    depth = ndimage.distance_transform_edt(framed, sampling=(row_mm, col_mm))[1:-1, 1:-1]
    near = (
        _span(row - rows.start, round(_NEAR_MM / row_mm)),
        _span(col - cols.start, round(_NEAR_MM / col_mm)),
    )
    step_mm = 0.5 * (row_mm + col_mm)
    return max(step_mm, 2.0 * float(depth[near].max()) - step_mm)


def _span(middle: int, reach: int) -> slice:
    return slice(max(0, middle - reach), middle + reach + 1)


@dataclass(frozen=True, slots=True)
class LevelRule:
    """``weights`` (level, number + 1), the constant last, of ``numbers_of`` less ``mean``, over
    ``scale``, each (number,)."""

    mean: tuple[float, ...]
    scale: tuple[float, ...]
    weights: tuple[tuple[float, ...], ...]

    def __post_init__(self) -> None:
        n = len(self.mean)
        if len(self.scale) != n or {len(row) for row in self.weights} != {n + 1}:
            raise ValueError("a rule for levels whose numbers do not go together")
        if len(self.weights) != len(LEVELS) or min(self.scale) <= 0:
            raise ValueError("a rule for levels that does not know them all")
        if not np.isfinite([*self.mean, *self.scale, *np.ravel(self.weights)]).all():
            raise ValueError("a rule for levels with values that are no numbers")

    def scores(self, numbers: Floats) -> Floats:
        """How likely each level is (level,), summing to 1."""
        scaled = (numbers - np.array(self.mean)) / np.array(self.scale)
        logits = np.array(self.weights) @ np.append(scaled, 1.0)
        shares = np.exp(logits - logits.max())
        total: Floats = shares / shares.sum()
        return total

    def level_of(self, numbers: Floats) -> ArteryLevel:
        return LEVELS[int(np.argmax(self.scores(numbers)))]

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Self:
        """Inverse of its fields as JSON. Raises KeyError, TypeError or ValueError."""
        return cls(
            tuple(record["mean"]),
            tuple(record["scale"]),
            tuple(tuple(row) for row in record["weights"]),
        )
