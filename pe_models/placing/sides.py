"""On which side a place lies, by the patient's geometry alone: no net has to learn it."""

from typing import Final

from pe_models.findings import Side
from pe_models.placing.frame import Offset

FORK_LEFT_MM: Final = 12.0
"""The pulmonary trunk lies to the left of the carina and forks there: what is nearer to the middle
than this belongs to the right pulmonary artery, which crosses it. Beyond the hila, 30 mm and more
from the middle, arteries of either side are far from this line."""

_TRUNK_BEFORE_MM: Final = 30.0
"""The trunk ends where it forks, so far in front of the carina."""
_TRUNK_REACH_MM: Final = 18.0
"""About the trunk's half width, with what the chest's turn and the patient's size leave open."""
_TRUNK_UP_MM: Final = (-60.0, 4.0)

ABOUT_TRUNK_MM: Final = ((-55.0, 8.0), (-62.0, 5.0), (-28.0, 44.0))
"""The trunk and the main pulmonary arteries up to their first branches: how far up, back and to the
left of the carina."""

SADDLE_MM: Final = 8.0
"""A clot that reaches so far to both sides of the fork lies across it: those of one main artery
begin within it."""


def side_of(offset: Offset) -> Side:
    """Of a place in an artery; the trunk alone is central, whatever else its clot reaches."""
    return Side.CENTRAL if is_in_trunk(offset) else lateral_side(offset)


def lateral_side(offset: Offset) -> Side:
    """Right or left, whatever else it is."""
    return Side.LEFT if offset.left_mm > FORK_LEFT_MM else Side.RIGHT


def is_in_trunk(offset: Offset) -> bool:
    return (
        offset.back_mm < -_TRUNK_BEFORE_MM
        and abs(offset.left_mm - FORK_LEFT_MM) < _TRUNK_REACH_MM
        and _within(offset.up_mm, _TRUNK_UP_MM)
    )


def _within(value: float, limits: tuple[float, float]) -> bool:
    return limits[0] <= value <= limits[1]
