"""Which frames form one stack: the same series, orientation, matrix, spacing, kernel and time.

A frame of reference splits only where each of its groups is a stack of its own: de-identification
gives each slice a new one. Content and acquisition times never split; they vary within one series.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from pe_models.imaging.frames import FrameHeader
from pe_models.imaging.headers import FileHeader
from pe_models.imaging.pixel_digest import pixel_digest
from pe_models.imaging.position import POSITION_TOLERANCE_MM, normal_of, projected
from pe_models.imaging.sources import Entry

_ORIENTATION_TOLERANCE: Final = 2e-3
_SPACING_TOLERANCE: Final = 1e-3
_MIN_STACK: Final = 2

Kind = TypeVar("Kind", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Plane:
    """One frame of one file, on its way into a stack."""

    entry: Entry
    header: FileHeader
    frame: FrameHeader

    @property
    def order(self) -> tuple[int, int, str]:
        """Instance number, frame number, name: the order where positions say nothing."""
        return (self.header.instance_number or 0, self.frame.number or 0, self.entry.name)


@dataclass(frozen=True, slots=True)
class Stack:
    """Planes of one future Series, not yet in order; ``duplicates`` were dropped for their equals.

    ``has_repeats`` says that this stack was split from others at the same positions; ``unplaced``
    are planes of the same series that were left out because they have no position.
    """

    planes: tuple[Plane, ...]
    duplicates: tuple[Plane, ...] = ()
    has_repeats: bool = False
    unplaced: tuple[Plane, ...] = ()


def stacks_of(planes: Iterable[Plane]) -> list[Stack]:
    """Planes of any number of studies -> stacks, each plane in exactly one."""
    found = []
    for same_series in _split(planes, _series_key):
        for alike in _split_by_geometry(same_series):
            for stack in _split_by_frame_of_reference(alike):
                found.extend(_split_by_time(stack))
    return found


def _series_key(plane: Plane) -> Hashable:
    header = plane.header
    pixels = header.pixels
    return (
        header.study.study_uid,
        header.series.series_uid,
        header.series.modality,
        header.series.kernel,
        pixels.rows,
        pixels.cols,
        "LOCALIZER" in header.series.image_type,
    )


def _split(planes: Iterable[Plane], key: Callable[[Plane], Hashable]) -> list[list[Plane]]:
    groups: dict[Hashable, list[Plane]] = defaultdict(list)
    for plane in planes:
        groups[key(plane)].append(plane)
    return list(groups.values())


def _split_by_geometry(planes: list[Plane]) -> list[Stack]:
    """Groups of one orientation and spacing within tolerance; planes without a position apart."""
    leaders = _clusters({_shape(plane) for plane in planes})
    placed: dict[Hashable, list[Plane]] = defaultdict(list)
    unplaced: dict[Hashable, list[Plane]] = defaultdict(list)
    for plane in planes:
        is_placed = plane.frame.position_mm is not None and plane.frame.orientation is not None
        (placed if is_placed else unplaced)[leaders[_shape(plane)]].append(plane)
    rest = [Stack(tuple(group)) for group in unplaced.values()]
    stacks = [Stack(tuple(group)) for group in placed.values()]
    if stacks and rest:
        left_out = tuple(plane for stack in rest for plane in stack.planes)
        largest = max(range(len(stacks)), key=lambda index: len(stacks[index].planes))
        stacks[largest] = replace(stacks[largest], unplaced=left_out)
    return stacks + rest


Shape = tuple[tuple[float, ...], tuple[float, ...]]


def _shape(plane: Plane) -> Shape:
    return (plane.frame.orientation or (), plane.frame.pixel_spacing_mm or ())


def _clusters(shapes: set[Shape]) -> dict[Shape, Shape]:
    """Each shape -> the first shape that it equals within tolerance."""
    leaders: list[Shape] = []
    found: dict[Shape, Shape] = {}
    for shape in sorted(shapes):
        leader = next((other for other in leaders if _is_alike(shape, other)), shape)
        if leader is shape:
            leaders.append(shape)
        found[shape] = leader
    return found


def _is_alike(first: Shape, second: Shape) -> bool:
    tolerances = (_ORIENTATION_TOLERANCE, _SPACING_TOLERANCE)
    return all(
        len(a) == len(b) and all(abs(p - q) <= tolerance for p, q in zip(a, b, strict=True))
        for a, b, tolerance in zip(first, second, tolerances, strict=True)
    )


def _split_by_frame_of_reference(stack: Stack) -> list[Stack]:
    groups = _split(stack.planes, lambda plane: plane.header.frame_of_reference_uid)
    is_split = len(groups) > 1 and all(
        len({_position_key(plane) for plane in group}) >= _MIN_STACK for group in groups
    )
    if not is_split:
        return [stack]
    first = replace(stack, planes=tuple(groups[0]))
    return [first, *(Stack(tuple(group)) for group in groups[1:])]


def _split_by_time(stack: Stack) -> list[Stack]:
    """Splits repeated positions into time points; planes of equal pixels are dropped first."""
    if not _has_repeats(stack.planes):
        return [stack]
    by_time = _split(stack.planes, lambda plane: plane.frame.temporal_index)
    found = [part for group in by_time for part in _without_duplicates(group)]
    is_one = len(found) == 1
    return [
        replace(part, has_repeats=not is_one, unplaced=stack.unplaced if index == 0 else ())
        for index, part in enumerate(found)
    ]


def _without_duplicates(planes: Sequence[Plane]) -> list[Stack]:
    kept: list[Plane] = []
    dropped: list[Plane] = []
    at: dict[Hashable, list[Plane]] = defaultdict(list)
    for plane in sorted(planes, key=lambda plane: plane.order):
        at[_position_key(plane)].append(plane)
    for rivals in at.values():
        seen: set[Hashable] = set()
        for plane in rivals:
            digest = _content(plane) if len(rivals) > 1 else None
            is_known = digest is not None and digest in seen
            (dropped if is_known else kept).append(plane)
            seen.add(digest)
    parts = _split_repeats(kept)
    return [
        Stack(tuple(part), duplicates=tuple(dropped) if index == 0 else ())
        for index, part in enumerate(parts)
    ]


def _content(plane: Plane) -> Hashable | None:
    """Equal for planes that show the same pixels in the same HU; None where unreadable."""
    digest = pixel_digest(plane.entry, plane.header, plane.frame.number)
    return None if digest is None else (digest, plane.frame.slope, plane.frame.intercept)


def _split_repeats(planes: list[Plane]) -> list[list[Plane]]:
    """By acquisition, image type or echo where that leaves no repeats, else by turn."""
    if not _has_repeats(planes):
        return [planes]
    keys: tuple[Callable[[Plane], Hashable], ...] = (
        lambda plane: plane.header.acquisition_number,
        lambda plane: plane.header.series.image_type,
    )
    for key in keys:
        groups = _split(planes, key)
        if len(groups) > 1 and not any(_has_repeats(group) for group in groups):
            return groups
    turns: Counter[Hashable] = Counter()
    by_turn: dict[int, list[Plane]] = defaultdict(list)
    for plane in sorted(planes, key=lambda plane: plane.order):
        where = _position_key(plane)
        by_turn[turns[where]].append(plane)
        turns[where] += 1
    return list(by_turn.values())


def _has_repeats(planes: Sequence[Plane]) -> bool:
    return len({_position_key(plane) for plane in planes}) < len(planes)


def _position_key(plane: Plane) -> Hashable:
    """Equal for planes at one position; without a position, for the same instance."""
    position, orientation = plane.frame.position_mm, plane.frame.orientation
    if position is None or orientation is None:
        return ("instance", plane.header.sop_instance_uid, plane.frame.number)
    return round(projected(position, normal_of(orientation)) / POSITION_TOLERANCE_MM)
