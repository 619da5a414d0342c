"""One file -> FileHeader: the facts that grouping, sorting, ranking and reading need."""

from dataclasses import dataclass
from typing import Final

from pydicom.config import IGNORE
from pydicom.uid import UID

from pe_models.imaging.dicom import values
from pe_models.imaging.dicom.data_set import HEAD_BYTES, ParsedFile
from pe_models.imaging.dicom.elements import PIXEL_DATA, SEQUENCES, Elements, HeaderError
from pe_models.imaging.dicom.frames import (
    FRAME_COUNT_TAGS,
    FRAME_TAGS,
    IMAGER_PIXEL_SPACING,
    PIXEL_SPACING,
    FrameHeader,
    frames_of,
    n_frames_of,
    spacing,
)
from pe_models.imaging.dicom.inflate import ByteStream
from pe_models.imaging.dicom.layouts import Layouts
from pe_models.imaging.dicom.pixel_format import PIXEL_TAGS, check_size, pixel_format_of
from pe_models.imaging.dicom.repeats import Repeats
from pe_models.imaging.study import Patient, PixelFormat

_SPECIFIC_CHARACTER_SET: Final = 0x00080005
_SOP_CLASS_UID: Final = 0x00080016
_SOP_INSTANCE_UID: Final = 0x00080018
_CODE_MEANING: Final = 0x00080104
_CONTRAST_AGENT_SEQUENCE: Final = 0x00180012
_ACQUISITION_TIME: Final = 0x00080032
_ACQUISITION_NUMBER: Final = 0x00200012
_INSTANCE_NUMBER: Final = 0x00200013
_FRAME_OF_REFERENCE_UID: Final = 0x00200052
_ROWS: Final = 0x00280010

