"""Encapsulated pixels (PS3.5 A.4): fragments and offset tables -> the bytes of each frame."""

from dataclasses import dataclass
from os import SEEK_END
from typing import BinaryIO, Final

from pe_models.imaging.encodings.codecs import DecodeError, TruncatedError

_ITEM: Final = b"\xfe\xff\x00\xe0"
_SEQUENCE_END: Final = b"\xfe\xff\xdd\xe0"
_STARTS: Final = (b"\xff\xd8\xff", b"\xff\x4f\xff\x51", b"\xff\x0a", b"\0\0\0\x0c")


@dataclass(frozen=True, slots=True)
class Fragment:
    """``offset`` of its bytes in the stream; ``item``: of its item tag from the first one's."""

    item: int
    offset: int
    length: int


Frame = tuple[Fragment, ...]


def frames_in(stream: BinaryIO, offset: int, n_frames: int) -> tuple[Frame, ...]:
    """The fragments of each frame; ``offset`` is that of the value of PixelData in ``stream``.

    Fewer frames than declared where the file ends early. Raises TruncatedError where not even the
    first frame is whole, and DecodeError where fragments cannot be told apart.
    """
    fragments, table = _fragments(stream, offset)
    if not fragments:
        raise TruncatedError("it holds no pixel data")
    if n_frames == 1:
        return (tuple(fragments),)
    if len(fragments) <= n_frames:
        return tuple((fragment,) for fragment in fragments)
    starts = _starts_by_table(table) or _starts_by_signature(stream, fragments)
    if len(starts) != n_frames:
        raise DecodeError(
            f"it has {len(fragments)} fragments for {n_frames} frames, and no table to tell them"
        )
    ends = [*sorted(starts)[1:], fragments[-1].item + 1]
    return tuple(
        tuple(fragment for fragment in fragments if start <= fragment.item < end)
        for start, end in zip(sorted(starts), ends, strict=True)
    )


def read_frame(stream: BinaryIO, frame: Frame) -> bytes:
    """The codestream of one frame. Raises TruncatedError where the file ends within it."""
    parts = []
    for fragment in frame:
        part = _read_at(stream, fragment.offset, fragment.length)
        if len(part) < fragment.length:
            raise TruncatedError("the file ends within its pixel data")
        parts.append(part)
    return b"".join(parts)


def _fragments(stream: BinaryIO, offset: int) -> tuple[list[Fragment], bytes]:
    """All fragments, and the value of the basic offset table before them."""
    stream.seek(offset)
    fragments: list[Fragment] = []
    table: bytes | None = None
    position = first_item = offset
    while True:
        stream.seek(position)
        head = stream.read(8)
        if len(head) < 8 or head[:4] == _SEQUENCE_END:
            return fragments, table or b""
        if head[:4] != _ITEM:
            if not fragments:
                raise DecodeError("its pixels are not encapsulated as its header declares")
            return fragments, table or b""
        length = int.from_bytes(head[4:], "little")
        if table is None:
            table = _read_at(stream, position + 8, length)
            first_item = position + 8 + length
        else:
            fragments.append(Fragment(position - first_item, position + 8, length))
        position += 8 + length


def _read_at(stream: BinaryIO, offset: int, length: int) -> bytes:
    """``length`` bytes, fewer at the end; a damaged length takes no more memory than the file."""
    end = stream.seek(0, SEEK_END)
    stream.seek(offset)
    return stream.read(min(length, max(0, end - offset)))


def _starts_by_table(table: bytes) -> list[int]:
    return [int.from_bytes(table[i : i + 4], "little") for i in range(0, len(table) - 3, 4)]


def _starts_by_signature(stream: BinaryIO, fragments: list[Fragment]) -> list[int]:
    """Items at which a JPEG, JPEG 2000 or JPEG XL codestream starts."""
    starts = []
    for fragment in fragments:
        stream.seek(fragment.offset)
        if stream.read(4).startswith(_STARTS):
            starts.append(fragment.item)
    return starts
