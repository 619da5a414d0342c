"""A Stack of planes -> slices in Volume order, their Geometry, and what is wrong with them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from operator import itemgetter
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pe_models.imaging.dicom.elements import EXPLICIT_BIG, EXPLICIT_LITTLE, IMPLICIT_LITTLE
from pe_models.imaging.dicom.frames import Orientation
from pe_models.imaging.geometry import Geometry, Triple
from pe_models.imaging.stacks.gaps import usual_step
from pe_models.imaging.stacks.planes import NaturalName, SourcePlane, Stack
from pe_models.imaging.stacks.position import normal_of, projected
from pe_models.imaging.study import PixelFormat, SliceSource

_AXIAL: Final[Orientation] = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
_FRONTAL: Final[Orientation] = (1.0, 0.0, 0.0, 0.0, 0.0, -1.0)
_ASSUMED_SPACING_MM: Final = 1.0
_STRAIGHT_TOLERANCE_MM: Final = 0.2
_MAX_LEAN: Final = 2.0
"""Sideways a mm upward. Gantries tilt by 30 degrees at most (0.58); beyond, slices are shifted."""


class OrderedBy(StrEnum):
    """What gave the order of the slices, in words for a reader."""

    POSITION = "position"
    SLICE_LOCATION = "SliceLocation"
    INSTANCE_NUMBER = "InstanceNumber"
    FILE_NAME = "file name"


@dataclass(frozen=True, slots=True)
class OrderedStack:
    """``positions_mm`` (slice,) along the normal; ``sideways_mm`` is the largest distance of a
    slice's origin from the straight line through all of them, in the plane of the slices.

    ``is_slice_spacing_known`` is False where it had to be assumed.
    """

    planes: tuple[SourcePlane, ...]
    geometry: Geometry
    positions_mm: NDArray[np.float64]
    sideways_mm: float
    ordered_by: OrderedBy
    is_slice_spacing_known: bool

    @property
    def steps_mm(self) -> NDArray[np.float64]:
        """Distances between neighbouring slices along the normal, (slice - 1,)."""
        return np.diff(self.positions_mm)


def order(stack: Stack) -> OrderedStack:
    """Sorts by position along the normal; without positions by SliceLocation, then by instance."""
    first = stack.planes[0].frame
    if first.position_mm is None or first.orientation is None:
        return _order_without_positions(stack)
    normal = normal_of(first.orientation)
    keyed = _by_position(stack.planes, normal)
    positions = np.array([position for position, _ in keyed])
    planes = tuple(plane for _, plane in keyed)
    origins = np.array([_position(plane) for plane in planes])
    direction, sideways = _slice_direction(origins, np.asarray(normal))
    along = positions / float(direction @ np.asarray(normal))
    spacing = _slice_spacing(planes, along)
    geometry = Geometry(
        shape=_shape(planes),
        spacing_mm=(spacing or _ASSUMED_SPACING_MM, *_pixel_spacing(planes[0])),
        origin_mm=_triple(origins[0]),
        directions=_directions(_triple(direction), first.orientation),
    )
    return OrderedStack(
        planes, geometry, positions, sideways, OrderedBy.POSITION, spacing is not None
    )


def _by_position(planes: Iterable[SourcePlane], normal: Triple) -> list[tuple[float, SourcePlane]]:
    """Planes with their positions along the normal, the lowest first."""
    keyed = [(projected(_position(plane), normal), plane) for plane in planes]
    if len({position for position, _ in keyed}) == len(keyed):
        return sorted(keyed, key=itemgetter(0))  # without the order of names, which costs more
    return sorted(keyed, key=lambda pair: (pair[0], pair[1].order))


def slice_sources(ordered: OrderedStack) -> tuple[SliceSource, ...]:
    """Where the pixels of each slice come from, in Volume order."""
    return tuple(
        slice_source(plane, float(position))
        for plane, position in zip(ordered.planes, ordered.positions_mm, strict=True)
    )


def slice_source(plane: SourcePlane, position_mm: float) -> SliceSource:
    """Where the pixels of one plane come from; ``position_mm`` lies along the normal."""
    header, frame, entry = plane.header, plane.frame, plane.entry
    return SliceSource(
        file=entry.path,
        sop_instance_uid=header.sop_instance_uid,
        sop_class_uid=header.series.sop_class_uid,
        instance_number=header.instance_number,
        position_mm=position_mm,
        image_position=frame.position_mm or (0.0, 0.0, position_mm),
        pixels=_pixel_format(plane),
        frame_number=frame.number,
        member=entry.member,
        pixel_offset=_native_offset(plane),
        mtime_ns=entry.mtime_ns,
    )


def _native_offset(plane: SourcePlane) -> int | None:
    header = plane.header
    is_plain = header.pixels.transfer_syntax in (IMPLICIT_LITTLE, EXPLICIT_LITTLE, EXPLICIT_BIG)
    if header.pixel_bytes is None or not is_plain or plane.entry.member is not None:
        return None
    frame_bytes = header.pixels.rows * header.pixels.cols * header.pixels.bits_allocated // 8
    before = ((plane.frame.number or 1) - 1) * frame_bytes
    if before + frame_bytes > header.pixel_bytes:  # what follows is no longer pixels
        return None
    return header.pixel_offset + before


def _pixel_format(plane: SourcePlane) -> PixelFormat:
    """The file's own, unless the frame has a rescale of its own."""
    pixels, frame = plane.header.pixels, plane.frame
    slope = 1.0 if frame.slope is None else frame.slope
    intercept = 0.0 if frame.intercept is None else frame.intercept
    if (slope, intercept, frame.rescale_type) == (
        pixels.slope,
        pixels.intercept,
        pixels.rescale_type,
    ):
        return pixels
    return PixelFormat(
        transfer_syntax=pixels.transfer_syntax,
        rows=pixels.rows,
        cols=pixels.cols,
        bits_allocated=pixels.bits_allocated,
        bits_stored=pixels.bits_stored,
        is_signed=pixels.is_signed,
        photometric=pixels.photometric,
        slope=slope,
        intercept=intercept,
        padding_first=pixels.padding_first,
        padding_last=pixels.padding_last,
        high_bit=pixels.high_bit,
        rescale_type=frame.rescale_type,
    )


