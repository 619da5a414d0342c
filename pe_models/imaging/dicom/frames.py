"""The frames of one file: position, orientation, spacing and rescale of each.

In an Enhanced multi-frame file they stand in the shared and per-frame functional groups (PS3.3
C.7.6.16), else at the top of the data set.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np

from pe_models.imaging.dicom import values
from pe_models.imaging.dicom.elements import Elements, HeaderError
from pe_models.imaging.dicom.repeats import Repeats
from pe_models.imaging.geometry import Triple
from pe_models.imaging.study import PROJECTIONS

Orientation: TypeAlias = tuple[float, float, float, float, float, float]

IMAGER_PIXEL_SPACING: Final = 0x00181164
PIXEL_SPACING: Final = 0x00280030

_MODALITY: Final = 0x00080060
_PATIENT_ORIENTATION: Final = 0x00200020
_IMAGE_POSITION: Final = 0x00200032
_SLICE_LOCATION: Final = 0x00201041
_TRIGGER_TIME: Final = 0x00181060
_CARDIAC_PHASE: Final = 0x00209241  # NominalPercentageOfCardiacPhase
_PLANE_TAGS: Final = (
    _MODALITY,
    0x00180050,  # SliceThickness
    0x00180088,  # SpacingBetweenSlices
    _TRIGGER_TIME,
    IMAGER_PIXEL_SPACING,
    0x00181210,  # ConvolutionKernel
    _PATIENT_ORIENTATION,
    0x00200037,  # ImageOrientationPatient
    0x00200100,  # TemporalPositionIdentifier
    0x00209056,  # StackID
    0x00209128,  # TemporalPositionIndex
    0x00209156,  # FrameAcquisitionNumber
    _CARDIAC_PHASE,
    PIXEL_SPACING,
    0x00281052,  # RescaleIntercept
    0x00281053,  # RescaleSlope
    0x00281054,  # RescaleType
)
FRAME_TAGS: Final = (*_PLANE_TAGS, _IMAGE_POSITION, _SLICE_LOCATION)

_MAX_FRAMES: Final = 100_000
_NUMBER_OF_FRAMES: Final = 0x00280008
_SHARED_GROUPS: Final = 0x52009229
_FRAME_GROUPS: Final = 0x52009230
FRAME_COUNT_TAGS: Final = frozenset({_NUMBER_OF_FRAMES, _FRAME_GROUPS})

_GROUPS_READ: Final = (
    0x00189118,  # CardiacSynchronizationSequence
    0x00189314,  # CTReconstructionSequence
    0x00289145,  # PixelValueTransformationSequence
    0x00289110,  # PixelMeasuresSequence
    0x00209116,  # PlaneOrientationSequence
    0x00209113,  # PlanePositionSequence
    0x00209111,  # FrameContentSequence
)
"""Functional groups, the first of those that speak of the same thing last."""
_UNIT_TOLERANCE: Final = 0.01
_TOWARD: Final[dict[str, Triple]] = {
    "L": (1.0, 0.0, 0.0), "R": (-1.0, 0.0, 0.0),
    "P": (0.0, 1.0, 0.0), "A": (0.0, -1.0, 0.0),
    "H": (0.0, 0.0, 1.0), "F": (0.0, 0.0, -1.0),
}  # fmt: skip
_FARTHEST_MM: Final = 1e6
"""No scanner is a kilometre long: positions and lengths beyond are damage."""
_SHORTEST_MM: Final = 1e-4
"""Nor is any detail finer than light: spacings and thicknesses below are damage."""
_WIDEST_PIXEL_MM: Final = 10.0
"""No scanner's pixel is as wide: a spacing beyond was written in another unit, or is damage."""


@dataclass(frozen=True, slots=True)
class FrameHeader:
    """One frame; what a file does not give, or gives as nonsense, is None.

    ``orientation`` is six cosines, made orthonormal: along increasing columns, along increasing
    rows. ``pixel_spacing_mm`` is (between rows, between columns). ``stack_id`` tells apart the
    stacks of a multi-frame file (PS3.3 C.7.6.16.2.2); it is empty where none is named.
    ``acquisition_number`` is that of the frame alone; ``heart_phase`` tells phases of the heart
    apart, as the file writes them.
    """

    number: int | None
    position_mm: Triple | None
    slice_location_mm: float | None
    orientation: Orientation | None
    pixel_spacing_mm: tuple[float, float] | None
    thickness_mm: float | None
    spacing_between_mm: float | None
    slope: float | None
    intercept: float | None
    rescale_type: str
    temporal_index: int | None
    stack_id: str = ""
    kernel: str = ""
    acquisition_number: int | None = None
    heart_phase: str = ""


def n_frames_of(elements: Elements) -> int | None:
    """Number of frames of a multi-frame file; None in a single-frame one.

    Of ``FRAME_COUNT_TAGS``: where no number above 0 is declared, as many as there are functional
    groups. Raises HeaderError where no file holds so many.
    """
    groups = values.items(elements, _FRAME_GROUPS)
    n_frames = values.integer(elements, _NUMBER_OF_FRAMES) or len(groups) or 1
    if not 0 < n_frames <= _MAX_FRAMES:
        raise HeaderError(f"its header declares {n_frames} frames")
    return n_frames if n_frames > 1 or groups else None


