"""Clot burden from the arterial tree: the indices of Qanadli and of Mastora."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from pe_viewer.form.sites import SEGMENTS, ArterialSite, Occlusion

QANADLI_MOST: Final = 40
MASTORA_MOST: Final = 155

_QANADLI_TOTAL: Final = 2
_MASTORA_GRADES: Final[Mapping[Occlusion, tuple[int, int]]] = MappingProxyType(
    {
        Occlusion.SUBSEGMENTAL: (0, 0),
        Occlusion.PARTIAL: (1, 4),
        Occlusion.BELOW_25: (1, 1),
        Occlusion.BELOW_50: (2, 2),
        Occlusion.BELOW_75: (3, 3),
        Occlusion.BELOW_100: (4, 4),
        Occlusion.COMPLETE: (5, 5),
    }
)
"""Least and most points of an artery; they differ where a partial occlusion was not graded."""


@dataclass(frozen=True, slots=True)
class BurdenScores:
    """``qanadli`` 0 to 40. Mastora's index 0 to 155, ``mastora_least`` to ``mastora_most``: one
    number where every partial occlusion was graded, a range where one was not."""

    qanadli: int
    mastora_least: int
    mastora_most: int

    @property
    def qanadli_percent(self) -> float:
        return 100.0 * self.qanadli / QANADLI_MOST

    @property
    def is_mastora_exact(self) -> bool:
        return self.mastora_least == self.mastora_most


def burden_of(sites: Mapping[ArterialSite, Occlusion]) -> BurdenScores:
    """Both indices of one tree; 0 without emboli."""
    grades = [_MASTORA_GRADES[occlusion] for occlusion in sites.values()]
    return BurdenScores(
        qanadli=qanadli_score(sites),
        mastora_least=sum(least for least, _ in grades),
        mastora_most=sum(most for _, most in grades),
    )


def qanadli_score(sites: Mapping[ArterialSite, Occlusion]) -> int:
    """Qanadli's obstruction score, 0 to 40; as a percentage of 40 it is the obstruction index.

    The sum of n times d: n is the number of segmental arteries that arise from the artery with the
    embolus (10 a lung: 3 upper, 2 middle or lingula, 5 lower), d is 1 where it closes the artery in
    part and 2 where wholly. An embolus in subsegmental branches counts as one in part in its
    segment. Each segment counts once, by the worst that lies upstream of it or in it.

    Qanadli et al., AJR 2001;176:1415-1420. The counting of a segment below two emboli is our
    reading of "most proximal level"; it keeps the maximum of 40.
    """
    return sum(_segment_points(segment, sites) for segment in SEGMENTS)


def _segment_points(segment: ArterialSite, sites: Mapping[ArterialSite, Occlusion]) -> int:
    upstream = (sites[site] for site in segment.path if site in sites)
    return max((_degree(occlusion) for occlusion in upstream), default=0)


def _degree(occlusion: Occlusion) -> int:
    return _QANADLI_TOTAL if occlusion is Occlusion.COMPLETE else 1
