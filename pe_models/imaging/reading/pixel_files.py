"""The stored words of one slice, from wherever they lie: a file, a zip, deflated, encapsulated."""

import sys
from dataclasses import dataclass
from io import BytesIO
from typing import Any, BinaryIO, Self

import numpy as np
from numpy.typing import NDArray

from pe_models.imaging.dicom.data_set import data_set_start, parse_file
from pe_models.imaging.dicom.elements import DEFLATED_LITTLE, EXPLICIT_BIG
from pe_models.imaging.dicom.frames import FRAME_COUNT_TAGS, n_frames_of
from pe_models.imaging.dicom.inflate import InflatedStream
from pe_models.imaging.encodings.codecs import (
    SYNTAXES,
    Codec,
    DecodeError,
    TruncatedError,
    decode,
    is_lossy,
    is_supported,
    syntax_name,
)
from pe_models.imaging.encodings.encapsulated import Frame, frames_in, read_frame
from pe_models.imaging.files.archives import Opener
from pe_models.imaging.reading.changed import check_file, check_unpacked
from pe_models.imaging.study import PixelFormat, SliceSource


@dataclass(frozen=True, slots=True, eq=False)
class StoredSlice:
    """``words`` as unsigned integers (row, col); ``is_lossy`` where their codestream says so."""

    words: NDArray[Any]
    is_lossy: bool = False


def is_direct(source: SliceSource) -> bool:
    """Whether the stored words may be read straight into an int16 slice."""
    return source.pixel_offset is not None and source.pixels.bits_allocated == 16


def read_direct(source: SliceSource, out: NDArray[np.int16]) -> None:
    """Reads 16-bit words from the remembered offset into ``out`` (row, col), which is contiguous.

    Raises TruncatedError where the file ends within them, DecodeError where it is another one by
    now, and OSError as reading does.
    """
    with open(source.file, "rb", buffering=0) as stream:  # noqa: PTH123 - as fast as it goes
        check_file(source, stream)
        stream.seek(source.pixel_offset or 0)
        n_read = stream.readinto(out.data.cast("B"))
    if n_read < out.nbytes:
        raise TruncatedError("the file ends within its pixel data")
    if (source.pixels.transfer_syntax == EXPLICIT_BIG) == (sys.byteorder == "little"):
        out.byteswap(inplace=True)


class PixelFiles:
    """Reads stored words of slices; for any thread.

    Remembers where the frames of each multi-frame file lie, so that it is parsed once and not for
    each of its slices. Two threads may find the same one at the same time; they find the same.
    """

    def __init__(self) -> None:
        self._opener = Opener()
        self._layouts: dict[_Key, _Layout] = {}
        self._unpacked: dict[_Key, bytes] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._opener.__exit__()
        self._unpacked.clear()

    def read(self, source: SliceSource) -> StoredSlice:
        """The stored words of one slice.

        Raises DecodeError, HeaderError, or sources.OPEN_ERRORS.
        """
        pixels = source.pixels
        number = source.frame_number or 1
        with self._stream(source) as stream:
            if not _is_packed(source):
                check_file(source, stream)
            layout = self._layout(source, stream)
            if layout.frames is None:
                stored = _stored(stream, layout, number, pixels)
                return StoredSlice(_native_words(stored, pixels, is_little=layout.is_little))
            if number > len(layout.frames):
                raise TruncatedError("the file ends before this frame")
            frame = read_frame(stream, layout.frames[number - 1])
            return StoredSlice(decode(frame, pixels), is_lossy=is_lossy(frame))

    def _layout(self, source: SliceSource, stream: BinaryIO) -> "_Layout":
        layout = self._layouts.get(_key(source)) or _layout_of(stream)
        if source.frame_number is not None:
            self._layouts[_key(source)] = layout
        return layout

    def _stream(self, source: SliceSource) -> BinaryIO:
        """A stream that can be sought in; what is packed is unpacked in memory."""
        if not _is_packed(source):
            return self._opener.open(source.file, None)
        unpacked = self._unpacked.get(_key(source))
        if unpacked is None:
            with self._opener.open(source.file, source.member) as packed:
                unpacked = packed.read()
            check_unpacked(source, unpacked)
        if source.pixels.transfer_syntax == DEFLATED_LITTLE:
            unpacked = _inflated(unpacked)
        if source.frame_number is not None:
            self._unpacked[_key(source)] = unpacked
        return BytesIO(unpacked)


