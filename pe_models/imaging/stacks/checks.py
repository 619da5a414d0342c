"""What is wrong or unusual with a stack, as coded warnings with the names of the files."""

from collections.abc import Callable, Iterable, Iterator
from typing import Final

import numpy as np

from pe_models.imaging.dicom.elements import DEFLATED_LITTLE
from pe_models.imaging.encodings.codecs import LOSSY_SYNTAXES, is_supported, syntax_name
from pe_models.imaging.stacks.gaps import gaps_between, usual_step
from pe_models.imaging.stacks.planes import SourcePlane, Stack
from pe_models.imaging.stacks.position import is_axial
from pe_models.imaging.stacks.stack import OrderedBy, OrderedStack
from pe_models.imaging.volume import means_hu
from pe_models.imaging.warnings import SeriesWarning, WarningCode, lossy_warning

_TILT_DEGREES: Final = 0.5
_STEP_TOLERANCE_MM: Final = 0.05
_STEP_TOLERANCE: Final = 0.05
_SIDEWAYS_MM: Final = 0.2

_MEASURED: Final = (OrderedBy.POSITION, OrderedBy.SLICE_LOCATION)

Check = Callable[[Stack, OrderedStack], Iterator[SeriesWarning]]


def warnings_of(stack: Stack, ordered: OrderedStack) -> tuple[SeriesWarning, ...]:
    """All warnings of one stack that its headers give cause for, gravest for reading first."""
    return tuple(warning for check in _CHECKS for warning in check(stack, ordered))


def _check_modality(_: Stack, ordered: OrderedStack) -> Iterator[SeriesWarning]:
    modality = ordered.planes[0].header.series.modality
    if ordered.planes[0].is_radiograph:
        yield SeriesWarning(
            WarningCode.RADIOGRAPH,
            f"A radiograph ({modality}): its values are not Hounsfield units, and lengths are "
            "those at the detector, longer than in the patient.",
        )
    elif modality != "CT":
        shown = modality or "no modality given"
        yield SeriesWarning(
            WarningCode.NOT_CT, f"Not a CT ({shown}); its values are not Hounsfield units."
        )
    elif not means_hu(ordered.planes[0].frame.rescale_type):
        unit = ordered.planes[0].frame.rescale_type
        yield SeriesWarning(
            WarningCode.NOT_HU, f"Computed from a CT; its values are {unit}, not Hounsfield units."
        )


def _check_positions(stack: Stack, ordered: OrderedStack) -> Iterator[SeriesWarning]:
    first = ordered.planes[0]
    if first.is_radiograph and first.frame.orientation is None:
        yield SeriesWarning(
            WarningCode.ASSUMED_ORIENTATION,
            "The file does not say which way round the radiograph lies; it was taken as a frontal "
            "one, seen from the front. Left and right are not certain.",
            _names(ordered.planes),
        )
    if ordered.ordered_by is not OrderedBy.POSITION and not first.is_radiograph:
        yield SeriesWarning(
            WarningCode.MISSING_POSITION,
            "The slices have no position and orientation; they are ordered by "
            f"{ordered.ordered_by}, and which end is the head is not known.",
            _names(ordered.planes),
        )
    if stack.has_assumed_orientation:
        yield SeriesWarning(
            WarningCode.ASSUMED_ORIENTATION,
            "The files do not say how the slices are turned; they were taken as axial, because "
            "their positions run along the body. Left and right are not certain.",
            _names(ordered.planes),
        )
    if stack.unplaced:
        yield SeriesWarning(
            WarningCode.MISSING_POSITION,
            f"{_files(len(stack.unplaced))} of this series without a position could not be placed "
            "among the others; listed as a series apart.",
            _names(stack.unplaced),
        )


def _check_gaps(_: Stack, ordered: OrderedStack) -> Iterator[SeriesWarning]:
    steps = ordered.steps_mm
    if len(steps) < 2 or ordered.ordered_by not in _MEASURED:
        return
    usual = usual_step(steps)
    gaps = [gap.below for gap in gaps_between(ordered.positions_mm)]
    if gaps:
        widest = max(gaps, key=lambda index: float(steps[index]))
        more = f" There are {len(gaps)} gaps; this is the widest." if len(gaps) > 1 else ""
        yield SeriesWarning(
            WarningCode.GAP,
            f"A gap of {steps[widest]:.1f} mm between slices {widest + 1} and {widest + 2} "
            f"(counted from the feet); slices usually lie {usual:.2f} mm apart.{more}",
            _names(ordered.planes[i] for index in gaps for i in (index, index + 1)),
        )
    tolerance = max(_STEP_TOLERANCE_MM, _STEP_TOLERANCE * usual)
    uneven = np.abs(steps - usual) > tolerance
    uneven[gaps] = False
    if uneven.any():
        yield SeriesWarning(
            WarningCode.UNEVEN_SPACING,
            f"Slices lie unevenly, {steps.min():.2f} to {steps.max():.2f} mm apart; lengths "
            "across slices are approximate.",
            _names(ordered.planes[i + 1] for i in np.flatnonzero(uneven).tolist()),
        )


def _check_tilt(_: Stack, ordered: OrderedStack) -> Iterator[SeriesWarning]:
    degrees = ordered.geometry.tilt_degrees
    if degrees > _TILT_DEGREES:
        yield SeriesWarning(
            WarningCode.TILT,
            f"The gantry was tilted: slices lean by {degrees:.1f} degrees against their stack.",
        )
    if ordered.sideways_mm > _SIDEWAYS_MM:
        yield SeriesWarning(
            WarningCode.SHIFTED,
            f"Slices are shifted sideways against each other, by up to {ordered.sideways_mm:.1f} "
            "mm; positions within a slice are exact only in the first.",
        )


