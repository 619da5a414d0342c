"""The frames of one file: position, orientation, spacing and rescale of each.

In an Enhanced multi-frame file they stand in the shared and per-frame functional groups (PS3.3
C.7.6.16), else at the top of the data set.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np

from pe_models.imaging import values
from pe_models.imaging.elements import Elements
from pe_models.imaging.geometry import Triple

Orientation: TypeAlias = tuple[float, float, float, float, float, float]

_STACK_ID: Final = 0x00209056
_FRAME_CONTENT: Final = 0x00209111
_PLANE_POSITION: Final = 0x00209113
_PLANE_ORIENTATION: Final = 0x00209116
_PIXEL_MEASURES: Final = 0x00289110
_VALUE_TRANSFORMATION: Final = 0x00289145
_SHARED_GROUPS: Final = 0x52009229
_FRAME_GROUPS: Final = 0x52009230
_UNIT_TOLERANCE: Final = 0.01
_FARTHEST_MM: Final = 1e6
"""No scanner is a kilometre long: positions and lengths beyond are damage."""
_SHORTEST_MM: Final = 1e-4
"""Nor is any detail finer than light: spacings and thicknesses below are damage."""


@dataclass(frozen=True, slots=True)
class FrameHeader:
    """One frame; what a file does not give, or gives as nonsense, is None.

    ``orientation`` is six cosines, made orthonormal: along increasing columns, along increasing
    rows. ``pixel_spacing_mm`` is (between rows, between columns). ``stack_id`` tells apart the
    stacks of a multi-frame file (PS3.3 C.7.6.16.2.2); it is empty where none is named.
    """

    number: int | None
    position_mm: Triple | None
    orientation: Orientation | None
    pixel_spacing_mm: tuple[float, float] | None
    thickness_mm: float | None
    spacing_between_mm: float | None
    slice_location_mm: float | None
    slope: float | None
    intercept: float | None
    rescale_type: str
    temporal_index: int | None
    stack_id: str = ""


def frames_of(elements: Elements, n_frames: int | None) -> tuple[FrameHeader, ...]:
    """One FrameHeader a frame; ``n_frames`` is None for a single-frame file."""
    if n_frames is None:
        return (_frame(None, [elements]),)
    shared = values.items(elements, _SHARED_GROUPS)[:1]
    own = values.items(elements, _FRAME_GROUPS)
    common = [*_flattened(shared), elements]
    return tuple(
        _frame(number, [*_flattened(own[number - 1 : number]), *common])
        for number in range(1, n_frames + 1)
    )


def _flattened(groups: Sequence[Elements]) -> list[Elements]:
    """First items of the functional groups that are read."""
    tags = (
        _FRAME_CONTENT,
        _PLANE_POSITION,
        _PLANE_ORIENTATION,
        _PIXEL_MEASURES,
        _VALUE_TRANSFORMATION,
    )
    return [item for group in groups for tag in tags for item in values.items(group, tag)[:1]]


def _frame(number: int | None, sources: Sequence[Elements]) -> FrameHeader:
    """The first of ``sources`` that has an element gives it."""

    def source(tag: int) -> Elements:
        return next((elements for elements in sources if tag in elements), {})

    def real(tag: int) -> float | None:
        return values.number(source(tag), tag)

    def place(tag: int) -> float | None:
        found = real(tag)
        return found if found is not None and abs(found) <= _FARTHEST_MM else None

    def length(tag: int) -> float | None:
        found = abs(real(tag) or 0.0)
        return found if _SHORTEST_MM <= found <= _FARTHEST_MM else None

    temporal = values.integer(source(0x00200100), 0x00200100)
    if temporal is None:
        temporal = values.binary_integer(source(0x00209128), 0x00209128, is_little=True)
    slope = real(0x00281053)
    return FrameHeader(
        number=number,
        position_mm=_position(values.numbers(source(0x00200032), 0x00200032)),
        orientation=_orientation(values.numbers(source(0x00200037), 0x00200037)),
        pixel_spacing_mm=_spacing(values.numbers(source(0x00280030), 0x00280030))
        or _spacing(values.numbers(source(0x00181164), 0x00181164)),
        thickness_mm=length(0x00180050),
        spacing_between_mm=length(0x00180088),
        slice_location_mm=place(0x00201041),
        slope=slope or None,
        intercept=real(0x00281052),
        rescale_type=values.code(source(0x00281054), 0x00281054).upper(),
        temporal_index=temporal,
        stack_id=values.code(source(_STACK_ID), _STACK_ID),
    )


def _position(found: tuple[float, ...]) -> Triple | None:
    if len(found) != 3 or max(map(abs, found)) > _FARTHEST_MM:
        return None
    return (found[0], found[1], found[2])


def _spacing(found: tuple[float, ...]) -> tuple[float, float] | None:
    if len(found) == 1:
        found = found * 2
    if len(found) != 2 or min(found) < _SHORTEST_MM or max(found) > _FARTHEST_MM:
        return None
    return (found[0], found[1])


def _orientation(found: tuple[float, ...]) -> Orientation | None:
    """Six cosines, orthonormal; None where they do not span a plane."""
    if len(found) != 6 or max(map(abs, found)) > 1 + _UNIT_TOLERANCE:
        return None
    along_cols, along_rows = np.array(found[:3]), np.array(found[3:])
    lengths = np.linalg.norm(along_cols), np.linalg.norm(along_rows)
    if abs(lengths[0] - 1) > _UNIT_TOLERANCE or abs(lengths[1] - 1) > _UNIT_TOLERANCE:
        return None
    along_cols = along_cols / lengths[0]
    lean = float(along_rows @ along_cols)
    if abs(lean) > _UNIT_TOLERANCE:
        return None
    along_rows = along_rows - lean * along_cols
    along_rows = along_rows / np.linalg.norm(along_rows)
    x, y, z = along_cols.tolist()
    u, v, w = along_rows.tolist()
    return (x, y, z, u, v, w)
