"""Stored words -> int16 HU, in place where nothing can overflow (PS3.3 C.7.6.3.1, C.11.1)."""

from enum import Enum, auto
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from pe_models.imaging.study import PROJECTIONS, PixelFormat
from pe_models.imaging.volume import PADDING_HU

_INT16: Final = np.iinfo(np.int16)
_INT16_BITS: Final = 16


class Meaning(Enum):
    """What becomes of stored values."""

    RESCALED = auto()
    """Slope and intercept apply: CT."""
    STORED = auto()
    """Kept as they are; MONOCHROME1 inverted, so that bright is bright: MR."""
    SHADOW = auto()
    """As STORED, all 16 bits of them, and padding no darker than the darkest: CR, DX."""


def meaning_of(modality: str) -> Meaning:
    if modality == "CT":
        return Meaning.RESCALED
    return Meaning.SHADOW if modality in PROJECTIONS else Meaning.STORED


def stored_value(value: int, pixels: PixelFormat) -> int:
    """What the file holds where a Volume that was read as SHADOW holds ``value``."""
    stored = value + _shift(pixels)
    return _ends(pixels) - stored if pixels.photometric == "MONOCHROME1" else stored


def to_hu(
    words: NDArray[Any],
    pixels: PixelFormat,
    meaning: Meaning,
    out: NDArray[np.int16],
    *,
    is_lossy: bool = False,
) -> NDArray[np.bool_] | None:
    """Fills ``out`` (row, col) from unsigned ``words`` (row, col), which may share its memory.

    Returns where the file declares padding (row, col), or None where there is none; padding reads
    ``PADDING_HU``, in a shadow the darkest of the other values. Values outside int16 are clipped,
    but for those of 16 bits of a shadow, which are moved into it; so are ``is_lossy`` ones that
    their loss has carried above BitsStored.
    """
    values = _values(words, pixels, _scratch(words, pixels, out), is_lossy=is_lossy)
    padding = _padding(words, values, pixels)
    if meaning is Meaning.RESCALED:
        _rescale(values, pixels, out)
    else:
        _copy_stored(values, pixels, out, shift=_shift(pixels) if meaning is Meaning.SHADOW else 0)
    if padding is not None:
        out[padding] = _darkest(out, padding) if meaning is Meaning.SHADOW else PADDING_HU
    return padding


def _scratch(
    words: NDArray[Any], pixels: PixelFormat, out: NDArray[np.int16]
) -> NDArray[Any] | None:
    """The memory of ``out``, for values of two bytes: fresh memory takes longer than the work.

    None where ``words`` are wanted later as they are stored.
    """
    is_fit = words.dtype.itemsize == out.dtype.itemsize and not _is_padding_above(pixels)
    return out.view(words.dtype) if is_fit else None


def _values(
    words: NDArray[Any], pixels: PixelFormat, scratch: NDArray[Any] | None, *, is_lossy: bool
) -> NDArray[Any]:
    """Words without bits outside BitsStored, sign-extended; a view where there are none."""
    values: NDArray[Any]
    width = words.dtype.itemsize * 8
    high_bit = pixels.bits_stored - 1 if pixels.high_bit is None else pixels.high_bit
    low = high_bit + 1 - pixels.bits_stored
    kind = f"i{width // 8}" if pixels.is_signed else f"u{width // 8}"
    if pixels.bits_stored >= width:
        return words.view(kind)
    if high_bit >= width:  # a codestream of bytes in a word of two
        low, high_bit = 0, pixels.bits_stored - 1
    if pixels.is_signed:
        up = width - 1 - high_bit
        values = np.left_shift(words, up, out=scratch).view(kind)
        np.right_shift(values, up + low, out=values)
        return values
    shifted = np.right_shift(words, low, out=scratch) if low else words
    mask = words.dtype.type((1 << pixels.bits_stored) - 1)
    is_value_alone = is_lossy and not low  # no other bits are encoded with loss
    values = (np.minimum if is_value_alone else np.bitwise_and)(shifted, mask, out=scratch)
    return values


def _is_padding_above(pixels: PixelFormat) -> bool:
    """Whether padding lies outside BitsStored: it is found in the words as they are stored."""
    last = pixels.padding_last
    return last is not None and not pixels.is_signed and bool(last >> pixels.bits_stored)


def _padding(
    words: NDArray[Any], values: NDArray[Any], pixels: PixelFormat
) -> NDArray[np.bool_] | None:
    first, last = pixels.padding_first, pixels.padding_last
    if first is None or last is None:
        return None
    where = words if _is_padding_above(pixels) else values
    limits = np.iinfo(where.dtype)
    if last < limits.min or first > limits.max:
        return None
    if first == last:
        padding = where == first
    else:
        padding = (where >= max(first, limits.min)) & (where <= min(last, limits.max))
    return padding if padding.any() else None


def _rescale(values: NDArray[Any], pixels: PixelFormat, out: NDArray[np.int16]) -> None:
    slope, intercept = pixels.slope, pixels.intercept
    if slope == 1.0 and intercept == round(intercept) and _fits(values, int(intercept), pixels):
        np.add(values.view(_narrow(values)), np.int16(intercept), out=out, casting="unsafe")
        return
    with np.errstate(over="ignore"):  # an infinity is clipped as any large value is
        exact = np.multiply(values, slope, dtype=np.float64)
        exact += intercept
    np.rint(exact, out=exact)
    np.clip(exact, _INT16.min, _INT16.max, out=exact)
    out[...] = exact


def _copy_stored(
    values: NDArray[Any], pixels: PixelFormat, out: NDArray[np.int16], *, shift: int
) -> None:
    if pixels.photometric == "MONOCHROME1":
        values = np.subtract(_ends(pixels) - shift, values, dtype=np.int64)
    elif shift:
        values = np.subtract(values, shift, dtype=np.int64)
    if values.dtype.itemsize > 1 and values.dtype != np.int16:
        values = np.clip(values, _INT16.min, _INT16.max)
    out[...] = values


def _ends(pixels: PixelFormat) -> int:
    """The least and the greatest possible value, together."""
    highest = (1 << (pixels.bits_stored - pixels.is_signed)) - 1
    lowest = -(1 << (pixels.bits_stored - 1)) if pixels.is_signed else 0
    return highest + lowest


def _shift(pixels: PixelFormat) -> int:
    """What is taken from the values of a shadow so that int16 holds them."""
    is_beyond = not pixels.is_signed and pixels.bits_stored > _INT16_BITS - 1
    return 1 << (_INT16_BITS - 1) if is_beyond else 0


def _darkest(out: NDArray[np.int16], padding: NDArray[np.bool_]) -> int:
    others = out[~padding]
    return int(others.min()) if others.size else int(_INT16.min)


def _narrow(values: NDArray[Any]) -> str:
    return "i2" if values.dtype == np.uint16 else values.dtype.str


def _fits(values: NDArray[Any], intercept: int, pixels: PixelFormat) -> bool:
    """Whether both the values and their sums with ``intercept`` lie within int16."""
    if not _INT16.min <= intercept <= _INT16.max or values.dtype.itemsize > 2:
        return False
    bits = min(pixels.bits_stored, values.dtype.itemsize * 8)
    lowest = -(1 << (bits - 1)) if pixels.is_signed else 0
    highest = (1 << (bits - pixels.is_signed)) - 1
    if lowest + intercept < _INT16.min or max(highest, highest + intercept) > _INT16.max:
        lowest, highest = int(values.min()), int(values.max())
    return lowest + intercept >= _INT16.min and max(highest, highest + intercept) <= _INT16.max
