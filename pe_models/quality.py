"""Whether a CT can answer the question: coverage, bolus, spacing and gaps, measured from pixels.

Motion is not measured: a blurred edge cannot be told from a soft kernel or a beating heart with
what is known here, and a warning without a sound measurement would be worth nothing.
"""

from typing import Final

import numpy as np

from pe_models.errors import RefusedError
from pe_models.findings import Quality, QualityCode, QualityWarning
from pe_models.imaging.anatomy.lungs import LungMask
from pe_models.imaging.anatomy.opacification import Opacification, Region, measure_opacification
from pe_models.imaging.geometry import Geometry
from pe_models.imaging.volume import Volume, VolumeKind
from pe_models.imaging.warnings import WarningCode

LEAST_HU: Final = {Region.PULMONARY_TRUNK: 150.0, Region.HEART: 93.0}
"""Blood below it cannot be called opacified. 93 HU show an acute clot and 211 HU every clot, also a
chronic one (Wittram, How I do it: CT pulmonary angiography, AJR 2007;188:1255-1261); the trunk has
to reach halfway, and the heart, which is a stand-in, only what no unenhanced blood reaches."""

LARGEST_SPACING_MM: Final = 3.0

_TAPER_SHARE: Final = 0.2
"""Lungs that end inside the Volume are, in its outermost slices, below this share of their widest
area. What is lost at that share, a costophrenic recess or the tip of an apex, is about 2 % of the
lungs; a cut through the lungs themselves leaves a third or more."""

_WIDEST_VIEW_MM: Final = 2500.0
"""Some three times the bore of any scanner: wider, the pixel spacing is wrong, and at the fixed
scale of the nets the slices would take all memory."""

_AXIAL_COSINE: Final = 0.7
_ROUNDING_MM: Final = 0.01


def refuse_unless_chest(volume: Volume, lungs: LungMask) -> None:
    """Raises RefusedError, with its reason, for what is no axial CT of a chest."""
    if volume.kind is not VolumeKind.HU:
        raise RefusedError(
            "This series has no Hounsfield units, so it is not a CT that can be analysed; "
            "it can be viewed."
        )
    if abs(float(volume.geometry.normal[2])) < _AXIAL_COSINE:
        raise RefusedError(
            "This series is not axial; choose the axial series of the study for analysis."
        )
    _refuse_too_wide(volume.geometry)
    if lungs.is_empty:
        raise RefusedError(
            "No lungs were found in this series, so it is not a chest CT that can be analysed; "
            "it can be viewed."
        )


def _refuse_too_wide(geometry: Geometry) -> None:
    sides_mm = np.multiply(geometry.shape, geometry.spacing_mm)[1:]
    if sides_mm.max() > _WIDEST_VIEW_MM:
        raise RefusedError(
            f"The slices of this series would be {sides_mm.max() / 1000:.1f} m across, so its "
            "pixel spacing is wrong; it can be viewed, but not measured or analysed."
        )


def assess(volume: Volume, lungs: LungMask) -> Quality:
    """Quality of an axial chest CT; each warning says what was measured and where it should be."""
    opacification = measure_opacification(lungs)
    found = (
        _opacification_warning(opacification),
        _coverage_warning(lungs, opacification),
        _thickness_warning(volume),
        _gap_warning(volume),
        missing_slices_warning(volume),
    )
    warnings = tuple(warning for warning in found if warning is not None)
    return Quality(opacification.pulmonary_artery_hu, warnings)


def _opacification_warning(measured: Opacification) -> QualityWarning | None:
    if measured.vessel_hu is None or measured.region is None:
        return None
    least_hu = LEAST_HU[measured.region]
    if measured.vessel_hu >= least_hu:
        return None
    return QualityWarning(
        QualityCode.NOT_OPACIFIED,
        f"Blood measures {measured.vessel_hu:.0f} HU in the {measured.region}; below "
        f"{least_hu:.0f} HU clots cannot be excluded.",
    )


def _coverage_warning(lungs: LungMask, measured: Opacification) -> QualityWarning | None:
    missing = _missing_parts(lungs, measured)
    if not missing:
        return None
    return QualityWarning(
        QualityCode.INCOMPLETE_COVERAGE,
        f"Not covered: {', '.join(missing)}. Clots there cannot be excluded.",
    )


def _missing_parts(lungs: LungMask, measured: Opacification) -> list[str]:
    areas = lungs.area_cm2
    missing: list[str] = []
    if areas[0] > _TAPER_SHARE * areas.max():
        missing.append("the lung bases")
    if areas[-1] > _TAPER_SHARE * areas.max():
        missing.append("the lung apices")
    if lungs.is_cut_by_view:
        missing.append("the side of a lung")
    if not measured.trunk_is_covered:
        missing.append("the pulmonary trunk (not found)")
    return missing


def _thickness_warning(volume: Volume) -> QualityWarning | None:
    spacing_mm = volume.geometry.spacing_mm[0]
    thickness_mm = volume.origin.slice_thickness_mm or 0.0
    if max(spacing_mm, thickness_mm) <= LARGEST_SPACING_MM + _ROUNDING_MM:
        return None
    thickness = f"{thickness_mm:.1f} mm thick and " if thickness_mm else ""
    return QualityWarning(
        QualityCode.THICK_SLICES,
        f"Slices are {thickness}{spacing_mm:.1f} mm apart; above {LARGEST_SPACING_MM:.0f} mm small "
        "clots cannot be excluded.",
    )


def _gap_warning(volume: Volume) -> QualityWarning | None:
    if not volume.origin.warning_codes & {WarningCode.GAP, WarningCode.UNEVEN_SPACING}:
        return None
    positions = np.sort([stamp.position_mm for stamp in volume.origin.slices])
    steps = np.diff(positions)
    widest = f"; the widest step is {steps.max():.1f} mm" if steps.size else ""
    return QualityWarning(
        QualityCode.GAP,
        f"Slices are not evenly spaced{widest}. Clots between them cannot be excluded.",
    )


def missing_slices_warning(volume: Volume) -> QualityWarning | None:
    """Of slices that could not be decoded; None where all were."""
    n_missing = len(volume.missing_slices)
    if n_missing == 0:
        return None
    subject = "1 slice" if n_missing == 1 else f"{n_missing} slices"
    return QualityWarning(
        QualityCode.MISSING_SLICES,
        f"{subject} could not be decoded. Clots there cannot be excluded.",
    )
