"""What fuzzing starts from: undamaged small CTs in every encoding that is read here."""

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import cv2
import imagecodecs
import numpy as np
from numpy.typing import NDArray
from parts import (
    BIG_ENDIAN,
    DEFLATED,
    EXPLICIT,
    IMPLICIT,
    PIXEL_DATA,
    SEQUENCE_END,
    TRANSFER_SYNTAX,
    UNDEFINED,
    Element,
    Fragment,
    Order,
    Parts,
    padded,
    sequence,
    short,
    text,
)

N_SLICES: Final = 4
ROWS, COLS = 24, 40
_STEP_MM: Final = 2.5
_CT: Final = "1.2.840.10008.5.1.4.1.1.2"
_ENHANCED_CT: Final = "1.2.840.10008.5.1.4.1.1.2.1"
_ROOT: Final = "1.2.826.0.1.3680043.8.498"

Words = NDArray[Any]
Encode = Callable[[Words], bytes]


@dataclass(frozen=True, slots=True)
class Seed:
    """An undamaged series: one file a slice, or one file of all frames."""

    name: str
    files: tuple[Parts, ...]


def all_seeds() -> tuple[Seed, ...]:
    """Every encoding as single slices, fragmented where it may be, and as Enhanced multi-frame."""
    return (
        *(seed for name, uid in _NATIVE.items() for seed in _native_seeds(name, uid)),
        *(seed for uid in ENCODERS for seed in _encapsulated_seeds(uid)),
    )


def stored_words() -> Words:
    """(slice, row, col), 12 bits: an arrow on a gradient, different in every slice."""
    slices, rows, cols = np.indices((N_SLICES, ROWS, COLS))
    words: Words = (24 + 7 * rows + 3 * cols + 200 * slices).astype("<u2")
    words[:, 10, 5:30] = 1900
    words[:, 5:15, 25] = 2100
    return words


def _rle(words: Words) -> bytes:
    planes = words.astype(f">u{words.dtype.itemsize}").view("u1").reshape(*words.shape, -1)
    segments = [
        padded(b"".join(imagecodecs.packbits_encode(row.tobytes()) for row in plane), b"\0")
        for plane in np.moveaxis(planes, 2, 0)
    ]
    starts = 64 + np.cumsum([0, *(len(segment) for segment in segments[:-1])])
    header = np.zeros(16, "<u4")
    header[0], header[1 : 1 + len(starts)] = len(segments), starts
    return header.tobytes() + b"".join(segments)


def _deflated(words: Words) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(words.tobytes()) + packer.flush()


def _progressive(words: Words) -> bytes:
    encoded: Words = cv2.imencode(".jpg", words, [cv2.IMWRITE_JPEG_PROGRESSIVE, 1])[1]
    return encoded.tobytes()


def _jpeg_in_jpeg_xl(words: Words) -> bytes:
    return bytes(imagecodecs.jpegxl_encode_jpeg(_progressive(words)))


def _by(encoder: Callable[..., bytes | bytearray], **options: Any) -> Encode:
    return lambda words: bytes(encoder(words, **options))


_jpeg = partial(_by, imagecodecs.jpeg8_encode)
_jpeg_ls = partial(_by, imagecodecs.jpegls_encode)
_jpeg_2000 = partial(_by, imagecodecs.jpeg2k_encode, codecformat="j2k")
_htj2k = partial(_by, imagecodecs.htj2k_encode)
_jpeg_xl = partial(_by, imagecodecs.jpegxl_encode)

