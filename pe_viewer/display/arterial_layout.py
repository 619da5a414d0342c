"""Where the arteries of the schematic tree are drawn: as on the slices, the right lung on the left.

Places are (x, y) in a unit square, y downward. Every artery is a straight line from the end of its
parent to its own; its mark stands on it, at the end of a segment and midway on the others.
"""

import math
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from pe_viewer.form.sites import SEGMENTS, ArterialSite

Place = tuple[float, float]

_TRUNK_FOOT: Final[Place] = (0.5, 0.74)
_A = ArterialSite

_RIGHT_ENDS: Final[dict[ArterialSite, Place]] = {
    _A.RIGHT_MAIN: (0.37, 0.36),
    _A.RIGHT_INTERLOBAR: (0.315, 0.55),
    _A.RIGHT_UPPER: (0.25, 0.22),
    _A.RIGHT_MIDDLE: (0.19, 0.52),
    _A.RIGHT_LOWER: (0.265, 0.72),
    _A.RIGHT_A1: (0.245, 0.06),
    _A.RIGHT_A2: (0.13, 0.12),
    _A.RIGHT_A3: (0.105, 0.26),
    _A.RIGHT_A4: (0.075, 0.42),
    _A.RIGHT_A5: (0.065, 0.56),
    _A.RIGHT_A6: (0.11, 0.69),
    _A.RIGHT_A7: (0.375, 0.82),
    _A.RIGHT_A8: (0.085, 0.83),
    _A.RIGHT_A9: (0.16, 0.93),
    _A.RIGHT_A10: (0.285, 0.945),
}
"""The ends of the right lung's arteries; the left lung's are their mirror image."""

_MIRRORED: Final = {
    _A.RIGHT_MAIN: _A.LEFT_MAIN,
    _A.RIGHT_INTERLOBAR: _A.LEFT_INTERLOBAR,
    _A.RIGHT_UPPER: _A.LEFT_UPPER,
    _A.RIGHT_MIDDLE: _A.LINGULA,
    _A.RIGHT_LOWER: _A.LEFT_LOWER,
    **{_A(f"R-A{number}"): _A(f"L-A{number}") for number in range(1, 11)},
}


@dataclass(frozen=True, slots=True)
class Branch:
    """One artery as drawn: from its origin to its end, with its mark."""

    start: Place
    end: Place

    def mark(self, *, is_segment: bool) -> Place:
        if is_segment:
            return self.end
        return (self.start[0] + self.end[0]) / 2, (self.start[1] + self.end[1]) / 2


def _ends() -> dict[ArterialSite, Place]:
    left = {_MIRRORED[site]: (1.0 - x, y) for site, (x, y) in _RIGHT_ENDS.items()}
    return {_A.TRUNK: (0.5, 0.42), **_RIGHT_ENDS, **left}


_ENDS: Final = MappingProxyType(_ends())

BRANCHES: Final = MappingProxyType(
    {
        site: Branch(_TRUNK_FOOT if site.parent is None else _ENDS[site.parent], _ENDS[site])
        for site in ArterialSite
    }
)

MARKS: Final = MappingProxyType(
    {site: branch.mark(is_segment=site in SEGMENTS) for site, branch in BRANCHES.items()}
)


def nearest_site(place: Place, *, within: float, aspect: float) -> ArterialSite | None:
    """The artery whose mark is nearest to a place; None where none is within reach.

    ``aspect`` is the drawing's width over its height, ``within`` a share of its height.
    """

    def distance(site: ArterialSite) -> float:
        x, y = MARKS[site]
        return math.hypot((x - place[0]) * aspect, y - place[1])

    nearest = min(ArterialSite, key=distance)
    return nearest if distance(nearest) <= within else None


def neighbour(site: ArterialSite, dx: int, dy: int) -> ArterialSite:
    """The artery next to one in a direction (-1, 0 or 1 each), for arrow keys; itself at the end.

    Of those that lie more that way than aside, the nearest.
    """
    x, y = MARKS[site]

    def away(other: ArterialSite) -> tuple[float, float]:
        along = (MARKS[other][0] - x) * dx + (MARKS[other][1] - y) * dy
        aside = abs((MARKS[other][0] - x) * dy) + abs((MARKS[other][1] - y) * dx)
        return along, aside

    ahead = [s for s in ArterialSite if s is not site and away(s)[0] > max(0.01, away(s)[1])]
    return min(ahead, key=lambda s: sum(away(s)), default=site)
