"""The data elements of a DICOM stream, walked just far enough to know the header.

A reader of its own, because opening a folder means reading thousands of headers of which only a
few dozen elements matter: values that nobody asked for are stepped over, never built. Encodings
follow PS3.5 chapter 7; what a file declares of its encoding is checked against its first element,
because files lie about it.
"""

from dataclasses import dataclass
from struct import Struct
from typing import Final, TypeAlias

from pe_models.imaging.file_kinds import not_dicom_reason
from pe_models.imaging.inflate import ByteStream, InflatedStream

Value: TypeAlias = "bytes | list[Elements]"
Elements: TypeAlias = dict[int, Value]
"""Tag (group << 16 | element) -> value: bytes as stored, or the items of a sequence."""

PIXEL_DATA: Final = 0x7FE00010
SEQUENCES: Final = frozenset(
    {
        0x00041220,  # DirectoryRecordSequence
        0x00180012,  # ContrastBolusAgentSequence
        0x00189314,  # CTReconstructionSequence
        0x00209111,  # FrameContentSequence
        0x00209113,  # PlanePositionSequence
        0x00209116,  # PlaneOrientationSequence
        0x00289110,  # PixelMeasuresSequence
        0x00289145,  # PixelValueTransformationSequence
        0x52009229,  # SharedFunctionalGroupsSequence
        0x52009230,  # PerFrameFunctionalGroupsSequence
    }
)
"""The sequences that a header is read for; implicit VR does not tell a sequence from a value."""
IMPLICIT_LITTLE: Final = "1.2.840.10008.1.2"
EXPLICIT_LITTLE: Final = "1.2.840.10008.1.2.1"
DEFLATED_LITTLE: Final = "1.2.840.10008.1.2.1.99"
EXPLICIT_BIG: Final = "1.2.840.10008.1.2.2"

_TRANSFER_SYNTAX: Final = 0x00020010
_FIRST_PIXEL_TAG: Final = 0x7FE00008  # FloatPixelData, DoubleFloatPixelData, PixelData
_ITEM: Final = 0xFFFEE000
_ITEM_END: Final = 0xFFFEE00D
_SEQUENCE_END: Final = 0xFFFEE0DD
_UNDEFINED: Final = 0xFFFFFFFF
_HEAD_BYTES: Final = 32 * 1024
_MAX_HEADER_BYTES: Final = 256 * 1024 * 1024
_MAX_DEPTH: Final = 16
_LONG_VRS: Final = frozenset(b"OB OD OF OL OV OW SQ SV UC UN UR UT UV".split())
_SHORT_VRS: Final = frozenset(
    b"AE AS AT CS DA DS DT FL FD IS LO LT PN SH SL SS ST TM UI UL US".split()
)
_VRS: Final = _LONG_VRS | _SHORT_VRS


class HeaderError(Exception):
    """A file whose header cannot be used; the message is the reason, in words for a reader."""


class NotDicomError(HeaderError):
    """A file that is no DICOM file at all."""


class _ShortBuffer(Exception):
    """The walk needs more bytes than were read so far."""


@dataclass(frozen=True, slots=True)
class Encoding:
    is_implicit: bool
    is_little: bool

    @property
    def native_transfer_syntax(self) -> str:
        if self.is_implicit:
            return IMPLICIT_LITTLE
        return EXPLICIT_LITTLE if self.is_little else EXPLICIT_BIG


@dataclass(frozen=True, slots=True)
class PixelElement:
    """Where the value of PixelData lies, in bytes of the (inflated) stream.

    ``length`` is None where the pixels are encapsulated (PS3.5 A.4).
    """

    tag: int
    offset: int
    length: int | None


@dataclass(frozen=True, slots=True)
class ParsedFile:
    """The wanted elements of one file. ``pixels`` is None where the file holds none."""

    transfer_syntax: str
    is_little: bool
    elements: Elements
    pixels: PixelElement | None


