"""LevelRule: how far out along the arteries a place lies, from its vessel's width and its place.

A multinomial logistic model of a few measured numbers, fitted on training phantoms
(``pe_models.training.rules``); its coefficients travel in the bundle.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

import numpy as np
from scipy import ndimage

from pe_models.findings import ArteryLevel
from pe_models.placing.evidence import EvidenceMaps, Floats
from pe_models.placing.frame import Offset
from pe_models.placing.peaks import Cell
from pe_models.placing.sides import FORK_LEFT_MM

LEVELS: Final = tuple(ArteryLevel)

_FORK: Final = Offset(FORK_LEFT_MM, -36.0, -25.0)
"""Where the trunk forks, from the carina."""
N_NUMBERS: Final = 21
"""Of ``numbers_of``."""

_UNIT_MM: Final = 50.0
_AROUND_MM: Final = 24.0
"""An artery that is wider than this all around is the widest there is."""
_NEAR_MM: Final = 6.0
"""A place at a wall belongs to the vessel whose middle is so near."""
_DISCS_MM: Final = (4.0, 7.0, 11.0, 18.0)


def numbers_of(evidence: EvidenceMaps, cell: Cell) -> Floats:
    """What a LevelRule goes by (number,): the vessel's width, how much of the slice around is
    vessel, and where in the chest the place lies.
    """
    log_width = np.log(width_mm(evidence, cell))
    return np.array(
        [log_width, log_width**2, *_shares(evidence, cell), *_whereabouts(evidence.offset(cell))]
    )


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


def _shares(evidence: EvidenceMaps, cell: Cell) -> list[float]:
    """How much of each disc about ``cell``, within its slice, is vessel."""
    _, row_mm, col_mm = evidence.step_mm
    k, row, col = cell
    down, across = (round(_DISCS_MM[-1] / mm) for mm in (row_mm, col_mm))
    framed = np.pad(evidence.vessel[k], ((down, down), (across, across)))
    part = framed[row : row + 2 * down + 1, col : col + 2 * across + 1]
    y, x = np.mgrid[-down : down + 1, -across : across + 1]
    away_mm = np.hypot(y * row_mm, x * col_mm)
    return [float(part[away_mm <= radius].mean()) for radius in _DISCS_MM]


def _whereabouts(offset: Offset) -> list[float]:
    """Distance from the fork, the ways aside, back and up, their products, and the side."""
    aside = abs(offset.left_mm - _FORK.left_mm) / _UNIT_MM
    back = (offset.back_mm - _FORK.back_mm) / _UNIT_MM
    up = (offset.up_mm - _FORK.up_mm) / _UNIT_MM
    squares = (aside**2, back**2, up**2)
    is_left = float(offset.left_mm > _FORK.left_mm)
    return [
        sum(squares) ** 0.5,
        sum(squares),
        *(aside, back, up),
        *squares,
        *(aside * back, aside * up, back * up),
        is_left,
        *(is_left * aside, is_left * back, is_left * up),
    ]


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
        if len(record["mean"]) != N_NUMBERS:
            raise ValueError(f"a rule for levels of {len(record['mean'])} numbers, not {N_NUMBERS}")
        return cls(
            tuple(record["mean"]),
            tuple(record["scale"]),
            tuple(tuple(row) for row in record["weights"]),
        )