ENCODERS: Final[dict[str, Encode]] = {
    "1.2.840.10008.1.2.5": _rle,
    "1.2.840.10008.1.2.4.50": _jpeg(level=90),
    "1.2.840.10008.1.2.4.51": _jpeg(level=90, bitspersample=12),
    "1.2.840.10008.1.2.4.52": _jpeg(level=90, bitspersample=12),
    "1.2.840.10008.1.2.4.53": _progressive,
    "1.2.840.10008.1.2.4.55": _progressive,
    "1.2.840.10008.1.2.4.57": _jpeg(lossless=True, predictor=4, bitspersample=16),
    "1.2.840.10008.1.2.4.70": _jpeg(lossless=True, predictor=1, bitspersample=16),
    "1.2.840.10008.1.2.4.80": _jpeg_ls(),
    "1.2.840.10008.1.2.4.81": _jpeg_ls(level=2),
    "1.2.840.10008.1.2.4.90": _jpeg_2000(reversible=True),
    "1.2.840.10008.1.2.4.91": _jpeg_2000(level=50),
    "1.2.840.10008.1.2.4.201": _htj2k(reversible=True),
    "1.2.840.10008.1.2.4.202": _htj2k(reversible=True),
    "1.2.840.10008.1.2.4.203": _htj2k(),
    "1.2.840.10008.1.2.4.110": _jpeg_xl(lossless=True),
    "1.2.840.10008.1.2.4.111": _jpeg_in_jpeg_xl,
    "1.2.840.10008.1.2.4.112": _jpeg_xl(level=90),
    "1.2.840.10008.1.2.8.1": _deflated,
}
"""Transfer syntax -> how one frame (row, col) is encoded."""

_NATIVE: Final = {
    "implicit": IMPLICIT,
    "explicit": EXPLICIT,
    "deflated": DEFLATED,
    "big endian": BIG_ENDIAN,
}
_EIGHT_BIT: Final = frozenset(f"1.2.840.10008.1.2.4.{end}" for end in (50, 53, 55, 111))


def _native_seeds(name: str, uid: str) -> Iterator[Seed]:
    order = Order.of(uid)
    words = stored_words().astype(f"{order.mark}u2")
    pixels = [Element(PIXEL_DATA, "OW", frame.tobytes()) for frame in words]
    slices = tuple(_slice(uid, index, pixel) for index, pixel in enumerate(pixels))
    yield Seed(name, slices)
    yield Seed(
        f"{name}, multi-frame", (_multi_frame(uid, Element(PIXEL_DATA, "OW", words.tobytes())),)
    )


def _encapsulated_seeds(uid: str) -> Iterator[Seed]:
    bits = 8 if uid in _EIGHT_BIT else 16
    words = (stored_words() >> 4).astype("u1") if bits == 8 else stored_words()
    frames = [padded(ENCODERS[uid](np.ascontiguousarray(frame)), b"\0") for frame in words]
    for n_parts, name in ((1, uid), (3, f"{uid}, fragmented")):
        cut = [_cut(frame, n_parts) for frame in frames]
        slices = (
            _slice(uid, index, encapsulated([parts], has_table=False), bits=bits)
            for index, parts in enumerate(cut)
        )
        yield Seed(name, tuple(slices))
        pixels = encapsulated(cut, has_table=n_parts > 1)
        yield Seed(f"{name}, multi-frame", (_multi_frame(uid, pixels, bits=bits),))


def encapsulated(frames: list[list[bytes]], *, has_table: bool) -> Element:
    """PixelData of frames, each cut in fragments, behind an offset table or an empty one."""
    lengths = [sum(8 + len(part) for part in frame) for frame in frames]
    starts = np.cumsum([0, *lengths[:-1]]).astype("<u4")
    table = Fragment(starts.tobytes() if has_table else b"")
    items = [table, *(Fragment(part) for frame in frames for part in frame), SEQUENCE_END]
    value = b"".join(item.written() for item in items)
    return Element(PIXEL_DATA, "OB", value, length=UNDEFINED)


