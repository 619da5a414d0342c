"""The arterial tree of a report: 31 arteries, what each arises from, and their codes.

Trunk, two main and two interlobar arteries, six lobar ones (the lingula counted as the left lung's
middle lobe) and ten segmental ones a lung: the arteries that Mastora's index looks at, and the
twenty segments of Qanadli's. Segments bear Boyden's numbers (A1 to A10); left A1 and A2 are counted
as two and left A7 is counted, as both indices do, whatever a single patient's branching is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from pe_viewer.form.answers import Level

LOCAL_SCHEME: Final = "99PEV"
"""Codes of our own, where no public code was checked."""


@dataclass(frozen=True, slots=True)
class Code:
    """A coded concept: DICOM's code value, coding scheme designator and code meaning."""

    value: str
    scheme: str
    meaning: str


class Side(StrEnum):
    """SCT 24028007 right, 7771000 left, 51440002 right and left."""

    RIGHT = "right"
    LEFT = "left"
    BOTH = "bilateral"


class Occlusion(StrEnum):
    """How much of an artery is closed by an embolus, in its cross-section.

    ``PARTIAL`` is partial and not graded further. ``SUBSEGMENTAL`` is said of a segment whose own
    artery is free, with embolus only in its branches.
    """

    SUBSEGMENTAL = "subsegmental branches only"
    PARTIAL = "partial"
    BELOW_25 = "below 25 %"
    BELOW_50 = "25 to 49 %"
    BELOW_75 = "50 to 74 %"
    BELOW_100 = "75 to 99 %"
    COMPLETE = "complete"


class ArterialSite(StrEnum):
    """One artery of the tree; the value is its name in JSON and its code in 99PEV."""

    TRUNK = "TRUNK"
    RIGHT_MAIN = "R-MAIN"
    LEFT_MAIN = "L-MAIN"
    RIGHT_INTERLOBAR = "R-INTERLOBAR"
    LEFT_INTERLOBAR = "L-INTERLOBAR"
    RIGHT_UPPER = "R-UPPER"
    RIGHT_MIDDLE = "R-MIDDLE"
    RIGHT_LOWER = "R-LOWER"
    LEFT_UPPER = "L-UPPER"
    LINGULA = "L-LINGULA"
    LEFT_LOWER = "L-LOWER"
    RIGHT_A1 = "R-A1"
    RIGHT_A2 = "R-A2"
    RIGHT_A3 = "R-A3"
    RIGHT_A4 = "R-A4"
    RIGHT_A5 = "R-A5"
    RIGHT_A6 = "R-A6"
    RIGHT_A7 = "R-A7"
    RIGHT_A8 = "R-A8"
    RIGHT_A9 = "R-A9"
    RIGHT_A10 = "R-A10"
    LEFT_A1 = "L-A1"
    LEFT_A2 = "L-A2"
    LEFT_A3 = "L-A3"
    LEFT_A4 = "L-A4"
    LEFT_A5 = "L-A5"
    LEFT_A6 = "L-A6"
    LEFT_A7 = "L-A7"
    LEFT_A8 = "L-A8"
    LEFT_A9 = "L-A9"
    LEFT_A10 = "L-A10"

    @property
    def side(self) -> Side | None:
        """None for the trunk, which belongs to both lungs."""
        return {"R": Side.RIGHT, "L": Side.LEFT}.get(self.value.partition("-")[0])

    @property
    def level(self) -> Level:
        return _LEVELS[self]

    @property
    def parent(self) -> "ArterialSite | None":
        """The artery that this one arises from; None for the trunk."""
        return PARENTS.get(self)

    @property
    def path(self) -> tuple["ArterialSite", ...]:
        """This artery and those upstream of it, the trunk last."""
        parent = self.parent
        return (self,) if parent is None else (self, *parent.path)

    @property
    def segments(self) -> tuple["ArterialSite", ...]:
        """The segmental arteries that arise from it; of a segment itself."""
        return tuple(s for s in SEGMENTS if self in s.path)

    @property
    def code(self) -> Code:
        """SCT for trunk and main arteries, 99PEV for the others."""
        return _SCT.get(self) or Code(self.value, LOCAL_SCHEME, SITE_NAMES[self])

    @property
    def laterality_and_lobe(self) -> tuple[Code, ...]:
        """Public codes that place a lobar or segmental artery: its side, then its lobe."""
        lobe = next((LOBES[s] for s in self.path if s in LOBES), None)
        return () if self.side is None else tuple(c for c in (SIDE_CODES[self.side], lobe) if c)


_S = ArterialSite