def _order_without_positions(stack: Stack) -> OrderedStack:
    ordered_by = _best_order(stack.planes)
    has_locations = ordered_by is OrderedBy.SLICE_LOCATION
    planes = tuple(sorted(stack.planes, key=_location if has_locations else _instance))
    first = planes[0].frame
    nominal = first.spacing_between_mm or first.thickness_mm
    positions = np.arange(len(planes), dtype=np.float64) * (nominal or _ASSUMED_SPACING_MM)
    if has_locations:
        positions = np.array([_location(plane) for plane in planes])
    orientation = first.orientation or (_FRONTAL if planes[0].is_radiograph else _AXIAL)
    normal = normal_of(orientation)
    spacing = _slice_spacing(planes, positions) if has_locations else nominal
    geometry = Geometry(
        shape=_shape(planes),
        spacing_mm=(spacing or _ASSUMED_SPACING_MM, *_pixel_spacing(planes[0])),
        origin_mm=_triple(positions[0] * np.asarray(normal)),
        directions=_directions(normal, orientation),
    )
    return OrderedStack(planes, geometry, positions, 0.0, ordered_by, spacing is not None)


def _best_order(planes: Sequence[SourcePlane]) -> OrderedBy:
    """The first that tells all planes apart."""
    locations = {plane.frame.slice_location_mm for plane in planes}
    if len(locations) == len(planes) and None not in locations:
        return OrderedBy.SLICE_LOCATION
    is_numbered = len({plane.order[:2] for plane in planes}) == len(planes)
    return OrderedBy.INSTANCE_NUMBER if is_numbered else OrderedBy.FILE_NAME


def _location(plane: SourcePlane) -> float:
    return plane.frame.slice_location_mm or 0.0


def _instance(plane: SourcePlane) -> tuple[int, int, NaturalName]:
    return plane.order


def _position(plane: SourcePlane) -> Triple:
    position = plane.frame.position_mm
    if position is None:
        raise ValueError("a plane without a position in a stack that has positions")
    return position


def _slice_direction(
    origins: NDArray[np.float64], normal: NDArray[np.float64]
) -> tuple[NDArray[np.float64], float]:
    """Unit vector along which origins (slice, 3) advance, and how far they stray from it in mm.

    A least-squares line through all origins: with a tilted gantry it leans against the normal.
    Where the origins do not lie on a line, the normal itself.
    """
    if len(origins) < 2:
        return normal, 0.0
    positions = origins @ normal  # (slice,)
    in_plane = origins - positions[:, None] * normal  # (slice, 3)
    offsets = positions - positions.mean()
    spread = float(offsets @ offsets)
    if spread == 0:
        return normal, 0.0
    lean = offsets @ in_plane / spread  # (3,) mm sideways a mm upward
    straight = in_plane.mean(axis=0) + offsets[:, None] * lean
    strays = float(np.max(np.linalg.norm(in_plane - straight, axis=1)))
    if strays > _STRAIGHT_TOLERANCE_MM or np.linalg.norm(lean) > _MAX_LEAN:
        return normal, float(np.max(np.linalg.norm(in_plane - in_plane.mean(axis=0), axis=1)))
    total_mm = float(np.linalg.norm(lean)) * float(np.ptp(positions))
    if total_mm <= _STRAIGHT_TOLERANCE_MM:
        return normal, strays
    direction = normal + lean
    return direction / np.linalg.norm(direction), strays


def _slice_spacing(planes: tuple[SourcePlane, ...], along_mm: NDArray[np.float64]) -> float | None:
    """Millimetres between slices along the slice axis; None where nothing says.

    The mean of an even stack; where a gap would distort the mean, the usual step.
    """
    if len(planes) < 2:
        first = planes[0].frame
        return first.spacing_between_mm or first.thickness_mm
    steps = np.diff(along_mm)
    usual, mean = usual_step(steps), float(np.mean(steps))
    if usual <= 0:
        return mean if mean > 0 else None
    return mean if np.allclose(steps, usual, rtol=0.05, atol=0.05) else usual


def _pixel_spacing(plane: SourcePlane) -> tuple[float, float]:
    return plane.frame.pixel_spacing_mm or (_ASSUMED_SPACING_MM, _ASSUMED_SPACING_MM)


def _shape(planes: tuple[SourcePlane, ...]) -> tuple[int, int, int]:
    pixels = planes[0].header.pixels
    return (len(planes), pixels.rows, pixels.cols)


def _directions(slice_axis: Triple, orientation: Orientation) -> tuple[Triple, Triple, Triple]:
    """Rows grow along the second three cosines of IOP, columns along the first three."""
    x, y, z, u, v, w = orientation
    return (slice_axis, (u, v, w), (x, y, z))


def _triple(vector: NDArray[np.float64]) -> Triple:
    x, y, z = vector.tolist()
    return (x, y, z)