_STUDY_TAGS: Final = (
    _SPECIFIC_CHARACTER_SET,
    0x00080020,  # StudyDate
    0x00080030,  # StudyTime
    0x00080050,  # AccessionNumber
    0x00081030,  # StudyDescription
    0x00100010,  # PatientName
    0x00100020,  # PatientID
    0x00100030,  # PatientBirthDate
    0x00100040,  # PatientSex
    0x00101010,  # PatientAge
    0x0020000D,  # StudyInstanceUID
    0x00200010,  # StudyID
)
_SERIES_TAGS: Final = (
    _SPECIFIC_CHARACTER_SET,
    0x00080008,  # ImageType
    _SOP_CLASS_UID,
    0x00080060,  # Modality
    0x00080070,  # Manufacturer
    0x0008103E,  # SeriesDescription
    0x00180010,  # ContrastBolusAgent
    0x00180015,  # BodyPartExamined
    0x00180060,  # KVP
    0x00181030,  # ProtocolName
    IMAGER_PIXEL_SPACING,
    0x0020000E,  # SeriesInstanceUID
    0x00200011,  # SeriesNumber
    PIXEL_SPACING,
    0x00282110,  # LossyImageCompression
)
WANTED: Final = (
    SEQUENCES.union(_STUDY_TAGS, _SERIES_TAGS, PIXEL_TAGS, FRAME_TAGS)
    | {_SOP_INSTANCE_UID, _CODE_MEANING, *FRAME_COUNT_TAGS}
    | {_ACQUISITION_TIME, _ACQUISITION_NUMBER, _INSTANCE_NUMBER, _FRAME_OF_REFERENCE_UID}
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
class SeriesHeader:
    """What is usually the same in all files of a series."""

    series_uid: str
    modality: str
    description: str
    series_number: int | None
    body_part: str
    tube_voltage: str
    protocol: str
    contrast_agent: str
    manufacturer: str
    image_type: tuple[str, ...]
    sop_class_uid: str
    is_lossy: bool
    has_spacing_of_detector: bool


@dataclass(frozen=True, slots=True)
class FileHeader:
    """What one image file says of itself. ``pixel_bytes`` is None where pixels are encapsulated."""

    study: StudyHeader
    series: SeriesHeader
    pixels: PixelFormat
    sop_instance_uid: str
    frame_of_reference_uid: str
    instance_number: int | None
    acquisition_number: int | None
    acquisition_time: str
    pixel_offset: int
    pixel_bytes: int | None
    frames: tuple[FrameHeader, ...]


class HeaderReader:
    """Reads header after header; what they have in common costs once. For one thread."""

    def __init__(self) -> None:
        self._layouts = Layouts(WANTED)
        self._repeats = Repeats()

    @property
    def head_bytes(self) -> int:
        """How many bytes of the next file will probably be enough."""
        return self._layouts.head_bytes

    def read(self, head: bytes, rest: ByteStream, size_bytes: int) -> FileHeader:
        """The header of a file of that size, of which ``head`` was read and ``rest`` follows.

        Raises HeaderError with the reason where it holds no image to read, and OPEN_ERRORS as
        reading does.
        """
        return _header_of(self._layouts.parse(head, rest), size_bytes, self._repeats)


def read_header(stream: ByteStream, size_bytes: int) -> FileHeader:
    """Reads one file of that size. Raises HeaderError with the reason where it holds no image."""
    return HeaderReader().read(stream.read(HEAD_BYTES), stream, size_bytes)


def _header_of(parsed: ParsedFile, size_bytes: int, repeats: Repeats) -> FileHeader:
    elements = parsed.elements
    if parsed.pixels is None:
        raise HeaderError(_no_pixels(elements))
    if parsed.pixels.tag != PIXEL_DATA:
        raise HeaderError("its pixels are floating-point numbers, which are not read")
    study = repeats.once(_study_header, _STUDY_TAGS, elements)
    series = repeats.once(
        _series_header,
        _SERIES_TAGS,
        elements,
        _contrast_agent_within(elements),
    )
    if not study.study_uid or not series.series_uid:
        raise HeaderError("its header does not say which study and series it belongs to")
    byte_order = "little" if parsed.is_little else "big"
    pixels = repeats.once(pixel_format_of, PIXEL_TAGS, elements, parsed.transfer_syntax, byte_order)
    n_frames = n_frames_of(elements)
    check_size(pixels, n_frames or 1, size_bytes)
    return FileHeader(
        study=study,
        series=series,
        pixels=pixels,
        sop_instance_uid=values.code(elements, _SOP_INSTANCE_UID),
        frame_of_reference_uid=values.code(elements, _FRAME_OF_REFERENCE_UID),
        instance_number=values.integer(elements, _INSTANCE_NUMBER),
        acquisition_number=values.integer(elements, _ACQUISITION_NUMBER),
        acquisition_time=values.code(elements, _ACQUISITION_TIME),
        pixel_offset=parsed.pixels.offset,
        pixel_bytes=parsed.pixels.length,
        frames=frames_of(elements, n_frames, repeats),
    )


def _no_pixels(elements: Elements) -> str:
    if _ROWS in elements:
        return "an image header without pixel data"
    sop_class = values.code(elements, _SOP_CLASS_UID)
    name = UID(sop_class, IGNORE).name if sop_class else ""
    return f"holds no image ({name})" if name and name != sop_class else "holds no image"


def _study_header(elements: Elements) -> StudyHeader:
    character_set = values.code(elements, _SPECIFIC_CHARACTER_SET)

    def text(tag: int) -> str:
        return values.text(elements, tag, character_set)

    return StudyHeader(
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


def _series_header(elements: Elements, agent_within: str) -> SeriesHeader:
    """``agent_within`` stands in a sequence, for want of another."""
    character_set = values.code(elements, _SPECIFIC_CHARACTER_SET)

    def text(tag: int) -> str:
        return values.text(elements, tag, character_set)

    return SeriesHeader(
        series_uid=values.code(elements, 0x0020000E),
        modality=values.code(elements, 0x00080060).upper(),
        description=text(0x0008103E),
        series_number=values.integer(elements, 0x00200011),
        body_part=values.code(elements, 0x00180015),
        tube_voltage=values.code(elements, 0x00180060),
        protocol=text(0x00181030),
        contrast_agent=text(0x00180010) or agent_within,
        manufacturer=text(0x00080070),
        image_type=tuple(values.code(elements, 0x00080008).upper().split("\\")),
        sop_class_uid=values.code(elements, _SOP_CLASS_UID),
        is_lossy=values.code(elements, 0x00282110) == "01",
        has_spacing_of_detector=spacing(elements, PIXEL_SPACING) is None
        and spacing(elements, IMAGER_PIXEL_SPACING) is not None,
    )


def _contrast_agent_within(elements: Elements) -> str:
    """The first contrast agent that is told as a code."""
    character_set = values.code(elements, _SPECIFIC_CHARACTER_SET)
    agents = (
        values.text(item, _CODE_MEANING, character_set)
        for item in values.items(elements, _CONTRAST_AGENT_SEQUENCE)
    )
    return next(filter(None, agents), "")
