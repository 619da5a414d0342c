"""On which side a place lies, by the patient's geometry alone: no net has to learn it."""

from typing import Final

from pe_models.findings import Side
from pe_models.placing.frame import Offset

FORK_LEFT_MM: Final = 10.0
"""The pulmonary trunk lies to the left of the carina and forks there: what is nearer to the middle
than this belongs to the right pulmonary artery, which crosses it. Beyond the hila, 30 mm and more
from the middle, arteries of either side are far from this line."""

_TRUNK_BEFORE_MM: Final = 38.0
"""The trunk ends where it forks, so far in front of the carina."""
_TRUNK_REACH_MM: Final = 20.0
"""About the trunk's half width, with what the chest's turn and the patient's size leave open."""
_TRUNK_UP_MM: Final = (-60.0, 0.0)


def side_of(offset: Offset) -> Side:
    """Of a place in an artery; the trunk alone is central."""
    if is_in_trunk(offset):
        return Side.CENTRAL
    return Side.LEFT if offset.left_mm > FORK_LEFT_MM else Side.RIGHT


def is_in_trunk(offset: Offset) -> bool:
    low, high = _TRUNK_UP_MM
    return (
        offset.back_mm < -_TRUNK_BEFORE_MM
        and abs(offset.left_mm - FORK_LEFT_MM) < _TRUNK_REACH_MM
        and low < offset.up_mm < high
    )
