"""What decodes which encoding: one table, permissively licensed decoders only.

imagecodecs (BSD) wraps libjpeg-turbo (JPEG, 8 and 12 bit, and lossless), CharLS (JPEG-LS),
OpenJPEG (JPEG 2000 and HTJ2K), libjxl (JPEG XL) and its own RLE; all release the interpreter's
lock. ``docs/encodings.md`` shows the same table to users.
"""

import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise
from typing import Any, Final

import imagecodecs
import numpy as np
from numpy.typing import NDArray

from pe_models.imaging.dicom.elements import (
    DEFLATED_LITTLE,
    EXPLICIT_BIG,
    EXPLICIT_LITTLE,
    IMPLICIT_LITTLE,
)
from pe_models.imaging.encodings.codestream import END_OF_IMAGE, Codestream, Stream, recognized
from pe_models.imaging.study import PixelFormat

_RLE_HEADER: Final = struct.Struct("<16L")
"""The number of segments, then the offset of each (PS3.5 G.5)."""


class DecodeError(Exception):
    """A frame that cannot be decoded; the message is the reason, in words for a reader."""


class TruncatedError(DecodeError):
    """A frame of which a part is missing."""


class Codec(Enum):
    NATIVE = "native"
    RLE = "RLE"
    JPEG = "JPEG"
    JPEG_LS = "JPEG-LS"
    JPEG_2000 = "JPEG 2000"
    HTJ2K = "HTJ2K"
    JPEG_XL = "JPEG XL"
    DEFLATED_FRAME = "deflated"


@dataclass(frozen=True, slots=True)
class Syntax:
    name: str
    codec: Codec
    is_lossy: bool = False


SYNTAXES: Final[dict[str, Syntax]] = {
    IMPLICIT_LITTLE: Syntax("implicit little endian", Codec.NATIVE),
    EXPLICIT_LITTLE: Syntax("explicit little endian", Codec.NATIVE),
    DEFLATED_LITTLE: Syntax("deflated little endian", Codec.NATIVE),
    EXPLICIT_BIG: Syntax("explicit big endian", Codec.NATIVE),
    "1.2.840.10008.1.2.5": Syntax("RLE", Codec.RLE),
    "1.2.840.10008.1.2.4.50": Syntax("JPEG baseline", Codec.JPEG, is_lossy=True),
    "1.2.840.10008.1.2.4.51": Syntax("JPEG extended", Codec.JPEG, is_lossy=True),
    "1.2.840.10008.1.2.4.52": Syntax("JPEG extended, process 3 and 5", Codec.JPEG, is_lossy=True),
    "1.2.840.10008.1.2.4.53": Syntax("JPEG spectral selection", Codec.JPEG, is_lossy=True),
    "1.2.840.10008.1.2.4.55": Syntax("JPEG full progression", Codec.JPEG, is_lossy=True),
    "1.2.840.10008.1.2.4.57": Syntax("JPEG lossless", Codec.JPEG),
    "1.2.840.10008.1.2.4.70": Syntax("JPEG lossless, first order", Codec.JPEG),
    "1.2.840.10008.1.2.4.80": Syntax("JPEG-LS lossless", Codec.JPEG_LS),
    "1.2.840.10008.1.2.4.81": Syntax("JPEG-LS near-lossless", Codec.JPEG_LS, is_lossy=True),
    "1.2.840.10008.1.2.4.90": Syntax("JPEG 2000 lossless", Codec.JPEG_2000),
    "1.2.840.10008.1.2.4.91": Syntax("JPEG 2000", Codec.JPEG_2000, is_lossy=True),
    "1.2.840.10008.1.2.4.201": Syntax("HTJ2K lossless", Codec.HTJ2K),
    "1.2.840.10008.1.2.4.202": Syntax("HTJ2K lossless, RPCL", Codec.HTJ2K),
    "1.2.840.10008.1.2.4.203": Syntax("HTJ2K", Codec.HTJ2K, is_lossy=True),
    "1.2.840.10008.1.2.4.110": Syntax("JPEG XL lossless", Codec.JPEG_XL),
    "1.2.840.10008.1.2.4.111": Syntax("JPEG XL of a JPEG", Codec.JPEG_XL, is_lossy=True),
    "1.2.840.10008.1.2.4.112": Syntax("JPEG XL", Codec.JPEG_XL, is_lossy=True),
    "1.2.840.10008.1.2.8.1": Syntax("deflated frames", Codec.DEFLATED_FRAME),
}

