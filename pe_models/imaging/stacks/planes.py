"""SourcePlane and Stack: the frames of files on their way into a Series."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from math import inf

from pe_models.imaging.dicom.frames import FrameHeader
from pe_models.imaging.dicom.headers import FileHeader
from pe_models.imaging.files.sources import Entry
from pe_models.imaging.stacks.position import POSITION_TOLERANCE_MM, normal_of, projected
from pe_models.imaging.study import PROJECTIONS

NaturalName = tuple[tuple[int, int, str], ...]


@dataclass(frozen=True, slots=True)
class SourcePlane:
    """One frame of one file. ``place`` counts the positions of its stack (see ``at_places``)."""

    entry: Entry
    header: FileHeader
    frame: FrameHeader
    place: int | None = None

    @property
    def acquisition(self) -> int | None:
        """The number of its acquisition: the frame's own, else the file's."""
        return self.frame.acquisition_number or self.header.acquisition_number

    @property
    def along_mm(self) -> float | None:
        """Where it lies along its normal; None without position or orientation."""
        position, orientation = self.frame.position_mm, self.frame.orientation
        if position is None or orientation is None:
            return None
        return projected(position, normal_of(orientation))

    @property
    def is_radiograph(self) -> bool:
        """A shadow of the whole patient; with a position in depth it would be a slice."""
        return self.header.series.modality in PROJECTIONS and self.frame.position_mm is None

    @property
    def order(self) -> tuple[int, int, NaturalName]:
        """Instance number, frame number, name: the order where positions say nothing."""
        return (
            self.header.instance_number or 0,
            self.frame.number or 0,
            _natural(self.entry.member or self.entry.path),
        )


@dataclass(frozen=True, slots=True)
class Stack:
    """Planes of one future Series, not yet in order; ``duplicates`` were dropped for their equals.

    ``repeats`` are those planes at whose positions other stacks, split from this one, have planes
    too, and ``may_be_mixed`` says that nothing tells for sure which of them belong together;
    ``unplaced`` are planes of the same series that were left out because they have no
    position. ``has_assumed_orientation`` says that the files give positions alone.
    """

    planes: tuple[SourcePlane, ...]
    duplicates: tuple[SourcePlane, ...] = ()
    repeats: tuple[SourcePlane, ...] = ()
    may_be_mixed: bool = False
    unplaced: tuple[SourcePlane, ...] = ()
    has_assumed_orientation: bool = False


Key = Callable[[SourcePlane], Hashable]


def split(planes: Iterable[SourcePlane], key: Key) -> list[list[SourcePlane]]:
    """Groups of equal ``key``, in the order of their first planes."""
    groups: dict[Hashable, list[SourcePlane]] = defaultdict(list)
    for plane in planes:
        groups[key(plane)].append(plane)
    return list(groups.values())


def at_places(planes: Sequence[SourcePlane]) -> list[SourcePlane]:
    """``planes`` of one stack, each with the place that it shares with those at its position.

    A place holds all within POSITION_TOLERANCE_MM of its lowest plane.
    """
    along_mm = [plane.along_mm for plane in planes]
    place_at: dict[float | None, int] = {}
    lowest, place = -inf, -1
    for position in sorted({position for position in along_mm if position is not None}):
        if position - lowest > POSITION_TOLERANCE_MM:
            lowest, place = position, place + 1
        place_at[position] = place
    return [
        SourcePlane(plane.entry, plane.header, plane.frame, place_at.get(position))
        for plane, position in zip(planes, along_mm, strict=True)
    ]


def place_of(plane: SourcePlane) -> Hashable:
    """Equal for planes at one place; without a position, for the same instance."""
    if plane.place is None:
        return ("instance", plane.header.sop_instance_uid, plane.frame.number)
    return plane.place


def places_of(planes: Iterable[SourcePlane]) -> Counter[Hashable]:
    """How many planes lie at each place."""
    return Counter(map(place_of, planes))


def has_repeats(planes: Sequence[SourcePlane]) -> bool:
    """Whether two planes lie at one place."""
    return len(set(map(place_of, planes))) < len(planes)


def _natural(name: str) -> NaturalName:
    """A key that sorts IM2 before IM10."""
    parts = re.split(r"(\d+)", name)
    return tuple((0, int(p), "") if p.isdecimal() else (1, 0, p) for p in parts if p)
