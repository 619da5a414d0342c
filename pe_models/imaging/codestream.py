"""What a JPEG, JPEG-LS or JPEG 2000 codestream says of itself, read before it is decoded.

A damaged size would have a decoder fill gigabytes, so it is compared with the header first.
Markers: ITU-T T.81 B.2.2 (SOF), T.87 C.2.2 (SOF55), T.800 A.5.1 (SIZ), T.814 A.2 (CAP).
"""

from dataclasses import dataclass
from enum import Enum, auto
from struct import Struct
from typing import Final

END_OF_IMAGE: Final = b"\xff\xd9"

_JPEG_START: Final = b"\xff\xd8"
_J2K_START: Final = b"\xff\x4f\xff\x51"
_CAPABILITIES: Final = b"\xff\x50"
_JPEG_LS_FRAME: Final = 0xF7
_JPEG_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_FRAME_HEADER: Final = Struct(">HBHHB")  # length, precision, rows, cols, components
_SIZ: Final = Struct(">HH8LH")  # length, capabilities, sizes and offsets, components
_MAX_TILES: Final = 4096


class Stream(Enum):
    JPEG = auto()
    JPEG_LS = auto()
    JPEG_2000 = auto()
    HTJ2K = auto()


@dataclass(frozen=True, slots=True)
class Codestream:
    """``rows`` and ``cols`` are 0 where the size is missing or cannot be."""

    kind: Stream
    rows: int = 0
    cols: int = 0
    n_components: int = 0


def recognized(frame: bytes) -> Codestream | None:
    """The codestream that ``frame`` starts with; None where it has no known signature."""
    if frame.startswith(_J2K_START):
        return _jpeg_2000(frame)
    if frame.startswith(_JPEG_START):
        return _jpeg(frame)
    return None


def _jpeg_2000(frame: bytes) -> Codestream:
    after_size = 4 + int.from_bytes(frame[4:6], "big")
    is_high_throughput = frame[after_size : after_size + 2] == _CAPABILITIES
    kind = Stream.HTJ2K if is_high_throughput else Stream.JPEG_2000
    if len(frame) < 4 + _SIZ.size:
        return Codestream(kind)
    (_, _, right, bottom, left, top, tile_cols, tile_rows, tile_left, tile_top, components) = (
        _SIZ.unpack_from(frame, 4)
    )
    if not tile_cols or not tile_rows or right <= left or bottom <= top:
        return Codestream(kind)
    n_tiles = -((tile_left - right) // tile_cols) * -((tile_top - bottom) // tile_rows)
    if not 0 < n_tiles <= _MAX_TILES:
        return Codestream(kind)
    return Codestream(kind, bottom - top, right - left, components)


def _jpeg(frame: bytes) -> Codestream:
    position = 2
    while position + 2 + _FRAME_HEADER.size <= len(frame) and frame[position] == 0xFF:
        marker = frame[position + 1]
        if marker == 0xFF:  # a fill byte
            position += 1
            continue
        if marker == _JPEG_LS_FRAME or marker in _JPEG_FRAMES:
            kind = Stream.JPEG_LS if marker == _JPEG_LS_FRAME else Stream.JPEG
            _, _, rows, cols, components = _FRAME_HEADER.unpack_from(frame, position + 2)
            return Codestream(kind, rows, cols, components)
        position += 2 + int.from_bytes(frame[position + 2 : position + 4], "big")
    return Codestream(Stream.JPEG)