_TRAILER_BYTES: Final = 64
"""The end of an image stands within these; after it comes padding at most, zeros not counted."""

LOSSY_SYNTAXES: Final = frozenset(uid for uid, syntax in SYNTAXES.items() if syntax.is_lossy)


def is_supported(transfer_syntax: str) -> bool:
    return transfer_syntax in SYNTAXES


def syntax_name(transfer_syntax: str) -> str:
    """The encoding in words for a reader; its UID where it is not known."""
    syntax = SYNTAXES.get(transfer_syntax)
    return syntax.name if syntax else transfer_syntax or "an unnamed encoding"


def is_lossy(frame: bytes) -> bool:
    """Whether one encapsulated frame says itself that detail was lost, whatever was declared."""
    stream = recognized(frame)
    return stream is not None and stream.is_lossy


def decode(frame: bytes, pixels: PixelFormat) -> NDArray[Any]:
    """Stored words of one encapsulated frame as unsigned integers, (row, col).

    A self-describing codestream is decoded as what it is, also where the file declares another
    encoding. Raises TruncatedError or DecodeError; never returns part of an image.
    """
    if not frame:
        raise TruncatedError("the frame holds no data")
    stream = recognized(frame)
    codec = _declared(pixels) if stream is None else _BY_STREAM[stream.kind]
    if stream is not None:
        _check_stream(stream, codec, pixels)
        if stream.has_end_marker and END_OF_IMAGE not in frame.rstrip(b"\0")[-_TRAILER_BYTES:]:
            raise TruncatedError(f"its {codec.value} data end too early")
    try:
        words = _DECODERS[codec](frame, pixels)
    except (ValueError, RuntimeError, MemoryError, TypeError) as error:
        raise DecodeError(f"its {codec.value} data are damaged") from error
    if words.shape != (pixels.rows, pixels.cols):
        raise DecodeError(f"its {codec.value} data are damaged")
    if words.dtype.kind not in "iu" or words.dtype.itemsize > pixels.bits_allocated // 8:
        raise DecodeError(f"its {codec.value} data hold {words.dtype} values")
    return words.view(f"u{words.dtype.itemsize}")


def _check_stream(stream: Codestream, codec: Codec, pixels: PixelFormat) -> None:
    if stream.n_components > 1:
        raise DecodeError(f"its {codec.value} data hold a colour picture")
    if (stream.rows, stream.cols) != (pixels.rows, pixels.cols):
        raise DecodeError(
            f"its {codec.value} data hold {stream.rows} x {stream.cols} pixels, "
            f"the header declares {pixels.rows} x {pixels.cols}"
        )


def _declared(pixels: PixelFormat) -> Codec:
    """The codec of data without a signature of their own."""
    declared = SYNTAXES.get(pixels.transfer_syntax)
    if declared is None:
        raise DecodeError(f"{syntax_name(pixels.transfer_syntax)} is not read here")
    if declared.codec not in _WITHOUT_SIGNATURE:
        raise DecodeError(f"its pixels are not {declared.name}, which the header declares")
    return declared.codec