def frames_of(
    elements: Elements, n_frames: int | None, repeats: Repeats
) -> tuple[FrameHeader, ...]:
    """One FrameHeader a frame; ``n_frames`` is None for a single-frame file.

    Of many frames, a position at the top is that of the first alone, as of a dose grid (PS3.3
    C.8.8.3.2); only one in the functional groups holds for others.
    """
    if n_frames is None:
        return (_frame(None, elements, repeats),)
    shared = values.items(elements, _SHARED_GROUPS)[:1]
    own = values.items(elements, _FRAME_GROUPS)
    if n_frames > 1:
        elements = {**elements, _IMAGE_POSITION: b"", _SLICE_LOCATION: b""}
    common = _overlaid(elements, shared)
    return tuple(
        _frame(number, _overlaid(common, own[number - 1 : number]), repeats)
        for number in range(1, n_frames + 1)
    )


def spacing(elements: Elements, tag: int) -> tuple[float, float] | None:
    """Millimetres between rows and between columns; None where absent or no scanner's."""
    found = values.numbers(elements, tag)
    if len(found) == 1:
        found = found * 2
    if len(found) != 2 or min(found) < _SHORTEST_MM or max(found) > _WIDEST_PIXEL_MM:
        return None
    return (found[0], found[1])


def _overlaid(elements: Elements, groups: Sequence[Elements]) -> Elements:
    """``elements``, with those of the functional groups that are read in their place."""
    found = elements.copy()
    for group in groups:
        for tag in _GROUPS_READ:
            for item in values.items(group, tag)[:1]:
                found.update(item)
    return found


def _frame(number: int | None, elements: Elements, repeats: Repeats) -> FrameHeader:
    return FrameHeader(
        number,
        _position(values.numbers(elements, _IMAGE_POSITION)),
        _place(elements, _SLICE_LOCATION),
        *repeats.once(_plane, _PLANE_TAGS, elements),
    )


_Plane: TypeAlias = tuple[
    Orientation | None,
    tuple[float, float] | None,
    float | None,
    float | None,
    float | None,
    float | None,
    str,
    int | None,
    str,
    str,
    int | None,
    str,
]


def _plane(elements: Elements) -> _Plane:
    """The fields of a FrameHeader that frames usually share, from ``orientation`` on."""
    temporal = values.integer(elements, 0x00200100)
    if temporal is None:
        temporal = values.binary_integer(elements, 0x00209128, is_little=True)
    return (
        _orientation(values.numbers(elements, 0x00200037)) or _orientation_of_radiograph(elements),
        spacing(elements, PIXEL_SPACING) or spacing(elements, IMAGER_PIXEL_SPACING),
        _length(elements, 0x00180050),
        _length(elements, 0x00180088),
        values.number(elements, 0x00281053) or None,
        values.number(elements, 0x00281052),
        values.code(elements, 0x00281054).upper(),
        temporal,
        values.code(elements, 0x00209056),
        values.code(elements, 0x00181210),
        values.binary_integer(elements, 0x00209156, is_little=True),
        values.code(elements, _CARDIAC_PHASE) or values.code(elements, _TRIGGER_TIME),
    )


def _orientation_of_radiograph(elements: Elements) -> Orientation | None:
    """From PatientOrientation (PS3.3 C.7.6.1.1.1): whither columns and rows grow, foremost first.

    Slices have better; what slices without it are worth, their warnings say.
    """
    if values.code(elements, _MODALITY).upper() not in PROJECTIONS:
        return None
    sides = values.code(elements, _PATIENT_ORIENTATION).upper().split("\\")
    axes = [_TOWARD[side[0]] for side in sides if side[:1] in _TOWARD]
    return _orientation(tuple(cosine for axis in axes for cosine in axis))


def _place(elements: Elements, tag: int) -> float | None:
    found = values.number(elements, tag)
    return found if found is not None and abs(found) <= _FARTHEST_MM else None


def _length(elements: Elements, tag: int) -> float | None:
    found = abs(values.number(elements, tag) or 0.0)
    return found if _SHORTEST_MM <= found <= _FARTHEST_MM else None


def _position(found: tuple[float, ...]) -> Triple | None:
    if len(found) != 3 or max(map(abs, found)) > _FARTHEST_MM:
        return None
    return (found[0], found[1], found[2])


def _orientation(found: tuple[float, ...]) -> Orientation | None:
    """Six cosines, orthonormal; None where they do not span a plane."""
    if len(found) != 6 or max(map(abs, found)) > 1 + _UNIT_TOLERANCE:
        return None
    along_cols, along_rows = np.array(found[:3]), np.array(found[3:])
    lengths = np.linalg.norm(along_cols), np.linalg.norm(along_rows)
    if abs(lengths[0] - 1) > _UNIT_TOLERANCE or abs(lengths[1] - 1) > _UNIT_TOLERANCE:
        return None
    along_cols = along_cols / lengths[0]
    lean = float(along_rows @ along_cols)
    if abs(lean) > _UNIT_TOLERANCE:
        return None
    along_rows = along_rows - lean * along_cols
    along_rows = along_rows / np.linalg.norm(along_rows)
    x, y, z = along_cols.tolist()
    u, v, w = along_rows.tolist()
    return (x, y, z, u, v, w)
