"""The region in the pulmonary trunk that the PE window is set by."""

import numpy as np
from numpy.typing import NDArray

from pe_models.errors import InputError
from pe_models.imaging.anatomy.lungs import segment_lungs
from pe_models.imaging.anatomy.trunk import TrunkCircle, find_trunk_circle
from pe_models.imaging.geometry import Geometry
from pe_viewer.display.adaptive import TRUNK_NOT_FOUND, TrunkRegion
from pe_viewer.display.measuring import ellipse_stats
from pe_viewer.review import Ellipse


def find_trunk(hu: NDArray[np.int16], geometry: Geometry) -> TrunkRegion:
    """The region in the trunk of an axial chest CT, ``hu[slice, row, col]``.

    Raises InputError where there is none.
    """
    circle = find_trunk_circle(segment_lungs(hu, geometry))
    if circle is None:
        raise InputError(TRUNK_NOT_FOUND)
    spacing_mm = geometry.spacing_mm[1:]
    ellipse = _ellipse(circle, spacing_mm)
    stats = ellipse_stats(hu[ellipse.slice_index], ellipse, spacing_mm)
    if stats is None:
        raise InputError(TRUNK_NOT_FOUND)
    return TrunkRegion(ellipse, stats)


def _ellipse(circle: TrunkCircle, spacing_mm: tuple[float, float]) -> Ellipse:
    down, across = (circle.radius_mm / mm for mm in spacing_mm)
    start = (circle.row - down, circle.col - across)
    return Ellipse(circle.slice_index, start, (circle.row + down, circle.col + across))