_Key = tuple[str, str | None]


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where the value of PixelData lies, in bytes; ``frames`` is None where it is native.

    ``is_in_big_words``: as big endian words of 16 bits, also where a pixel takes 8 (OW, PS3.5 8.1).
    """

    offset: int
    length: int
    frames: tuple[Frame, ...] | None
    is_little: bool
    is_in_big_words: bool


def _is_packed(source: SliceSource) -> bool:
    """Whether the file as a whole has to be unpacked to be sought in."""
    return source.member is not None or source.pixels.transfer_syntax == DEFLATED_LITTLE


def _key(source: SliceSource) -> _Key:
    return (source.file, source.member)


def _inflated(packed: bytes) -> bytes:
    """The data set of a deflated file up to the end of its pixels, and no further."""
    parsed = parse_file(BytesIO(packed), frozenset())
    if parsed.pixels is None or parsed.transfer_syntax != DEFLATED_LITTLE:
        return packed
    stream = InflatedStream(packed[data_set_start(packed) :], BytesIO())
    return stream.read(parsed.pixels.offset + (parsed.pixels.length or 0))


def _layout_of(stream: BinaryIO) -> _Layout:
    parsed = parse_file(stream, FRAME_COUNT_TAGS)
    if parsed.pixels is None:
        raise DecodeError("it holds no pixel data")
    frames = None
    if parsed.pixels.length is None:
        n_frames = n_frames_of(parsed.elements) or 1
        frames = frames_in(stream, parsed.pixels.offset, n_frames)
    return _Layout(
        parsed.pixels.offset,
        parsed.pixels.length or 0,
        frames,
        parsed.is_little,
        is_in_big_words=parsed.pixels.vr == b"OW" and not parsed.is_little,
    )


def _stored(stream: BinaryIO, layout: _Layout, number: int, pixels: PixelFormat) -> bytes:
    """The native pixels of frame ``number``; fewer bytes where the value of PixelData ends."""
    size = _frame_bytes(pixels)
    start, stop = (number - 1) * size, number * size
    if not (layout.is_in_big_words and pixels.bits_allocated == 8):
        return _part(stream, layout, start, stop)
    pairs = _part(stream, layout, start - start % 2, stop + stop % 2)
    in_order = np.frombuffer(pairs, np.uint16, count=len(pairs) // 2).byteswap().tobytes()
    return in_order[start % 2 :][:size]


def _part(stream: BinaryIO, layout: _Layout, start: int, stop: int) -> bytes:
    """Bytes ``start`` to ``stop`` of the value of PixelData; fewer where that ends."""
    stream.seek(layout.offset + start)
    return stream.read(max(0, min(stop, layout.length) - start))


def _frame_bytes(pixels: PixelFormat) -> int:
    return pixels.rows * pixels.cols * pixels.bits_allocated // 8


def _native_words(stored: bytes, pixels: PixelFormat, *, is_little: bool) -> NDArray[Any]:
    if len(stored) < _frame_bytes(pixels):
        raise TruncatedError("the file ends within its pixel data")
    if not is_supported(pixels.transfer_syntax):
        raise DecodeError(f"{syntax_name(pixels.transfer_syntax)} is not read here")
    if SYNTAXES[pixels.transfer_syntax].codec is not Codec.NATIVE:
        raise DecodeError(
            f"its pixels are not {syntax_name(pixels.transfer_syntax)}, which the header declares"
        )
    word = np.dtype(f"{'<' if is_little else '>'}u{pixels.bits_allocated // 8}")
    words = np.frombuffer(stored, word).reshape(pixels.rows, pixels.cols)
    return words.astype(word.newbyteorder("="))
