"""One file -> FileHeader: the facts that grouping, sorting, ranking and reading need."""

from dataclasses import dataclass
from typing import Final

from pydicom.config import IGNORE
from pydicom.uid import UID

from pe_models.imaging import frames, values
from pe_models.imaging.data_set import ParsedFile, parse_file
from pe_models.imaging.elements import PIXEL_DATA, SEQUENCES, HeaderError
from pe_models.imaging.frames import FrameHeader
from pe_models.imaging.inflate import ByteStream
from pe_models.imaging.study import Patient, PixelFormat

_MAX_FRAMES: Final = 100_000
_MAX_SIDE_PX: Final = 65535
_LEAST_FRAME_BYTES: Final = 8
"""What a frame takes at least: the head of its item, or a few pixels."""
_MAX_PACKING: Final = 1000
"""How much smaller than its pixels a file may be: flat images reach some hundreds."""
_ALWAYS_HELD_BYTES: Final = 64 << 20
"""Pixels that any file may declare, so that the cut off rest of a large one still opens."""
_BITS_ALLOCATED: Final = (8, 16, 32)
_GREYSCALE: Final = ("MONOCHROME1", "MONOCHROME2", "")

WANTED: Final = SEQUENCES | frozenset(
    {
        0x00020010,
        0x00080005,
        0x00080008,
        0x00080016,
        0x00080018,
        0x00080020,
        0x00080030,
        0x00080050,
        0x00080060,
        0x00080070,
        0x00080100,
        0x00080104,
        0x00081030,
        0x0008103E,
        0x00100010,
        0x00100020,
        0x00100030,
        0x00100040,
        0x00101010,
        0x00180010,
        0x00180015,
        0x00180050,
        0x00180088,
        0x00181030,
        0x00181164,
        0x00181210,
        0x0020000D,
        0x0020000E,
        0x00200010,
        0x00200011,
        0x00200012,
        0x00200013,
        0x00200032,
        0x00200037,
        0x00200052,
        0x00200100,
        0x00201041,
        0x00209056,
        0x00209128,
        0x00280002,
        0x00280004,
        0x00280008,
        0x00280010,
        0x00280011,
        0x00280030,
        0x00280100,
        0x00280101,
        0x00280102,
        0x00280103,
        0x00280120,
        0x00280121,
        0x00281052,
        0x00281053,
        0x00281054,
        0x00282110,
    }
)
"""Tags that are kept, at the top of a data set and within ``SEQUENCES``."""


@dataclass(frozen=True, slots=True)
class StudyHeader:
    study_uid: str
    patient: Patient
    date: str
    time: str
    description: str
    accession_number: str
    study_id: str


@dataclass(frozen=True, slots=True)
class FileHeader:
    """What one image file says of itself. ``pixel_bytes`` is None where pixels are encapsulated."""

    study: StudyHeader
    series_uid: str
    modality: str
    description: str
    series_number: int | None
    frame_of_reference_uid: str
    body_part: str
    kernel: str
    protocol: str
    contrast_agent: str
    manufacturer: str
    image_type: tuple[str, ...]
    sop_class_uid: str
    sop_instance_uid: str
    instance_number: int | None
    acquisition_number: int | None
    pixels: PixelFormat
    is_lossy: bool
    has_spacing_of_detector: bool
    pixel_offset: int
    pixel_bytes: int | None
    frames: tuple[FrameHeader, ...]


def read_header(stream: ByteStream, size_bytes: int) -> FileHeader:
    """Reads one file of that size. Raises HeaderError with the reason where it holds no image."""
    return header_of(parse_file(stream, WANTED), size_bytes)


