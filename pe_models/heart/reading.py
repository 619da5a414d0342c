"""From maps of the ventricles to what Findings say of the right heart."""

import numpy as np
from numpy.typing import NDArray

from pe_models.heart.calibration import HeartCalibration
from pe_models.heart.chords import Chord
from pe_models.heart.maps import VentricleMaps
from pe_models.heart.measuring import Measured, Ventricles, measure
from pe_models.heart.refusing import Refused, not_covered, not_found, refusal_of
from pe_models.heart_findings import RightHeart, Width


def read_heart(
    maps: VentricleMaps | None, hu: NDArray[np.int16], calibration: HeartCalibration | None
) -> RightHeart:
    """What can be said of the ventricles in ``maps`` of a Volume ``hu[slice, row, col]``.

    Maps are None where no slice shows a ventricle.
    """
    if maps is None or len(maps.slice_indices) < 2:
        return _refused(not_found())
    ventricles = Ventricles.of(maps)
    refusal = refusal_of(maps, ventricles, hu)
    if refusal is not None:
        return _refused(refusal)
    measured = measure(ventricles)
    if measured is None:
        return _refused(not_found())
    refusal = not_covered(maps, measured, len(hu))
    if refusal is not None:
        return _refused(refusal)
    return _right_heart(maps, measured, calibration)


def _refused(reason: Refused) -> RightHeart:
    return RightHeart(refusal=reason.code, message=reason.message)


def _right_heart(
    maps: VentricleMaps, measured: Measured, calibration: HeartCalibration | None
) -> RightHeart:
    margins = (0.0, 0.0)
    if calibration is not None:
        margins = calibration.rv_margin_mm, calibration.lv_margin_mm
    rv = _width(maps, measured.right, measured.right_at, margins[0])
    lv = _width(maps, measured.left, measured.left_at, margins[1])
    reach = None
    if calibration is not None:
        reach = calibration.range_of(rv.mm / lv.mm, measured.spread)
    return RightHeart(rv, lv, spread=measured.spread, range=reach)


def _width(maps: VentricleMaps, chord: Chord, at: int, margin_mm: float) -> Width:
    """The chord on its slice of the Volume, lengthened by half the margin at each end."""
    beyond = (chord.end - chord.start) * (0.5 * margin_mm / chord.mm)
    start, end = chord.start - beyond, chord.end + beyond
    return Width(
        maps.slice_indices[at],
        maps.pixel_at(start),
        maps.pixel_at(end),
        float(np.linalg.norm(end - start)),
    )