def parse_file(stream: ByteStream, wanted: frozenset[int]) -> ParsedFile:
    """Reads the header from ``stream``, which stands at the beginning of a file.

    Raises HeaderError with the reason where there is no usable header, and OSError as reading does.
    """
    head = stream.read(_HEAD_BYTES)
    if not head:
        raise HeaderError("empty file")
    start, declared = _file_meta(head)
    if declared == DEFLATED_LITTLE:
        stream = InflatedStream(head[start:], stream)
        head = stream.read(_HEAD_BYTES)
        start = 0
    encoding = _sniff(head, start)
    while True:
        try:
            elements, position = _walk(head, start, encoding, wanted)
            pixels = _pixel_element(head, position, encoding)
            break
        except _ShortBuffer:
            more = stream.read(max(_HEAD_BYTES, 3 * len(head)))
            if not more:
                raise HeaderError("the file ends within its header (truncated)") from None
            head += more
            if len(head) > _MAX_HEADER_BYTES:
                raise HeaderError("damaged: its header has no end") from None
    native = (IMPLICIT_LITTLE, EXPLICIT_LITTLE, EXPLICIT_BIG)
    is_declared_rightly = declared and declared not in native
    transfer_syntax = declared if is_declared_rightly else encoding.native_transfer_syntax
    return ParsedFile(transfer_syntax, encoding.is_little, elements, pixels)


def data_set_start(head: bytes) -> int:
    """Where the data set begins behind the preamble and file meta group, if there are any."""
    return _file_meta(head)[0]


def _file_meta(head: bytes) -> tuple[int, str]:
    """Where the data set starts, and the transfer syntax that the file meta group declares."""
    start = 132 if head[128:132] == b"DICM" else 0
    if not _looks_like_data_set(head, start):
        raise NotDicomError(not_dicom_reason(head))
    if head[start : start + 2] != b"\x02\x00":
        return start, ""
    encoding = Encoding(is_implicit=head[start + 4 : start + 6] not in _VRS, is_little=True)
    uid = b""
    try:
        while head[start : start + 2] == b"\x02\x00":
            tag, _, length, value = _element(head, start, encoding)
            start = value + length
            if tag == _TRANSFER_SYNTAX:
                uid = head[value:start]
    except _ShortBuffer:
        raise HeaderError("the file ends within its header (truncated)") from None
    return start, uid.decode("ascii", "replace").strip("\0 ")


def _looks_like_data_set(head: bytes, start: int) -> bool:
    """Whether a first element of group 0002 or 0008 stands at ``start``."""
    first = head[start : start + 8]
    if len(first) < 8:
        return False
    if start and first[:2] in (b"\x02\x00", b"\x08\x00", b"\x00\x08"):
        return True
    is_known_group = first[:2] in (b"\x02\x00", b"\x08\x00") and first[3] == 0
    is_known_big_group = first[:2] == b"\x00\x08" and first[2] == 0
    has_short_length = int.from_bytes(first[4:8], "little") < 256
    return (is_known_group or is_known_big_group) and (first[4:6] in _VRS or has_short_length)


def _sniff(head: bytes, start: int) -> Encoding:
    """The encoding that the first element of the data set shows, whatever was declared."""
    first = head[start : start + 8]
    if len(first) < 8:
        raise HeaderError("the file ends within its header (truncated)")
    is_explicit = first[4:6] in _VRS
    is_big = is_explicit and first[0] == 0 and first[1] != 0
    return Encoding(is_implicit=not is_explicit, is_little=not is_big)


def _pixel_element(head: bytes, position: int, encoding: Encoding) -> PixelElement | None:
    """The pixel element at ``position``, where ``_walk`` stopped; None where there is none."""
    if position >= len(head):
        return None
    tag, _, length, value = _element(head, position, encoding)
    if not _FIRST_PIXEL_TAG <= tag <= PIXEL_DATA:
        return None
    return PixelElement(tag, value, None if length == _UNDEFINED else length)


_SHORT = {True: Struct("<HH2sH"), False: Struct(">HH2sH")}
_LONG = {True: Struct("<L"), False: Struct(">L")}
_IMPLICIT = Struct("<HHL")


