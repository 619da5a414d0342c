"""Study and Series: frozen descriptions of what a folder holds. No pixels."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from pe_models.imaging.geometry import Geometry
from pe_models.imaging.warnings import SeriesWarning

PROJECTIONS: Final = frozenset({"CR", "DX"})
"""Modalities of radiographs: shadows of the whole patient, without HU and without a depth."""


@dataclass(frozen=True, slots=True)
class PixelFormat:
    """How the stored pixels of one slice become HU (PS3.3 C.7.6.3, C.11.1).

    ``high_bit`` is None where it is ``bits_stored - 1``. ``rescale_type`` is as stored, upper case,
    empty where the file gives none (which means HU for CT).
    """

    transfer_syntax: str
    rows: int
    cols: int
    bits_allocated: int
    bits_stored: int
    is_signed: bool
    samples_per_pixel: int = 1
    photometric: str = "MONOCHROME2"
    slope: float = 1.0
    intercept: float = 0.0
    padding_first: int | None = None
    padding_last: int | None = None
    high_bit: int | None = None
    rescale_type: str = ""


@dataclass(frozen=True, slots=True)
class SliceSource:
    """Where one slice of a Series comes from: ``file``, the path as it was listed.

    ``position_mm`` is ImagePositionPatient projected on the slice normal. ``frame_number`` counts
    from 1 in a multi-frame file and is None in a single-frame one. ``member`` names the entry of
    ``file`` where that is a zip. ``pixel_offset`` is the offset in bytes of the value of PixelData
    for native, unfragmented pixels, so that reading needs no second look at the header; None where
    the file has to be parsed (compressed, deflated, inside a zip). ``mtime_ns`` is when ``file``
    had last been changed as it was scanned; None where that is not known.
    """

    file: str
    sop_instance_uid: str
    sop_class_uid: str
    instance_number: int | None
    position_mm: float
    image_position: tuple[float, float, float]
    pixels: PixelFormat
    frame_number: int | None = None
    member: str | None = None
    pixel_offset: int | None = None
    mtime_ns: int | None = None

    @property
    def path(self) -> Path:
        """``file`` as a Path, which is made when asked for: a scan makes thousands of these."""
        return Path(self.file)

    @property
    def file_name(self) -> str:
        """Without its folder, which may carry a name; within a zip, that of the member."""
        return (self.member or self.path.name).replace("\\", "/").rsplit("/", 1)[-1]


@dataclass(frozen=True, slots=True)
class Patient:
    """Who was examined. Shown on screen and in reports, never in logs or file names."""

    name: str = ""
    patient_id: str = ""
    birth_date: str = ""
    sex: str = ""
    age: str = ""


@dataclass(frozen=True, slots=True)
class Series:
    """Slices of one acquisition in Volume order: index 0 most inferior.

    ``n_files`` counts every file that belongs here, dropped duplicates included. ``rank`` is 0 for
    the series that suits CTPA reading best; ``reasons`` say why, in words for a reader.
    """

    study_uid: str
    series_uid: str
    modality: str
    description: str
    slices: tuple[SliceSource, ...]
    geometry: Geometry
    n_files: int
    series_number: int | None = None
    frame_of_reference_uid: str = ""
    body_part: str = ""
    kernel: str = ""
    slice_thickness_mm: float | None = None
    contrast_agent: str = ""
    manufacturer: str = ""
    is_axial: bool = True
    is_ctpa_candidate: bool = False
    rank: int = 0
    reasons: tuple[str, ...] = ()
    warnings: tuple[SeriesWarning, ...] = ()

    def __post_init__(self) -> None:
        if len(self.slices) != self.geometry.n_slices:
            raise ValueError(f"{len(self.slices)} slices, geometry has {self.geometry.n_slices}")

    @property
    def key(self) -> str:
        """Tells this Series from all others, also where one SeriesInstanceUID holds several.

        By the place of its first slice: an image that was exported twice, compressed in two ways,
        has one SOPInstanceUID. It holds a path, and so may hold a name: never for logs.
        """
        first = self.slices[0]
        return f"{self.series_uid}/{first.path}/{first.member or ''}/{first.frame_number or 1}"

    @property
    def n_slices(self) -> int:
        return len(self.slices)

    @property
    def rows(self) -> int:
        return self.geometry.shape[1]

    @property
    def cols(self) -> int:
        return self.geometry.shape[2]

    @property
    def is_radiograph(self) -> bool:
        """One picture, which is no slice."""
        return self.modality in PROJECTIONS and self.n_slices == 1

    @property
    def transfer_syntax(self) -> str:
        return self.slices[0].pixels.transfer_syntax


@dataclass(frozen=True, slots=True)
class Study:
    """One examination of one patient; ``series`` are best first."""

    study_uid: str
    patient: Patient
    series: tuple[Series, ...]
    date: str = ""
    time: str = ""
    description: str = ""
    accession_number: str = ""
    study_id: str = ""


@dataclass(frozen=True, slots=True)
class SkippedFile:
    """A file that is in no series, and why, in words for a reader."""

    path: Path
    reason: str


@dataclass(frozen=True, slots=True)
class Scan:
    """All that a path holds: each file is counted in one Series or stands in ``skipped``."""

    studies: tuple[Study, ...]
    skipped: tuple[SkippedFile, ...] = field(default=())