def _check_repeats(stack: Stack, _: OrderedStack) -> Iterator[SeriesWarning]:
    if stack.duplicates:
        yield SeriesWarning(
            WarningCode.DUPLICATE_POSITION,
            f"{_files(len(stack.duplicates))} dropped: the same pixels at the position of another "
            "slice.",
            _names(stack.duplicates),
        )
    if stack.repeats and stack.may_be_mixed:
        yield SeriesWarning(
            WarningCode.DUPLICATE_POSITION,
            "Several different slices lie at the same positions, and nothing in the files tells "
            "which belong together; the series was split, and its parts may be mixed.",
            _names(stack.repeats),
        )
    elif stack.repeats:
        yield SeriesWarning(
            WarningCode.DUPLICATE_POSITION,
            "Several different slices lie at the same positions; the series was split into "
            "time points, and this is one of them.",
            _names(stack.repeats),
        )


def _check_frames_of_reference(_: Stack, ordered: OrderedStack) -> Iterator[SeriesWarning]:
    uids = {plane.header.frame_of_reference_uid for plane in ordered.planes}
    if len(uids) > 1:
        yield SeriesWarning(
            WarningCode.MIXED_FRAMES_OF_REFERENCE,
            f"The slices name {len(uids)} frames of reference, as de-identification leaves "
            "them; they are taken as one series.",
        )


def _check_spacing(_: Stack, ordered: OrderedStack) -> Iterator[SeriesWarning]:
    first = ordered.planes[0]
    if first.frame.pixel_spacing_mm is None:
        yield SeriesWarning(
            WarningCode.ASSUMED_SPACING,
            "The file gives no valid pixel spacing; 1.0 mm was assumed. Do not measure lengths.",
            _names(ordered.planes),
        )
    elif first.header.series.has_spacing_of_detector and first.header.series.modality == "CT":
        yield SeriesWarning(
            WarningCode.ASSUMED_SPACING,
            "The file gives no valid pixel spacing; that of the detector was taken.",
            _names(ordered.planes),
        )
    if not ordered.is_slice_spacing_known and not first.is_radiograph:
        yield SeriesWarning(
            WarningCode.ASSUMED_SPACING,
            "Nothing says how far apart the slices lie; 1.0 mm was assumed.",
        )


def _check_rescale(_: Stack, ordered: OrderedStack) -> Iterator[SeriesWarning]:
    without = [
        plane
        for plane in ordered.planes
        if plane.header.series.modality == "CT"
        and (plane.frame.slope is None or plane.frame.intercept is None)
    ]
    if without:
        yield SeriesWarning(
            WarningCode.ASSUMED_RESCALE,
            "The file does not say how stored values become Hounsfield units; slope 1 and "
            "intercept 0 were assumed where they are missing.",
            _names(without),
        )


def _check_encoding(_: Stack, ordered: OrderedStack) -> Iterator[SeriesWarning]:
    lossy = [plane for plane in ordered.planes if _is_lossy(plane)]
    if lossy:
        yield lossy_warning(_names(lossy))
    unknown = [p for p in ordered.planes if not is_supported(p.header.pixels.transfer_syntax)]
    if unknown:
        name = syntax_name(unknown[0].header.pixels.transfer_syntax)
        yield SeriesWarning(
            WarningCode.UNDECODABLE,
            f"{_files(len(unknown))} encoded as {name}, which is not read here.",
            _names(unknown),
        )
    truncated = [plane for plane in ordered.planes if _is_truncated(plane)]
    if truncated:
        yield SeriesWarning(
            WarningCode.TRUNCATED,
            f"{_files(len(truncated))} cut off before the end of the pixels.",
            _names(truncated),
        )


def _check_kind(_: Stack, ordered: OrderedStack) -> Iterator[SeriesWarning]:
    first = ordered.planes[0]
    if not first.is_radiograph:
        yield from _check_slices(ordered)
    if "SECONDARY" in first.header.series.image_type[1:2]:
        yield SeriesWarning(
            WarningCode.SECONDARY, "Computed from other images, not acquired as it is."
        )


def _check_slices(ordered: OrderedStack) -> Iterator[SeriesWarning]:
    orientation = ordered.planes[0].frame.orientation
    if len(ordered.planes) == 1:
        yield SeriesWarning(WarningCode.SINGLE_SLICE, "A single slice.", _names(ordered.planes))
    if orientation is not None and not is_axial(orientation):
        yield SeriesWarning(WarningCode.NOT_AXIAL, "The slices are not axial.")


_CHECKS: Final[tuple[Check, ...]] = (
    _check_modality,
    _check_encoding,
    _check_positions,
    _check_gaps,
    _check_repeats,
    _check_tilt,
    _check_spacing,
    _check_rescale,
    _check_frames_of_reference,
    _check_kind,
)


def _is_lossy(plane: SourcePlane) -> bool:
    return plane.header.series.is_lossy or plane.header.pixels.transfer_syntax in LOSSY_SYNTAXES


def _is_truncated(plane: SourcePlane) -> bool:
    """Whether native pixels reach past the end of the file, as its size alone tells."""
    header = plane.header
    if header.pixel_bytes is None or header.pixels.transfer_syntax == DEFLATED_LITTLE:
        return False
    frame_bytes = header.pixels.rows * header.pixels.cols * header.pixels.bits_allocated // 8
    needed = frame_bytes * (plane.frame.number or 1)
    return header.pixel_offset + needed > plane.entry.size or needed > header.pixel_bytes


def _names(planes: Iterable[SourcePlane]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(plane.entry.name for plane in planes))


def _files(count: int) -> str:
    return "1 file" if count == 1 else f"{count} files"