def _element(buffer: bytes, position: int, encoding: Encoding) -> tuple[int, bytes, int, int]:
    """Tag, VR (empty where implicit), length and offset of the value of one element."""
    if position + 12 > len(buffer):
        raise _ShortBuffer
    if encoding.is_implicit:
        group, element, length = _IMPLICIT.unpack_from(buffer, position)
        return group << 16 | element, b"", length, position + 8
    group, element, vr, length = _SHORT[encoding.is_little].unpack_from(buffer, position)
    if vr in _SHORT_VRS:
        return group << 16 | element, vr, length, position + 8
    tag = group << 16 | element
    if vr in _LONG_VRS:
        (length,) = _LONG[encoding.is_little].unpack_from(buffer, position + 8)
        return tag, vr, length, position + 12
    if group == 0xFFFE:  # item and delimiters carry no VR
        (length,) = _LONG[encoding.is_little].unpack_from(buffer, position + 4)
        return tag, b"", length, position + 8
    raise HeaderError(f"damaged header: no value representation at byte {position}")


def _walk(
    buffer: bytes, position: int, encoding: Encoding, wanted: frozenset[int]
) -> tuple[Elements, int]:
    """Wanted elements from ``position`` to PixelData (excluded) or the end.

    Returns them and the position that the walk stopped at. Raises _ShortBuffer where an element
    reaches past ``buffer``.
    """
    found: Elements = {}
    end = len(buffer)
    while position < end:
        try:
            tag, vr, length, value = _element(buffer, position, encoding)
        except _ShortBuffer:
            if _is_trailing_padding(buffer, position):
                break
            raise
        if tag >= _FIRST_PIXEL_TAG:
            break
        if length == _UNDEFINED or (vr == b"SQ" and tag in wanted):
            items, position = _sequence(buffer, value, length, _inside(encoding, vr), wanted, 0)
            if tag in wanted:
                found[tag] = items
            continue
        position = value + length
        if position > end:
            raise _ShortBuffer
        if tag in wanted:
            found[tag] = buffer[value:position]
            if tag in SEQUENCES:  # a sequence of defined length, without its VR
                found[tag] = _sequence(buffer, value, length, _inside(encoding, vr), wanted, 0)[0]
    return found, position


def _is_trailing_padding(buffer: bytes, position: int) -> bool:
    return not any(buffer[position:])


def _inside(encoding: Encoding, vr: bytes) -> Encoding:
    """Encoding within a sequence: one that is stored as UN is implicit (PS3.5 6.2.2)."""
    return Encoding(is_implicit=True, is_little=True) if vr == b"UN" else encoding


def _sequence(
    buffer: bytes,
    position: int,
    length: int,
    encoding: Encoding,
    wanted: frozenset[int],
    depth: int,
) -> tuple[list[Elements], int]:
    """Items of a sequence whose value starts at ``position``, and where it ends."""
    if depth > _MAX_DEPTH:
        raise HeaderError("damaged header: sequences nested too deeply")
    end = None if length == _UNDEFINED else position + length
    items: list[Elements] = []
    while end is None or position < end:
        tag, _, item_length, value = _element(buffer, position, encoding)
        if tag == _SEQUENCE_END:
            return items, value
        if tag != _ITEM:
            raise HeaderError("damaged header: a sequence without items")
        item, position = _item(buffer, value, item_length, encoding, wanted, depth)
        items.append(item)
    return items, position


def _item(
    buffer: bytes,
    position: int,
    length: int,
    encoding: Encoding,
    wanted: frozenset[int],
    depth: int,
) -> tuple[Elements, int]:
    end = None if length == _UNDEFINED else position + length
    found: Elements = {}
    while end is None or position < end:
        tag, vr, value_length, value = _element(buffer, position, encoding)
        if tag == _ITEM_END:
            return found, value
        if value_length == _UNDEFINED or vr == b"SQ" or (tag in SEQUENCES and tag in wanted):
            items, position = _sequence(
                buffer, value, value_length, _inside(encoding, vr), wanted, depth + 1
            )
            found[tag] = items
            continue
        position = value + value_length
        if position > len(buffer):
            raise _ShortBuffer
        if tag in wanted:
            found[tag] = buffer[value:position]
    return found, position
