"""Coded warnings about a series: what was found, in which files, in words for a reader."""

from dataclasses import dataclass
from enum import StrEnum


class WarningCode(StrEnum):
    TILT = "tilt"
    GAP = "gap"
    DUPLICATE_POSITION = "duplicate_position"
    UNEVEN_SPACING = "uneven_spacing"
    MIXED_FRAMES_OF_REFERENCE = "mixed_frames_of_reference"
    ASSUMED_SPACING = "assumed_spacing"
    ASSUMED_RESCALE = "assumed_rescale"
    MISSING_POSITION = "missing_position"
    ASSUMED_ORIENTATION = "assumed_orientation"
    LOSSY = "lossy"
    UNDECODABLE = "undecodable"
    TRUNCATED = "truncated"
    SINGLE_SLICE = "single_slice"
    NOT_AXIAL = "not_axial"
    NOT_CT = "not_ct"
    NOT_HU = "not_hu"
    RADIOGRAPH = "radiograph"
    SECONDARY = "secondary"
    SHIFTED = "shifted"


@dataclass(frozen=True, slots=True)
class SeriesWarning:
    """One warning; ``files`` are file names without their folder, which may carry a name."""

    code: WarningCode
    message: str
    files: tuple[str, ...] = ()


def lossy_warning(files: tuple[str, ...]) -> SeriesWarning:
    """Of ``files`` that their header or their pixels show to have lost detail."""
    return SeriesWarning(
        WarningCode.LOSSY,
        "The pixels were compressed with loss; fine detail and HU may differ from the original.",
        files,
    )