def _rle(frame: bytes, pixels: PixelFormat) -> NDArray[Any]:
    """Bytes of the same significance stand in a segment of their own, the highest first.

    WORKAROUND imagecodecs 2026.3.6: dicomrle_decode leaves unfilled what a segment lacks, and
    follows an offset that leads out of the data; segment by segment is also faster (1.17 x).
    """
    word = np.dtype(f"u{pixels.bits_allocated // 8}")
    words = np.zeros((pixels.rows, pixels.cols), word)
    for start, end in pairwise(_rle_edges(frame, n_segments=word.itemsize)):
        segment = imagecodecs.packbits_decode(frame[start:end])
        if word.itemsize > 1:
            words <<= 8
        words |= _words(segment, np.dtype(np.uint8), pixels, "RLE")
    return words


def _deflated_frame(frame: bytes, pixels: PixelFormat) -> NDArray[Any]:
    """A raw deflate stream of little endian words (PS3.5 A.4.13)."""
    word = np.dtype(f"<u{pixels.bits_allocated // 8}")
    wanted = pixels.rows * pixels.cols * word.itemsize
    try:
        inflated = zlib.decompressobj(-zlib.MAX_WBITS).decompress(frame, wanted)
    except zlib.error as error:
        raise DecodeError("its deflated data are damaged") from error
    return _words(inflated, word, pixels, "deflated")


def _words(
    decoded: bytes | bytearray, word: np.dtype[Any], pixels: PixelFormat, codec_name: str
) -> NDArray[Any]:
    if len(decoded) < pixels.rows * pixels.cols * word.itemsize:
        raise TruncatedError(f"its {codec_name} data end too early")
    words = np.frombuffer(decoded, word, count=pixels.rows * pixels.cols)
    return words.reshape(pixels.rows, pixels.cols)


def _rle_edges(frame: bytes, *, n_segments: int) -> tuple[int, ...]:
    """Where each segment starts, and the end of the last (PS3.5 G.5).

    Raises TruncatedError or DecodeError where the offsets are damaged.
    """
    if len(frame) < _RLE_HEADER.size:
        raise TruncatedError("its RLE data end too early")
    declared, *offsets = _RLE_HEADER.unpack_from(frame)
    if declared != n_segments:
        raise DecodeError(f"its RLE data have {declared} segments, {n_segments} are needed")
    starts = offsets[:n_segments]
    if starts[0] != _RLE_HEADER.size or starts != sorted(starts):
        raise DecodeError("the header of its RLE data is damaged")
    if starts[-1] >= len(frame):
        raise TruncatedError("its RLE data end too early")
    return (*starts, len(frame))


def _by(decoder: Callable[[bytes], NDArray[Any]]) -> Callable[[bytes, PixelFormat], NDArray[Any]]:
    return lambda frame, _: decoder(frame)


_DECODERS: Final[dict[Codec, Callable[[bytes, PixelFormat], NDArray[Any]]]] = {
    Codec.RLE: _rle,
    Codec.JPEG: _by(imagecodecs.jpeg8_decode),
    Codec.JPEG_LS: _by(imagecodecs.jpegls_decode),
    Codec.JPEG_2000: _by(imagecodecs.jpeg2k_decode),
    # WORKAROUND imagecodecs 2026.3.6: htj2k_decode is twice as fast, but reports an error within
    # the data to nobody and returns the rest of the image unfilled.
    Codec.HTJ2K: _by(imagecodecs.jpeg2k_decode),
    Codec.JPEG_XL: _by(imagecodecs.jpegxl_decode),
    Codec.DEFLATED_FRAME: _deflated_frame,
}
_WITHOUT_SIGNATURE: Final = frozenset({Codec.RLE, Codec.DEFLATED_FRAME})
_BY_STREAM: Final[dict[Stream, Codec]] = {
    Stream.JPEG: Codec.JPEG,
    Stream.JPEG_LS: Codec.JPEG_LS,
    Stream.JPEG_2000: Codec.JPEG_2000,
    Stream.HTJ2K: Codec.HTJ2K,
    Stream.JPEG_XL: Codec.JPEG_XL,
}
