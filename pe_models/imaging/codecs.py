"""What decodes which encoding: one table, permissively licensed decoders only.

imagecodecs (BSD) wraps libjpeg-turbo (JPEG, 8 and 12 bit, and lossless), CharLS (JPEG-LS),
OpenJPEG (JPEG 2000), OpenJPH (HTJ2K) and its own RLE; all release the interpreter's lock.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

import imagecodecs
import numpy as np
from numpy.typing import NDArray

from pe_models.imaging.elements import (
    DEFLATED_LITTLE,
    EXPLICIT_BIG,
    EXPLICIT_LITTLE,
    IMPLICIT_LITTLE,
)
from pe_models.imaging.study import PixelFormat


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
    "1.2.840.10008.1.2.4.57": Syntax("JPEG lossless", Codec.JPEG),
    "1.2.840.10008.1.2.4.70": Syntax("JPEG lossless, first order", Codec.JPEG),
    "1.2.840.10008.1.2.4.80": Syntax("JPEG-LS lossless", Codec.JPEG_LS),
    "1.2.840.10008.1.2.4.81": Syntax("JPEG-LS near-lossless", Codec.JPEG_LS, is_lossy=True),
    "1.2.840.10008.1.2.4.90": Syntax("JPEG 2000 lossless", Codec.JPEG_2000),
    "1.2.840.10008.1.2.4.91": Syntax("JPEG 2000", Codec.JPEG_2000, is_lossy=True),
    "1.2.840.10008.1.2.4.201": Syntax("HTJ2K lossless", Codec.HTJ2K),
    "1.2.840.10008.1.2.4.202": Syntax("HTJ2K lossless, RPCL", Codec.HTJ2K),
    "1.2.840.10008.1.2.4.203": Syntax("HTJ2K", Codec.HTJ2K, is_lossy=True),
}

LOSSY_SYNTAXES: Final = frozenset(uid for uid, syntax in SYNTAXES.items() if syntax.is_lossy)

_JPEG_START: Final = b"\xff\xd8"
_J2K_START: Final = b"\xff\x4f\xff\x51"
_END_OF_IMAGE: Final = b"\xff\xd9"
_JPEG_LS_FRAME: Final = 0xF7
_JPEG_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_CAPABILITIES: Final = b"\xff\x50"


def is_supported(transfer_syntax: str) -> bool:
    return transfer_syntax in SYNTAXES


def syntax_name(transfer_syntax: str) -> str:
    """The encoding in words for a reader; its UID where it is not known."""
    syntax = SYNTAXES.get(transfer_syntax)
    return syntax.name if syntax else transfer_syntax or "an unnamed encoding"


def decode(frame: bytes, pixels: PixelFormat) -> NDArray[Any]:
    """Stored words of one encapsulated frame as unsigned integers, (row, col).

    A self-describing codestream is decoded as what it is, also where the file declares another
    encoding. Raises TruncatedError or DecodeError; never returns part of an image.
    """
    if not frame:
        raise TruncatedError("the frame holds no data")
    codec = _codec(frame, pixels.transfer_syntax)
    if codec is not Codec.RLE and _END_OF_IMAGE not in frame[-64:]:
        raise TruncatedError(f"its {codec.value} data end too early")
    try:
        words = _DECODERS[codec](frame, pixels)
    except (ValueError, RuntimeError, MemoryError, TypeError) as error:
        raise DecodeError(f"its {codec.value} data are damaged") from error
    if words.shape != (pixels.rows, pixels.cols):
        raise DecodeError(
            f"its {codec.value} data hold {_size(words.shape)} pixels, "
            f"the header declares {pixels.rows} x {pixels.cols}"
        )
    if words.dtype.kind not in "iu" or words.dtype.itemsize > pixels.bits_allocated // 8:
        raise DecodeError(f"its {codec.value} data hold {words.dtype} values")
    return words.view(f"u{words.dtype.itemsize}")


def _codec(frame: bytes, transfer_syntax: str) -> Codec:
    """The codec of the codestream itself; the declared one where the stream has no signature."""
    if frame.startswith(_J2K_START):
        return Codec.HTJ2K if _CAPABILITIES in frame[:256] else Codec.JPEG_2000
    if frame.startswith(_JPEG_START):
        return Codec.JPEG_LS if _jpeg_frame_marker(frame) == _JPEG_LS_FRAME else Codec.JPEG
    declared = SYNTAXES.get(transfer_syntax)
    if declared is None:
        raise DecodeError(f"{syntax_name(transfer_syntax)} is not read here")
    if declared.codec is not Codec.RLE:
        raise DecodeError(f"its pixels are not {declared.name}, which the header declares")
    return Codec.RLE


def _jpeg_frame_marker(frame: bytes) -> int:
    """Second byte of the marker that starts the frame (SOF); 0 where there is none."""
    position = 2
    while position + 4 <= len(frame) and frame[position] == 0xFF:
        marker = frame[position + 1]
        if marker == _JPEG_LS_FRAME or marker in _JPEG_FRAMES:
            return marker
        if marker == 0xFF:  # fill byte
            position += 1
            continue
        position += 2 + int.from_bytes(frame[position + 2 : position + 4], "big")
    return 0


def _rle(frame: bytes, pixels: PixelFormat) -> NDArray[Any]:
    word = np.dtype(f"<u{pixels.bits_allocated // 8}")
    decoded = imagecodecs.dicomrle_decode(frame, word)
    if len(decoded) < pixels.rows * pixels.cols * word.itemsize:
        raise TruncatedError("its RLE data end too early")
    words = np.frombuffer(decoded, word, count=pixels.rows * pixels.cols)
    return words.reshape(pixels.rows, pixels.cols)


def _by(decoder: Callable[[bytes], NDArray[Any]]) -> Callable[[bytes, PixelFormat], NDArray[Any]]:
    return lambda frame, _: decoder(frame)


_DECODERS: Final[dict[Codec, Callable[[bytes, PixelFormat], NDArray[Any]]]] = {
    Codec.RLE: _rle,
    Codec.JPEG: _by(imagecodecs.jpeg8_decode),
    Codec.JPEG_LS: _by(imagecodecs.jpegls_decode),
    Codec.JPEG_2000: _by(imagecodecs.jpeg2k_decode),
    Codec.HTJ2K: _by(imagecodecs.htj2k_decode),
}


def _size(shape: tuple[int, ...]) -> str:
    return " x ".join(str(length) for length in shape)
