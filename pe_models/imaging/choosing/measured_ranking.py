"""Which of several series is the CTPA where tags leave it open: the brightness of blood decides.

What a measurement is worth is anchored in the literature: 93 HU in the vessels show an acute clot
and 211 HU every clot, also a chronic one (Wittram, How I do it: CT pulmonary angiography, AJR
2007;188:1255-1261); twice that is what brisk injections reach. Unenhanced blood measures about 45
HU. In the pulmonary phase the trunk is at least as bright as the aorta.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from pe_models.errors import ReadError
from pe_models.imaging.choosing.ranking import (
    Judgement,
    Points,
    Tags,
    best_first,
    in_order,
    is_sharp,
    judge,
)
from pe_models.imaging.geometry import Geometry
from pe_models.imaging.read import read_volume
from pe_models.imaging.study import Series
from pe_models.imaging.warnings import WarningCode
from pe_models.progress import CancelToken

if TYPE_CHECKING:  # scipy takes longer to import than most folders take to scan
    from pe_models.imaging.anatomy.opacification import Opacification

Measure = Callable[[Series], "Opacification | None"]
"""Measures one series; None where its pixels cannot be read. May raise Cancelled."""

_CLOSE_POINTS: Final = 3.0
"""Where a description names PE, only what comes this near to it is a rival."""

_OPEN_POINTS: Final = 10.0
"""Where none does: what thickness, number of slices and an agent's name may add up to."""

_MOST_MEASURED: Final = 4
_UNENHANCED_HU: Final = 45.0
_ACUTE_CLOT_HU: Final = 93.0
_EVERY_CLOT_HU: Final = 211.0
_HU: Final = (_UNENHANCED_HU, _ACUTE_CLOT_HU, _EVERY_CLOT_HU, 2 * _EVERY_CLOT_HU)
_HU_POINTS: Final = (-8.0, -6.0, 6.0, 8.0)
"""From no clot to every clot is worth more than all that the tags may differ by."""

_FINEST_POINTS: Final = 0.5
"""Noise must not decide between two reconstructions of one acquisition."""

_PHASE_POINTS: Final = 1.5
_PHASE_MARGIN: Final = 1.1
"""The trunk of a phantom is measured within a tenth of its truth; less tells no later phase."""

_MOST_POINTS: Final = max(_HU_POINTS) + _PHASE_POINTS
_NOT_COVERED_POINTS: Final = -3.0
_NO_LUNGS_POINTS: Final = -8.0

_SAMPLE_MM: Final = 5.0
"""Distance between the slices that are measured: three or more lie within the trunk."""

_MOST_SAMPLED: Final = 100


def ranked_by_measuring(
    series: Iterable[tuple[Series, Tags]], measure: Measure
) -> tuple[Series, ...]:
    """The series of one study, best first; rivals are measured where tags leave the best open.

    The most likely first, until none that is left could surpass the best.
    """
    judgements = [judge(each, tags) for each, tags in series]
    weighed: dict[int, Judgement] = {}
    for rival in _rivals(judgements):
        most = max((each.points for each in weighed.values()), default=-math.inf)
        if rival.points + _MOST_POINTS <= most:
            break
        weighed[id(rival)] = _weighed(rival, measure(rival.series))
    return in_order([weighed.get(id(each), each) for each in judgements])


def measure_sampled(series: Series, *, cancel: CancelToken | None = None) -> "Opacification | None":
    """Opacification of a sparse sample of an axial CT; None where a slice of it cannot be read.

    Raises Cancelled.
    """
    from pe_models.imaging.anatomy.lungs import segment_lungs
    from pe_models.imaging.anatomy.opacification import measure_opacification

    try:
        volume = read_volume(sampled(series), cancel=cancel)
    except ReadError:
        return None
    if volume.missing_slices:
        return None
    return measure_opacification(segment_lungs(volume.hu, volume.geometry))


def sampled(series: Series) -> Series:
    """Every k-th slice of ``series``, about ``_SAMPLE_MM`` apart."""
    slice_mm, row_mm, col_mm = series.geometry.spacing_mm
    fewest = -(-series.n_slices // _MOST_SAMPLED)
    step = max(1, fewest, round(_SAMPLE_MM / slice_mm))
    slices = series.slices[::step]
    geometry = Geometry(
        (len(slices), series.rows, series.cols),
        (slice_mm * step, row_mm, col_mm),
        series.geometry.origin_mm,
        series.geometry.directions,
    )
    return replace(series, slices=slices, geometry=geometry)


def _rivals(judgements: Sequence[Judgement]) -> list[Judgement]:
    """The series to measure; none where the tags decide."""
    readable = [each for each in best_first(judgements) if _can_be_measured(each)]
    if not readable:
        return []
    best = readable[0]
    if best.is_named:
        near = [each for each in readable if best.points - each.points <= _CLOSE_POINTS]
        near = [each for each in near if not is_sharp(each.series)]
    else:
        near = [each for each in readable if best.points - each.points <= _OPEN_POINTS]
    return near[:_MOST_MEASURED] if len(near) > 1 else []


def _can_be_measured(judgement: Judgement) -> bool:
    codes = {warning.code for warning in judgement.series.warnings}
    return judgement.may_be_read and WarningCode.UNDECODABLE not in codes


def _weighed(judgement: Judgement, measured: "Opacification | None") -> Judgement:
    if measured is None:
        return judgement
    return replace(judgement, found=(*_judge_brightness(measured), *judgement.found))


def _judge_brightness(measured: "Opacification") -> Iterator[Points]:
    vessel_hu, aorta_hu = measured.vessel_hu, measured.aorta_hu
    if vessel_hu is None:
        yield _NO_LUNGS_POINTS, "no vessels of a chest were found in it"
        return
    yield _points_of(vessel_hu), f"{measured.region} {vessel_hu:.0f} HU, measured"
    if not measured.trunk_is_covered:
        yield _NOT_COVERED_POINTS, "the pulmonary trunk is not covered"
    elif aorta_hu is not None and max(vessel_hu, aorta_hu) >= _ACUTE_CLOT_HU:
        if vessel_hu >= aorta_hu:
            yield _PHASE_POINTS, f"brighter than the aorta ({aorta_hu:.0f} HU): pulmonary phase"
        elif vessel_hu < aorta_hu / _PHASE_MARGIN:
            yield -_PHASE_POINTS, f"darker than the aorta ({aorta_hu:.0f} HU): a later phase"


def _points_of(vessel_hu: float) -> float:
    points = float(np.interp(vessel_hu, _HU, _HU_POINTS))
    return round(points / _FINEST_POINTS) * _FINEST_POINTS