def _cut(frame: bytes, n_parts: int) -> list[bytes]:
    size = -(-len(frame) // n_parts)
    size += size % 2
    return [frame[start : start + size] for start in range(0, len(frame), size)]


def _slice(uid: str, index: int, pixels: Element, *, bits: int = 16) -> Parts:
    order = Order.of(uid)
    body = [
        text(0x00080005, "CS", "ISO_IR 100"),
        text(0x00080008, "CS", "ORIGINAL\\PRIMARY\\AXIAL"),
        text(0x00080016, "UI", _CT),
        text(0x00080018, "UI", f"{_ROOT}.3.{index + 1}"),
        *_study_and_series(),
        text(0x00200013, "IS", str(100 - index)),
        text(0x00200032, "DS", f"-20\\-15\\{-100 + _STEP_MM * index}"),
        text(0x00200037, "DS", "1\\0\\0\\0\\1\\0"),
        text(0x00201041, "DS", f"{-100 + _STEP_MM * index}"),
        *_pixel_description(order, bits),
        text(0x00280030, "DS", "0.7\\0.5"),
        text(0x00281052, "DS", "-1024"),
        text(0x00281053, "DS", "1"),
        text(0x00281054, "LO", "HU"),
        pixels,
    ]
    return Parts(uid, _meta(uid, _CT, index), tuple(sorted(body, key=lambda e: e.tag)))


def _multi_frame(uid: str, pixels: Element, *, bits: int = 16) -> Parts:
    order = Order.of(uid)
    shared = [
        sequence(0x00209116, [text(0x00200037, "DS", "1\\0\\0\\0\\1\\0")]),
        sequence(0x00289110, [text(0x00180050, "DS", "2.5"), text(0x00280030, "DS", "0.7\\0.5")]),
        sequence(
            0x00289145,
            [
                text(0x00281052, "DS", "-1024"),
                text(0x00281053, "DS", "1"),
                text(0x00281054, "LO", "HU"),
            ],
        ),
    ]
    frames = [
        [
            sequence(0x00209111, [short(0x00209057, index + 1, order)]),
            sequence(0x00209113, [text(0x00200032, "DS", f"-20\\-15\\{-100 + _STEP_MM * index}")]),
        ]
        for index in range(N_SLICES)
    ]
    body = [
        text(0x00080008, "CS", "ORIGINAL\\PRIMARY\\VOLUME\\NONE"),
        text(0x00080016, "UI", _ENHANCED_CT),
        text(0x00080018, "UI", f"{_ROOT}.5.1"),
        *_study_and_series(),
        text(0x00200013, "IS", "1"),
        text(0x00280008, "IS", str(N_SLICES)),
        *_pixel_description(order, bits),
        sequence(0x52009229, shared),
        sequence(0x52009230, *frames),
        pixels,
    ]
    return Parts(uid, _meta(uid, _ENHANCED_CT, 0), tuple(sorted(body, key=lambda e: e.tag)))


def _meta(uid: str, sop_class: str, index: int) -> tuple[Element, ...]:
    return (
        Element(0x00020001, "OB", b"\0\1"),
        text(0x00020002, "UI", sop_class),
        text(0x00020003, "UI", f"{_ROOT}.3.{index + 1}"),
        text(TRANSFER_SYNTAX, "UI", uid),
    )


def _study_and_series() -> list[Element]:
    return [
        text(0x00080020, "DA", "20260102"),
        text(0x00080030, "TM", "101112"),
        text(0x00080060, "CS", "CT"),
        text(0x00080070, "LO", "phantom"),
        text(0x0008103E, "LO", "CTPA 1.0"),
        text(0x00100010, "PN", "PHANTOM^Arrow"),
        text(0x00100020, "LO", "P1"),
        sequence(0x00180012, [text(0x00080104, "LO", "Iodine")]),
        text(0x00180050, "DS", "2.5"),
        text(0x00180088, "DS", "2.5"),
        text(0x00181210, "SH", "STANDARD"),
        text(0x0020000D, "UI", f"{_ROOT}.1"),
        text(0x0020000E, "UI", f"{_ROOT}.2"),
        text(0x00200011, "IS", "3"),
        text(0x00200012, "IS", "1"),
        text(0x00200052, "UI", f"{_ROOT}.4"),
    ]


def _pixel_description(order: Order, bits: int) -> list[Element]:
    stored = min(12, bits)
    return [
        short(0x00280002, 1, order),
        text(0x00280004, "CS", "MONOCHROME2"),
        short(0x00280010, ROWS, order),
        short(0x00280011, COLS, order),
        short(0x00280100, bits, order),
        short(0x00280101, stored, order),
        short(0x00280102, stored - 1, order),
        short(0x00280103, 0, order),
    ]
