"""Planes that share positions: of equal ones one is kept, different ones become time points."""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Sequence
from typing import Final, NamedTuple

from pe_models.imaging.stacks.pixel_bytes import PixelBytes
from pe_models.imaging.stacks.planes import (
    Key,
    SourcePlane,
    Stack,
    has_repeats,
    place_of,
    places_of,
    split,
)
from pe_models.progress import CancelToken


def split_by_time(stack: Stack, cancel: CancelToken | None = None) -> list[Stack]:
    """One stack for each time point; ``stack`` itself where each position is taken once.

    Raises Cancelled.
    """
    if not has_repeats(stack.planes):
        return [stack]
    twins = _twins(sorted(stack.planes, key=lambda plane: plane.order), cancel)
    kept = [plane for plane in stack.planes if id(plane) not in twins]
    places = places_of(kept)
    points = _time_points(kept)
    return [
        Stack(
            planes=tuple(part),
            duplicates=_duplicates(stack, part, twins),
            repeats=tuple(plane for plane in part if places[place_of(plane)] > 1),
            may_be_mixed=points.may_be_mixed,
            unplaced=stack.unplaced if index == 0 else (),
            has_assumed_orientation=stack.has_assumed_orientation,
        )
        for index, part in enumerate(points.parts)
    ]


def _twins(planes: Sequence[SourcePlane], cancel: CancelToken | None) -> dict[int, int]:
    """Id of each plane that shows what an earlier one at its place shows -> id of that one."""
    with PixelBytes() as pixels:
        rivals = [group for group in split(planes, _looks) if len(group) > 1]
        alike = [plane for group in rivals for plane in group]
        probes = dict(zip(map(id, alike), pixels.probes(alike, cancel), strict=True))
        twins: dict[int, int] = {}
        for group in rivals:
            for part in split(group, lambda plane: probes[id(plane)]):
                if len(part) > 1 and probes[id(part[0])] is not None:
                    twins |= _twins_among(part, pixels, cancel)
        return twins


def _twins_among(
    planes: Iterable[SourcePlane], pixels: PixelBytes, cancel: CancelToken | None
) -> dict[int, int]:
    """As ``_twins``, for planes that look alike so far."""
    known: list[tuple[bytes, int]] = []
    twins: dict[int, int] = {}
    for plane in planes:
        if cancel is not None:
            cancel.raise_if_cancelled()
        content = pixels.of(plane)
        if content is None:
            continue
        first = next((other for stored, other in known if stored == content), None)
        if first is None:
            known.append((content, id(plane)))
        else:
            twins[id(plane)] = first
    return twins


def _looks(plane: SourcePlane) -> Hashable:
    """What equal planes have in common beside their pixels: the place, the time, the rescale."""
    frame = plane.frame
    return (place_of(plane), frame.temporal_index, frame.slope, frame.intercept)


def _duplicates(
    stack: Stack, part: Sequence[SourcePlane], twins: dict[int, int]
) -> tuple[SourcePlane, ...]:
    """The planes of ``stack`` that were dropped for one of ``part``."""
    kept = set(map(id, part))
    return tuple(plane for plane in stack.planes if twins.get(id(plane)) in kept)


class _TimePoints(NamedTuple):
    parts: list[list[SourcePlane]]
    may_be_mixed: bool = False


def _time_points(planes: list[SourcePlane]) -> _TimePoints:
    """By what a scanner calls the time point, else by the first tag that leaves no repeats.

    A tag with more values than planes lie at one position counts slices, not time points. Where no
    tag tells, instance numbers do that count through one time point after the other, or through
    the time points of one position after the other.
    """
    most = max(places_of(planes).values())
    if most == 1:
        return _TimePoints([planes])
    by_time = split(planes, lambda plane: plane.frame.temporal_index)
    if 1 < len(by_time) <= most:
        points = [_time_points(group) for group in by_time]
        return _TimePoints([part for point in points for part in point.parts],
                           any(point.may_be_mixed for point in points))  # fmt: skip
    for key in _KEYS:
        groups = split(planes, key)
        if 1 < len(groups) <= most and not any(map(has_repeats, groups)):
            return _TimePoints(groups)
    is_numbered = len({plane.order[:2] for plane in planes}) == len(planes)
    runs = _runs(planes)
    if is_numbered and len(runs) == most:
        return _TimePoints(runs)
    is_whole = len(set(places_of(planes).values())) == 1
    return _TimePoints(_by_turn(planes), may_be_mixed=not (is_numbered and is_whole))


_KEYS: Final[tuple[Key, ...]] = (
    lambda plane: plane.acquisition,
    lambda plane: plane.header.series.image_type,
    lambda plane: plane.frame.thickness_mm,
    lambda plane: plane.frame.heart_phase,
    lambda plane: plane.header.series.tube_voltage,
    lambda plane: plane.header.series.series_number,
    lambda plane: plane.header.series.description,
    lambda plane: plane.header.acquisition_time,
)


def _runs(planes: Iterable[SourcePlane]) -> list[list[SourcePlane]]:
    """In the order of instance numbers; a new run begins at a position that this one has."""
    runs: list[list[SourcePlane]] = []
    seen: set[Hashable] = set()
    for plane in sorted(planes, key=lambda plane: plane.order):
        where = place_of(plane)
        if not runs or where in seen:
            runs.append([])
            seen.clear()
        runs[-1].append(plane)
        seen.add(where)
    return runs


def _by_turn(planes: Iterable[SourcePlane]) -> list[list[SourcePlane]]:
    """The first plane at each position, the second, and so on, by instance number."""
    turns: Counter[Hashable] = Counter()
    by_turn: dict[int, list[SourcePlane]] = defaultdict(list)
    for plane in sorted(planes, key=lambda plane: plane.order):
        where = place_of(plane)
        by_turn[turns[where]].append(plane)
        turns[where] += 1
    return list(by_turn.values())