_BRANCHES: Final[Mapping[ArterialSite, tuple[ArterialSite, ...]]] = MappingProxyType(
    {
        _S.TRUNK: (_S.RIGHT_MAIN, _S.LEFT_MAIN),
        _S.RIGHT_MAIN: (_S.RIGHT_UPPER, _S.RIGHT_INTERLOBAR),
        _S.LEFT_MAIN: (_S.LEFT_UPPER, _S.LEFT_INTERLOBAR),
        _S.RIGHT_INTERLOBAR: (_S.RIGHT_MIDDLE, _S.RIGHT_LOWER),
        _S.LEFT_INTERLOBAR: (_S.LINGULA, _S.LEFT_LOWER),
        _S.RIGHT_UPPER: (_S.RIGHT_A1, _S.RIGHT_A2, _S.RIGHT_A3),
        _S.RIGHT_MIDDLE: (_S.RIGHT_A4, _S.RIGHT_A5),
        _S.RIGHT_LOWER: (_S.RIGHT_A6, _S.RIGHT_A7, _S.RIGHT_A8, _S.RIGHT_A9, _S.RIGHT_A10),
        _S.LEFT_UPPER: (_S.LEFT_A1, _S.LEFT_A2, _S.LEFT_A3),
        _S.LINGULA: (_S.LEFT_A4, _S.LEFT_A5),
        _S.LEFT_LOWER: (_S.LEFT_A6, _S.LEFT_A7, _S.LEFT_A8, _S.LEFT_A9, _S.LEFT_A10),
    }
)

PARENTS: Final[Mapping[ArterialSite, ArterialSite]] = MappingProxyType(
    {branch: parent for parent, branches in _BRANCHES.items() for branch in branches}
)

SEGMENTS: Final = tuple(site for site in ArterialSite if site not in _BRANCHES)
"""The twenty segmental arteries."""

LOBAR: Final = tuple(dict.fromkeys(PARENTS[segment] for segment in SEGMENTS))
"""The six lobar arteries, the lingula's among them."""

_LEVELS: Final = MappingProxyType(
    dict.fromkeys(ArterialSite, Level.CENTRAL)
    | dict.fromkeys(LOBAR, Level.LOBAR)
    | dict.fromkeys(SEGMENTS, Level.SEGMENTAL)
)

_NAMES_ABOVE_SEGMENTS: Final[Mapping[ArterialSite, str]] = MappingProxyType(
    {
        _S.TRUNK: "Pulmonary trunk",
        _S.RIGHT_MAIN: "Right pulmonary artery",
        _S.LEFT_MAIN: "Left pulmonary artery",
        _S.RIGHT_INTERLOBAR: "Right interlobar artery",
        _S.LEFT_INTERLOBAR: "Left interlobar artery",
        _S.RIGHT_UPPER: "Right upper lobe artery",
        _S.RIGHT_MIDDLE: "Middle lobe artery",
        _S.RIGHT_LOWER: "Right lower lobe artery",
        _S.LEFT_UPPER: "Left upper lobe artery",
        _S.LINGULA: "Lingular artery",
        _S.LEFT_LOWER: "Left lower lobe artery",
    }
)

SITE_NAMES: Final[Mapping[ArterialSite, str]] = MappingProxyType(
    dict(_NAMES_ABOVE_SEGMENTS)
    | {site: f"{str(site.side).capitalize()} segmental artery {site[2:]}" for site in SEGMENTS}
)
"""English names, as code meanings and on screen."""

_SCT: Final[Mapping[ArterialSite, Code]] = MappingProxyType(
    {
        _S.TRUNK: Code("45341000", "SCT", "Pulmonary trunk"),
        _S.RIGHT_MAIN: Code("78480002", "SCT", "Right pulmonary artery"),
        _S.LEFT_MAIN: Code("50408007", "SCT", "Left pulmonary artery"),
    }
)

SIDE_CODES: Final[Mapping[Side, Code]] = MappingProxyType(
    {
        Side.RIGHT: Code("24028007", "SCT", "Right"),
        Side.LEFT: Code("7771000", "SCT", "Left"),
        Side.BOTH: Code("51440002", "SCT", "Right and left"),
    }
)

LOBES: Final[Mapping[ArterialSite, Code]] = MappingProxyType(
    {
        _S.RIGHT_UPPER: Code("45653009", "SCT", "Upper lobe of lung"),
        _S.RIGHT_MIDDLE: Code("72481006", "SCT", "Middle lobe of right lung"),
        _S.RIGHT_LOWER: Code("90572001", "SCT", "Lower lobe of lung"),
        _S.LEFT_UPPER: Code("44714003", "SCT", "Upper lobe of left lung"),
        _S.LINGULA: Code("44714003", "SCT", "Upper lobe of left lung"),
        _S.LEFT_LOWER: Code("90572001", "SCT", "Lower lobe of lung"),
    }
)
"""The lobe that a lobar artery goes to."""
