"""What a JPEG, JPEG-LS, JPEG 2000 or JPEG XL codestream says of itself, before it is decoded.

A damaged size would have a decoder fill gigabytes, so it is compared with the header first.
Markers: ITU-T T.81 B.2.2 (SOF), T.87 C.2.2 (SOF55) and C.2.3 (SOS), T.800 A.5.1 (SIZ) and A.6.1
(COD), T.814 A.2 (CAP). JPEG XL: ISO/IEC 18181-1 D.2 (SizeHeader), 18181-2 (boxes).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from struct import Struct
from typing import Final

END_OF_IMAGE: Final = b"\xff\xd9"

_JPEG_START: Final = b"\xff\xd8"
_J2K_START: Final = b"\xff\x4f\xff\x51"
_CAPABILITIES: Final = b"\xff\x50"
_JP2_START: Final = b"\0\0\0\x0cjP  "
_JXL_START: Final = b"\xff\x0a"
_JXL_BOXES_START: Final = b"\0\0\0\x0cJXL \r\n\x87\n"
_BOX_SEARCH_BYTES: Final = 4096
_JPEG_LS_FRAME: Final = 0xF7
_JPEG_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_LOSSLESS_FRAMES: Final = frozenset({0xC3, 0xC7, 0xCB, 0xCF})
_SCAN: Final = 0xDA
_CODING_STYLE: Final = 0x52
_FRAME_HEADER: Final = Struct(">HBHHB")  # length, precision, rows, cols, components
_SIZ: Final = Struct(">HH8LH")  # length, capabilities, sizes and offsets, components
_MAX_TILES: Final = 4096


class Stream(Enum):
    JPEG = auto()
    JPEG_LS = auto()
    JPEG_2000 = auto()
    HTJ2K = auto()
    JPEG_XL = auto()


@dataclass(frozen=True, slots=True)
class Codestream:
    """``rows`` and ``cols`` are 0 where the size is missing or cannot be.

    ``is_lossy`` is never set for JPEG XL, whose header does not tell.
    """

    kind: Stream
    rows: int = 0
    cols: int = 0
    n_components: int = 0
    is_lossy: bool = False

    @property
    def has_end_marker(self) -> bool:
        """Whether a whole image ends in ``END_OF_IMAGE``."""
        return self.kind is not Stream.JPEG_XL


def recognized(frame: bytes) -> Codestream | None:
    """The codestream that ``frame`` starts with; None where it has no known signature."""
    if frame.startswith(_J2K_START):
        return _jpeg_2000(frame)
    if frame.startswith(_JPEG_START):
        return _jpeg(frame)
    if frame.startswith(_JP2_START):
        start = frame.find(_J2K_START, 0, _BOX_SEARCH_BYTES)
        return Codestream(Stream.JPEG_2000) if start < 0 else _jpeg_2000(frame[start:])
    if frame.startswith(_JXL_START):
        return _jpeg_xl(frame)
    if frame.startswith(_JXL_BOXES_START):
        start = frame.find(_JXL_START, len(_JXL_BOXES_START), _BOX_SEARCH_BYTES)
        return Codestream(Stream.JPEG_XL) if start < 0 else _jpeg_xl(frame[start:])
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
    is_lossy = _is_irreversible(frame)
    return Codestream(kind, bottom - top, right - left, components, is_lossy)


def _is_irreversible(frame: bytes) -> bool:
    """Whether JPEG 2000 transforms by the 9-7 wavelet, and so quantizes."""
    return _segment(frame, _CODING_STYLE)[11:12] == b"\0"


def _segment(frame: bytes, wanted: int) -> bytes:
    """The first segment of that marker, from its length on; empty where there is none."""
    for marker, start in _segments(frame):
        if marker == wanted:
            return frame[start : start + int.from_bytes(frame[start : start + 2], "big")]
    return b""


def _segments(frame: bytes) -> Iterator[tuple[int, int]]:
    """The markers of a header behind its first, and where the length of each segment stands."""
    position = 2
    while position + 4 <= len(frame) and frame[position] == 0xFF:
        marker = frame[position + 1]
        if marker == 0xFF:  # a fill byte
            position += 1
            continue
        yield marker, position + 2
        position += 2 + int.from_bytes(frame[position + 2 : position + 4], "big")


def _jpeg(frame: bytes) -> Codestream:
    for marker, start in _segments(frame):
        if start + _FRAME_HEADER.size > len(frame):
            break
        _, _, rows, cols, components = _FRAME_HEADER.unpack_from(frame, start)
        if marker == _JPEG_LS_FRAME:
            return Codestream(Stream.JPEG_LS, rows, cols, components, _is_near_lossless(frame))
        if marker in _JPEG_FRAMES:
            is_lossy = marker not in _LOSSLESS_FRAMES
            return Codestream(Stream.JPEG, rows, cols, components, is_lossy)
    return Codestream(Stream.JPEG)


def _is_near_lossless(frame: bytes) -> bool:
    """Whether the first scan of JPEG-LS has NEAR above 0, the error that it allows."""
    scan = _segment(frame, _SCAN)
    near = 3 + 2 * int.from_bytes(scan[2:3], "big")  # behind two bytes a component
    return scan[near : near + 1] > b"\0"


_JXL_SIZE_BITS: Final = (9, 13, 18, 30)
_JXL_RATIOS: Final = ((1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1))
"""Width to height, where the header gives it instead of the width."""


def _jpeg_xl(frame: bytes) -> Codestream:
    """Its header's colours are not read: the decoded image shows them."""
    bits = int.from_bytes(frame[2:12], "little")

    def take(count: int) -> int:
        nonlocal bits
        taken = bits & ((1 << count) - 1)
        bits >>= count
        return taken

    def size(*, is_small: bool) -> int:
        return 8 * (take(5) + 1) if is_small else take(_JXL_SIZE_BITS[take(2)]) + 1

    is_small = bool(take(1))
    rows = size(is_small=is_small)
    ratio = take(3)
    if ratio == 0:
        return Codestream(Stream.JPEG_XL, rows, size(is_small=is_small), 1)
    across, down = _JXL_RATIOS[ratio - 1]
    return Codestream(Stream.JPEG_XL, rows, rows * across // down, 1)
