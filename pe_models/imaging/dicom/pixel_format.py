"""How the pixels of one file are stored: its elements -> PixelFormat."""

from typing import Final, Literal, TypeAlias

from pe_models.imaging.dicom import values
from pe_models.imaging.dicom.elements import Elements, HeaderError
from pe_models.imaging.study import PixelFormat

ByteOrder: TypeAlias = Literal["little", "big"]

_MAX_SIDE_PX: Final = 65535
_LEAST_FRAME_BYTES: Final = 8
"""What a frame takes at least: the head of its item, or a few pixels."""
_MAX_PACKING: Final = 1000
"""How much smaller than its pixels a file may be: flat images reach some hundreds."""
_ALWAYS_HELD_BYTES: Final = 64 << 20
"""Pixels that any file may declare, so that the cut off rest of a large one still opens."""
_BITS_ALLOCATED: Final = (8, 16, 32)
_GREYSCALE: Final = ("MONOCHROME1", "MONOCHROME2", "")

PIXEL_TAGS: Final = (
    0x00280002,  # SamplesPerPixel
    0x00280004,  # PhotometricInterpretation
    0x00280010,  # Rows
    0x00280011,  # Columns
    0x00280100,  # BitsAllocated
    0x00280101,  # BitsStored
    0x00280102,  # HighBit
    0x00280103,  # PixelRepresentation
    0x00280120,  # PixelPaddingValue
    0x00280121,  # PixelPaddingRangeLimit
    0x00281052,  # RescaleIntercept
    0x00281053,  # RescaleSlope
    0x00281054,  # RescaleType
)


def pixel_format_of(elements: Elements, transfer_syntax: str, byte_order: ByteOrder) -> PixelFormat:
    """Raises HeaderError where the elements tell of pixels that are not read."""

    def whole(tag: int, default: int = 0) -> int:
        found = values.binary_integer(elements, tag, is_little=byte_order == "little")
        return default if found is None else found

    rows, cols = whole(0x00280010), whole(0x00280011)
    if not (0 < rows <= _MAX_SIDE_PX and 0 < cols <= _MAX_SIDE_PX):
        raise HeaderError("its header does not give the size of the image (Rows, Columns)")
    photometric = values.code(elements, 0x00280004).upper()
    if whole(0x00280002, 1) != 1 or photometric not in _GREYSCALE:
        raise HeaderError("a colour picture; only greyscale images are read")
    allocated = whole(0x00280100, 16)
    if allocated not in _BITS_ALLOCATED:
        raise HeaderError(f"its pixels have {allocated} bits, which are not read")
    stored = whole(0x00280101, allocated)
    if not 0 < stored <= allocated:
        stored = allocated
    high_bit = whole(0x00280102, stored - 1)
    is_signed = whole(0x00280103) == 1
    first, last = _padding(elements, byte_order, stored, is_signed=is_signed)
    slope = values.number(elements, 0x00281053)
    return PixelFormat(
        transfer_syntax=transfer_syntax,
        rows=rows,
        cols=cols,
        bits_allocated=allocated,
        bits_stored=stored,
        high_bit=high_bit if stored - 1 <= high_bit < allocated else stored - 1,
        is_signed=is_signed,
        photometric=photometric or "MONOCHROME2",
        slope=slope or 1.0,
        intercept=values.number(elements, 0x00281052) or 0.0,
        rescale_type=values.code(elements, 0x00281054).upper(),
        padding_first=first,
        padding_last=last,
    )


def check_size(pixels: PixelFormat, n_frames: int, size_bytes: int) -> None:
    """A damaged size would have the reader fill gigabytes. Raises HeaderError."""
    declared = n_frames * pixels.rows * pixels.cols * pixels.bits_allocated // 8
    is_packed_well = declared <= max(_ALWAYS_HELD_BYTES, _MAX_PACKING * size_bytes)
    if not is_packed_well or n_frames * _LEAST_FRAME_BYTES > size_bytes:
        frames = "1 frame" if n_frames == 1 else f"{n_frames} frames"
        raise HeaderError(
            f"its header declares {frames} of {pixels.rows} x {pixels.cols} pixels, which a file "
            f"of {size_bytes} bytes cannot hold"
        )


def _padding(
    elements: Elements, byte_order: ByteOrder, bits_stored: int, *, is_signed: bool
) -> tuple[int | None, int | None]:
    """PixelPaddingValue and its range limit (PS3.3 C.7.5.1.1.2), read as the pixels are.

    Their own VR says nothing: files carry US 63536 beside signed pixels, which is -2000.
    """
    found = [
        values.binary_integer(elements, tag, is_little=byte_order == "little", is_signed=is_signed)
        for tag in (0x00280120, 0x00280121)
    ]
    if found[0] is None:
        return None, None
    half = 1 << (bits_stored - 1)
    ends = [
        end - 2 * half if is_signed and half <= end < 2 * half else end
        for end in found
        if end is not None
    ]
    return min(ends), max(ends)
