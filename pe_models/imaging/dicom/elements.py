"""The data elements of a DICOM stream, walked just far enough to know the header.

A reader of its own, because opening a folder means reading thousands of headers of which only a
few dozen elements matter: values that nobody asked for are stepped over, never built. Encodings
follow PS3.5 chapter 7.
"""

from dataclasses import dataclass
from struct import Struct
from typing import Final, TypeAlias

Value: TypeAlias = "bytes | list[Elements]"
Elements: TypeAlias = dict[int, Value]
"""Tag (group << 16 | element) -> value: bytes as stored, or the items of a sequence."""

PIXEL_DATA: Final = 0x7FE00010
SEQUENCES: Final = frozenset(
    {
        0x00041220,  # DirectoryRecordSequence
        0x00180012,  # ContrastBolusAgentSequence
        0x00189118,  # CardiacSynchronizationSequence
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
UNDEFINED: Final = 0xFFFFFFFF
"""The length of a sequence, an item or encapsulated pixels: up to their delimiter."""

FIRST_PIXEL_TAG: Final = 0x7FE00008
"""FloatPixelData; DoubleFloatPixelData and PixelData follow."""

_ITEM: Final = 0xFFFEE000
_ITEM_END: Final = 0xFFFEE00D
_SEQUENCE_END: Final = 0xFFFEE0DD
_MAX_DEPTH: Final = 16
_LONG_VRS: Final = frozenset(b"OB OD OF OL OV OW SQ SV UC UN UR UT UV".split())
_SHORT_VRS: Final = frozenset(
    b"AE AS AT CS DA DS DT FL FD IS LO LT PN SH SL SS ST TM UI UL US".split()
)
_FRAGMENTED_VRS: Final = frozenset({b"OB", b"OW"})
_MISSING_VR: Final = b"\0\0"
VRS: Final = _LONG_VRS | _SHORT_VRS


class HeaderError(Exception):
    """A file whose header cannot be used; the message is the reason, in words for a reader."""


class NotDicomError(HeaderError):
    """A file that is no DICOM file at all."""


class ShortBuffer(Exception):
    """The walk needs more bytes than were read so far, ``least`` of them where that is known."""

    def __init__(self, least: int = 0) -> None:
        super().__init__()
        self.least = least


@dataclass(frozen=True, slots=True)
class Encoding:
    is_implicit: bool
    is_little: bool

    @property
    def native_transfer_syntax(self) -> str:
        if self.is_implicit:
            return IMPLICIT_LITTLE
        return EXPLICIT_LITTLE if self.is_little else EXPLICIT_BIG


_SHORT = {True: Struct("<HH2sH"), False: Struct(">HH2sH")}
_LONG = {True: Struct("<L"), False: Struct(">L")}
_IMPLICIT = Struct("<HHL")


def element_at(buffer: bytes, position: int, encoding: Encoding) -> tuple[int, bytes, int, int]:
    """Tag, VR (empty where implicit), length and offset of the value of one element.

    Raises ShortBuffer where ``buffer`` ends before the value, and HeaderError where no element
    stands.
    """
    if position + 8 > len(buffer):
        raise ShortBuffer
    if encoding.is_implicit:
        group, element, length = _IMPLICIT.unpack_from(buffer, position)
        return group << 16 | element, b"", length, position + 8
    group, element, vr, length = _SHORT[encoding.is_little].unpack_from(buffer, position)
    if vr in _SHORT_VRS:
        return group << 16 | element, vr, length, position + 8
    tag = group << 16 | element
    if vr in _LONG_VRS:
        if position + 12 > len(buffer):
            raise ShortBuffer
        (length,) = _LONG[encoding.is_little].unpack_from(buffer, position + 8)
        return tag, vr, length, position + 12
    if group == 0xFFFE:  # item and delimiters carry no VR
        (length,) = _LONG[encoding.is_little].unpack_from(buffer, position + 4)
        return tag, b"", length, position + 8
    if vr == _MISSING_VR and 0 < tag < FIRST_PIXEL_TAG:  # its length is short, as GDCM takes it
        return tag, vr, length, position + 8
    raise HeaderError(f"damaged header: no value representation at byte {position}")


def next_element(
    buffer: bytes, position: int, encoding: Encoding, wanted: frozenset[int], found: Elements
) -> tuple[int, int]:
    """Steps over one element, keeping its value in ``found`` where it is wanted.

    Returns its tag and where the next one begins; ``position`` itself at the first pixel element
    and beyond, which are not stepped over. Raises ShortBuffer where the element reaches past
    ``buffer``, and HeaderError where it is damaged.
    """
    tag, vr, length, value = element_at(buffer, position, encoding)
    if tag >= FIRST_PIXEL_TAG:
        return tag, position
    if length == UNDEFINED and _is_encapsulated(tag, vr):
        return tag, _after_fragments(buffer, value, encoding)
    if length == UNDEFINED or (vr == b"SQ" and tag in wanted):
        items, end = _sequence(buffer, value, length, _inside(encoding, vr), wanted, 0)
        if tag in wanted:
            found[tag] = items
        return tag, end
    end = value + length
    if end > len(buffer):
        raise ShortBuffer(end)
    if tag in wanted:
        found[tag] = buffer[value:end]
        if tag in SEQUENCES:  # a sequence of defined length, without its VR
            found[tag] = _sequence(buffer, value, length, _inside(encoding, vr), wanted, 0)[0]
    return tag, end


def _is_encapsulated(tag: int, vr: bytes) -> bool:
    """Whether a value of undefined length is fragments, as an icon's pixels are (PS3.5 A.4)."""
    return tag == PIXEL_DATA or vr in _FRAGMENTED_VRS


def _after_fragments(buffer: bytes, position: int, encoding: Encoding) -> int:
    """Where the fragments that start at ``position`` end, their delimiter included."""
    while True:
        tag, _, length, value = element_at(buffer, position, encoding)
        if tag == _SEQUENCE_END:
            return value
        if tag != _ITEM or length == UNDEFINED:
            raise HeaderError("damaged header: pixels that are no fragments")
        position = value + length
        if position > len(buffer):
            raise ShortBuffer(position)


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
    end = None if length == UNDEFINED else position + length
    items: list[Elements] = []
    while end is None or position < end:
        tag, _, item_length, value = element_at(buffer, position, encoding)
        if tag == _SEQUENCE_END:
            return items, value
        if tag != _ITEM:
            raise HeaderError("damaged header: a sequence without items")
        shown = _shown_at(buffer, value, encoding)
        item, position = _item(buffer, value, item_length, shown, wanted, depth)
        items.append(item)
    return items, position


def _shown_at(buffer: bytes, position: int, encoding: Encoding) -> Encoding:
    """The encoding that the first element of an item shows: private sequences mix them."""
    is_implicit = buffer[position + 4 : position + 6] not in VRS
    if is_implicit is encoding.is_implicit:
        return encoding
    return Encoding(is_implicit=is_implicit, is_little=encoding.is_little)


def _item(
    buffer: bytes,
    position: int,
    length: int,
    encoding: Encoding,
    wanted: frozenset[int],
    depth: int,
) -> tuple[Elements, int]:
    end = None if length == UNDEFINED else position + length
    found: Elements = {}
    while end is None or position < end:
        tag, vr, value_length, value = element_at(buffer, position, encoding)
        if tag == _ITEM_END:
            return found, value
        if value_length == UNDEFINED and _is_encapsulated(tag, vr):
            position = _after_fragments(buffer, value, encoding)
            continue
        if value_length == UNDEFINED or vr == b"SQ" or (tag in SEQUENCES and tag in wanted):
            items, position = _sequence(
                buffer, value, value_length, _inside(encoding, vr), wanted, depth + 1
            )
            found[tag] = items
            continue
        position = value + value_length
        if position > len(buffer):
            raise ShortBuffer
        if tag in wanted:
            found[tag] = buffer[value:position]
    return found, position
