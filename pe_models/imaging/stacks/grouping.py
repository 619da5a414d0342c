"""Which frames form one stack: the same series, orientation, matrix, spacing, kernel and time.

A frame of reference or a StackID splits only where its groups are stacks of their own:
de-identification gives each slice a new frame of reference. An acquisition number splits only
where two acquisitions run through each other. Content and acquisition times vary within one
series and never split. Values of another unit, such as an iodine map's, are another series. A
radiograph is no slice of a stack: each is a series of its own.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import replace
from itertools import pairwise, takewhile
from typing import Final

from pe_models.imaging.dicom.frames import Orientation
from pe_models.imaging.stacks.gaps import is_even
from pe_models.imaging.stacks.planes import (
    Key,
    SourcePlane,
    Stack,
    at_places,
    has_repeats,
    place_of,
    split,
)
from pe_models.imaging.stacks.time_points import split_by_time
from pe_models.imaging.volume import means_hu
from pe_models.progress import CancelToken

_ORIENTATION_TOLERANCE: Final = 2e-3
_SPACING_TOLERANCE: Final = 1e-3
_MIN_STACK: Final = 2
_AXIAL: Final[Orientation] = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)


def stacks_of(planes: Iterable[SourcePlane], *, cancel: CancelToken | None = None) -> list[Stack]:
    """Planes of any number of studies -> stacks, each plane in exactly one. Raises Cancelled."""
    found: list[Stack] = []
    for same_series in split(planes, _series_key):
        for alike in _split_by_geometry(same_series):
            for stack in _split_into_stacks(alike):
                found.extend(split_by_time(stack, cancel))
    return found


def _series_key(plane: SourcePlane) -> Hashable:
    header = plane.header
    pixels = header.pixels
    return (
        header.study.study_uid,
        header.series.series_uid,
        header.series.modality,
        plane.frame.kernel,
        "" if means_hu(plane.frame.rescale_type) else plane.frame.rescale_type,
        pixels.rows,
        pixels.cols,
        "LOCALIZER" in header.series.image_type,
        header.sop_instance_uid if plane.is_radiograph else "",
    )


def _split_by_geometry(planes: list[SourcePlane]) -> list[Stack]:
    """Groups of one orientation and spacing within tolerance; planes without a position apart."""
    oriented = _taken_as_axial(planes)
    is_assumed = oriented is not planes
    leaders = _clusters({_shape(plane) for plane in oriented})
    placed: dict[Hashable, list[SourcePlane]] = defaultdict(list)
    unplaced: dict[Hashable, list[SourcePlane]] = defaultdict(list)
    for plane in oriented:
        is_placed = plane.frame.position_mm is not None and plane.frame.orientation is not None
        (placed if is_placed else unplaced)[leaders[_shape(plane)]].append(plane)
    rest = [Stack(tuple(group)) for group in unplaced.values()]
    stacks = [Stack(tuple(group), has_assumed_orientation=is_assumed) for group in placed.values()]
    if stacks and rest:
        left_out = tuple(plane for stack in rest for plane in stack.planes)
        largest = max(range(len(stacks)), key=lambda index: len(stacks[index].planes))
        stacks[largest] = replace(stacks[largest], unplaced=left_out)
    return stacks + rest


def _taken_as_axial(planes: list[SourcePlane]) -> list[SourcePlane]:
    """``planes`` themselves, unless none has an orientation and their positions run headward."""
    positions = [plane.frame.position_mm for plane in planes if plane.frame.orientation is None]
    known = [position for position in positions if position is not None]
    if len(known) < max(len(planes), _MIN_STACK):
        return planes
    across, depth, height = (max(axis) - min(axis) for axis in zip(*known, strict=True))
    if height <= max(across, depth):
        return planes
    return [replace(plane, frame=replace(plane.frame, orientation=_AXIAL)) for plane in planes]


Shape = tuple[tuple[float, ...], tuple[float, ...]]


def _shape(plane: SourcePlane) -> Shape:
    return (plane.frame.orientation or (), plane.frame.pixel_spacing_mm or ())


def _clusters(shapes: set[Shape]) -> dict[Shape, Shape]:
    """Each shape -> the first shape that it equals within tolerance."""
    leaders: list[Shape] = []
    found: dict[Shape, Shape] = {}
    for shape in sorted(shapes):
        found[shape] = _leader_of(shape, leaders)
        if found[shape] is shape:
            leaders.append(shape)
    return found


def _leader_of(shape: Shape, leaders: list[Shape]) -> Shape:
    near = takewhile(lambda other: _may_be_alike(shape, other), reversed(leaders))
    return next((other for other in near if _is_alike(shape, other)), shape)


def _may_be_alike(shape: Shape, smaller: Shape) -> bool:
    """Whether anything sorted at or before ``smaller`` can be alike: by the first cosine."""
    if not shape[0] or not smaller[0]:
        return not shape[0] and not smaller[0]
    return shape[0][0] - smaller[0][0] <= _ORIENTATION_TOLERANCE


def _is_alike(first: Shape, second: Shape) -> bool:
    tolerances = (_ORIENTATION_TOLERANCE, _SPACING_TOLERANCE)
    return all(
        len(a) == len(b) and all(abs(p - q) <= tolerance for p, q in zip(a, b, strict=True))
        for a, b, tolerance in zip(first, second, tolerances, strict=True)
    )


def _split_into_stacks(stack: Stack) -> list[Stack]:
    parts = [at_places(stack.planes)]
    for key in (_frame_of_reference, _stack_id):
        parts = [own for part in parts for own in _stacks_of_their_own(part, key)]
    parts = [own for part in parts for own in _acquisitions_apart(part)]
    return [
        replace(stack, planes=tuple(part), unplaced=stack.unplaced if index == 0 else ())
        for index, part in enumerate(parts)
    ]


def _frame_of_reference(plane: SourcePlane) -> Hashable:
    return plane.header.frame_of_reference_uid


def _stack_id(plane: SourcePlane) -> Hashable:
    return plane.frame.stack_id


def _stacks_of_their_own(planes: list[SourcePlane], key: Key) -> list[list[SourcePlane]]:
    """Groups by ``key`` where two or more of them are stacks and few planes stand alone."""
    groups = split(planes, key)
    if len(groups) == 1:
        return groups
    own = [len(set(map(place_of, group))) >= _MIN_STACK for group in groups]
    n_alone = sum(len(group) for group, is_own in zip(groups, own, strict=True) if not is_own)
    return groups if sum(own) > 1 and 2 * n_alone < len(planes) else [planes]


def _acquisitions_apart(planes: list[SourcePlane]) -> list[list[SourcePlane]]:
    """Acquisitions whose slices lie between one another's: two passes, such as two phases.

    Each is evenly spaced, but for slices that are missing, and together they are not. Those that
    follow one another, as of a table that moves step by step, or that fill one another's spaces
    evenly, are one stack.
    """
    groups = split(planes, lambda plane: (plane.header.series.series_number, plane.acquisition))
    if len(groups) == 1 or has_repeats(planes):  # of which time points are made
        return [planes]
    positions = [_positions(group) for group in groups]
    extents = sorted((min(each), max(each)) for each in positions if each)
    run_through = any(upper[0] < lower[1] for lower, upper in pairwise(extents))
    are_passes = run_through and all(map(is_even, positions)) and not is_even(_positions(planes))
    return groups if are_passes else [planes]


def _positions(planes: Iterable[SourcePlane]) -> list[float]:
    """Millimetres along the normal, of those planes that have a position."""
    return [plane.along_mm for plane in planes if plane.along_mm is not None]