def header_of(parsed: ParsedFile, size_bytes: int) -> FileHeader:
    """The header of a parsed file. Raises HeaderError where it holds no image to read."""
    elements = parsed.elements
    sop_class = values.code(elements, 0x00080016)
    if parsed.pixels is None:
        raise HeaderError(_no_pixels(parsed, sop_class))
    if parsed.pixels.tag != PIXEL_DATA:
        raise HeaderError("its pixels are floating-point numbers, which are not read")
    character_set = values.code(elements, 0x00080005)

    def text(tag: int) -> str:
        return values.text(elements, tag, character_set)

    series_uid = values.code(elements, 0x0020000E)
    study = StudyHeader(
        study_uid=values.code(elements, 0x0020000D),
        patient=Patient(
            name=text(0x00100010),
            patient_id=text(0x00100020),
            birth_date=values.code(elements, 0x00100030),
            sex=values.code(elements, 0x00100040),
            age=values.code(elements, 0x00101010),
        ),
        date=values.code(elements, 0x00080020),
        time=values.code(elements, 0x00080030),
        description=text(0x00081030),
        accession_number=text(0x00080050),
        study_id=text(0x00200010),
    )
    if not study.study_uid or not series_uid:
        raise HeaderError("its header does not say which study and series it belongs to")
    pixels, n_frames = _pixel_format(parsed), _n_frames(parsed)
    _check_size(pixels, n_frames or 1, size_bytes)
    return FileHeader(
        study=study,
        series_uid=series_uid,
        modality=values.code(elements, 0x00080060),
        description=text(0x0008103E),
        series_number=values.integer(elements, 0x00200011),
        frame_of_reference_uid=values.code(elements, 0x00200052),
        body_part=values.code(elements, 0x00180015),
        kernel=_kernel(parsed),
        protocol=text(0x00181030),
        contrast_agent=_contrast_agent(parsed, character_set),
        manufacturer=text(0x00080070),
        image_type=tuple(values.code(elements, 0x00080008).upper().split("\\")),
        sop_class_uid=sop_class,
        sop_instance_uid=values.code(elements, 0x00080018),
        instance_number=values.integer(elements, 0x00200013),
        acquisition_number=values.integer(elements, 0x00200012),
        pixels=pixels,
        is_lossy=values.code(elements, 0x00282110) == "01",
        has_spacing_of_detector=not values.numbers(elements, 0x00280030)
        and bool(values.numbers(elements, 0x00181164)),
        pixel_offset=parsed.pixels.offset,
        pixel_bytes=parsed.pixels.length,
        frames=frames.frames_of(elements, n_frames),
    )


def _no_pixels(parsed: ParsedFile, sop_class: str) -> str:
    if 0x00280010 in parsed.elements:
        return "an image header without pixel data"
    name = UID(sop_class, IGNORE).name if sop_class else ""
    return f"holds no image ({name})" if name and name != sop_class else "holds no image"


def _n_frames(parsed: ParsedFile) -> int | None:
    """Number of frames of a multi-frame file; None in a single-frame one."""
    declared = values.integer(parsed.elements, 0x00280008)
    if declared is None and not values.items(parsed.elements, 0x52009230):
        return None
    n_frames = declared or len(values.items(parsed.elements, 0x52009230))
    if not 0 < n_frames <= _MAX_FRAMES:
        raise HeaderError(f"its header declares {n_frames} frames")
    is_multi_frame = n_frames > 1 or values.items(parsed.elements, 0x52009230)
    return n_frames if is_multi_frame else None


def _pixel_format(parsed: ParsedFile) -> PixelFormat:
    def whole(tag: int, default: int = 0) -> int:
        found = values.binary_integer(parsed.elements, tag, is_little=parsed.is_little)
        return default if found is None else found

    elements = parsed.elements
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
    first, last = _padding(parsed, stored, is_signed=is_signed)
    slope = values.number(elements, 0x00281053)
    return PixelFormat(
        transfer_syntax=parsed.transfer_syntax,
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


def _check_size(pixels: PixelFormat, n_frames: int, size_bytes: int) -> None:
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
    parsed: ParsedFile, bits_stored: int, *, is_signed: bool
) -> tuple[int | None, int | None]:
    """PixelPaddingValue and its range limit (PS3.3 C.7.5.1.1.2), read as the pixels are.

    Their own VR says nothing: files carry US 63536 beside signed pixels, which is -2000.
    """
    found = [
        values.binary_integer(parsed.elements, tag, is_little=parsed.is_little, is_signed=is_signed)
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


def _kernel(parsed: ParsedFile) -> str:
    kernel = values.code(parsed.elements, 0x00181210)
    for group in values.items(parsed.elements, 0x52009229):
        for reconstruction in values.items(group, 0x00189314):
            kernel = kernel or values.code(reconstruction, 0x00181210)
    return kernel


def _contrast_agent(parsed: ParsedFile, character_set: str) -> str:
    agent = values.text(parsed.elements, 0x00180010, character_set)
    for item in values.items(parsed.elements, 0x00180012):
        agent = agent or values.text(item, 0x00080104, character_set)
    return agent
