"""One DICOM file -> its wanted elements, and where its pixels lie.

What a file declares of its encoding is checked against its first element, because files lie.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from pe_models.imaging.dicom.elements import (
    DEFLATED_LITTLE,
    EXPLICIT_BIG,
    EXPLICIT_LITTLE,
    FIRST_PIXEL_TAG,
    IMPLICIT_LITTLE,
    PIXEL_DATA,
    UNDEFINED,
    VRS,
    Elements,
    Encoding,
    HeaderError,
    NotDicomError,
    ShortBuffer,
    element_at,
    next_element,
)
from pe_models.imaging.dicom.file_kinds import not_dicom_reason
from pe_models.imaging.dicom.inflate import ByteStream, InflatedStream

HEAD_BYTES: Final = 32 * 1024
"""How much of a file is read at first; most headers end within."""

_NATIVE: Final = (IMPLICIT_LITTLE, EXPLICIT_LITTLE, EXPLICIT_BIG)
_TRANSFER_SYNTAX: Final = 0x00020010
_MAX_HEADER_BYTES: Final = 256 * 1024 * 1024
_MOST_AT_ONCE_BYTES: Final = 16 * 1024 * 1024
"""As much as one value may have read at once: a damaged one names any length."""

_TRUNCATED: Final = "the file ends within its header (truncated)"

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class PixelElement:
    """Where the value of PixelData lies, in bytes of the (inflated) stream.

    ``length`` is None where the pixels are encapsulated (PS3.5 A.4), ``vr`` empty where implicit.
    """

    tag: int
    vr: bytes
    offset: int
    length: int | None


@dataclass(frozen=True, slots=True)
class ParsedFile:
    """The wanted elements of one file. ``pixels`` is None where the file holds none."""

    transfer_syntax: str
    is_little: bool
    elements: Elements
    pixels: PixelElement | None


@dataclass(frozen=True, slots=True)
class Outline:
    """Where the elements of a file stand, its meta group included, up to its pixels.

    ``tags`` and ``starts`` (offsets in ``head``) are those of each element; ``n_meta`` of them
    are of the meta group, written in ``meta_encoding``. The pixel element, if any, is at ``stop``.
    """

    head: bytes
    tags: list[int]
    starts: list[int]
    stop: int
    n_meta: int
    meta_encoding: Encoding
    encoding: Encoding


def parse_file(stream: ByteStream, wanted: frozenset[int]) -> ParsedFile:
    """Reads the header from ``stream``, which stands at the beginning of a file.

    Raises HeaderError with the reason where there is no usable header, and OSError as reading does.
    """
    return parse_head(stream.read(HEAD_BYTES), stream, wanted)[0]


def parse_head(
    head: bytes, rest: ByteStream, wanted: frozenset[int]
) -> tuple[ParsedFile, Outline | None]:
    """As ``parse_file``, of a file whose first bytes were read already.

    Also its Outline, which a deflated file does not have.
    """
    if not head:
        raise HeaderError("empty file")
    source = _Source(head, rest)
    meta = source.enough_for(_meta_of)
    if meta.transfer_syntax == DEFLATED_LITTLE:
        inflated = InflatedStream(source.head[meta.stop :], rest)
        source = _Source(inflated.read(HEAD_BYTES), inflated)
        bare = _Meta(DEFLATED_LITTLE, 0, meta.encoding)
        return source.enough_for(lambda part: _parsed(part, bare, wanted))[0], None
    return source.enough_for(lambda part: _parsed(part, meta, wanted))


def data_set_start(head: bytes) -> int:
    """Where the data set begins behind the preamble and file meta group, if there are any."""
    return _Source(head, _Nothing()).enough_for(_meta_of).stop


def pixel_element(head: bytes, position: int, encoding: Encoding) -> PixelElement | None:
    """The pixel element at ``position``; None where another one stands there.

    Raises ShortBuffer near the end of ``head``.
    """
    tag, vr, length, value = element_at(head, position, encoding)
    if not FIRST_PIXEL_TAG <= tag <= PIXEL_DATA:
        return None
    return PixelElement(tag, vr, value, None if length == UNDEFINED else length)


class _Nothing:
    def read(self, size: int, /) -> bytes:
        return b""


class _Source:
    """The beginning of a stream, and more of it as it turns out to be needed."""

    def __init__(self, head: bytes, rest: ByteStream) -> None:
        self.head = head
        self.is_whole = False
        self._rest = rest

    def enough_for(self, step: "Callable[[_Source], Found]") -> Found:
        """What ``step`` returns once there are bytes enough. Raises HeaderError where they end."""
        while True:
            try:
                return step(self)
            except ShortBuffer as short:
                if self.is_whole:
                    raise HeaderError(_TRUNCATED) from None
                self._grow(short.least)

    def _grow(self, least: int) -> None:
        missing = min(least - len(self.head) + HEAD_BYTES, _MOST_AT_ONCE_BYTES)
        more = self._rest.read(max(HEAD_BYTES, 3 * len(self.head), missing))
        self.is_whole = not more
        self.head += more
        if len(self.head) > _MAX_HEADER_BYTES:
            raise HeaderError("damaged: its header has no end")


@dataclass(frozen=True, slots=True)
class _Meta:
    """The file meta group: what it declares, its elements, and where the data set begins."""

    transfer_syntax: str
    stop: int
    encoding: Encoding
    tags: tuple[int, ...] = ()
    starts: tuple[int, ...] = ()


def _meta_of(source: _Source) -> _Meta:
    head = source.head
    start = 132 if head[128:132] == b"DICM" else 0
    if not _looks_like_data_set(head, start):
        raise NotDicomError(not_dicom_reason(head))
    encoding = Encoding(is_implicit=head[start + 4 : start + 6] not in VRS, is_little=True)
    tags, starts, uid = [], [], b""
    while head[start : start + 2] == b"\x02\x00":
        tag, _, length, value = element_at(head, start, encoding)
        tags.append(tag)
        starts.append(start)
        start = value + length
        if tag == _TRANSFER_SYNTAX:
            uid = head[value:start]
    if start + 2 > len(head) and not source.is_whole:
        raise ShortBuffer
    declared = uid.decode("ascii", "replace").strip("\0 ")
    return _Meta(declared, start, encoding, tuple(tags), tuple(starts))


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
    return (is_known_group or is_known_big_group) and (first[4:6] in VRS or has_short_length)


def _sniff(head: bytes, start: int) -> Encoding:
    """The encoding that the first element of the data set shows, whatever was declared."""
    first = head[start : start + 8]
    if len(first) < 8:
        raise ShortBuffer
    is_explicit = first[4:6] in VRS
    is_big = is_explicit and first[0] == 0 and first[1] != 0
    return Encoding(is_implicit=not is_explicit, is_little=not is_big)


def _parsed(source: _Source, meta: _Meta, wanted: frozenset[int]) -> tuple[ParsedFile, Outline]:
    head = source.head
    encoding = _sniff(head, meta.stop)
    elements: Elements = {}
    tags, starts = list(meta.tags), list(meta.starts)
    position, pixels = meta.stop, None
    while not _is_end(source, position):
        tag, end = next_element(head, position, encoding, wanted, elements)
        if end == position:
            pixels = pixel_element(head, position, encoding)
            break
        tags.append(tag)
        starts.append(position)
        position = end
    syntax = meta.transfer_syntax
    if not syntax or syntax in _NATIVE:
        syntax = encoding.native_transfer_syntax
    parsed = ParsedFile(syntax, encoding.is_little, elements, pixels)
    outline = Outline(head, tags, starts, position, len(meta.tags), meta.encoding, encoding)
    return parsed, outline


def _is_end(source: _Source, position: int) -> bool:
    """Whether the file ends at ``position``, or holds nothing but zeros from there on."""
    if position + 12 <= len(source.head):
        return False
    if not source.is_whole:
        raise ShortBuffer
    return not any(source.head[position:])
