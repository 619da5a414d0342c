"""Whether a CT shows a head: soft tissue enclosed by a ring of bone, as wide as a brain."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from pe_models.imaging.anatomy.coarse import coarsen
from pe_models.imaging.geometry import Geometry

_BONE_HU: Final = 250.0
"""Of cells of 3 mm: a thin vault still lies above it, contrast in a chest's vessels mostly not."""
_BRAIN_HU: Final = (-10.0, 110.0)
"""Cerebrospinal fluid, brain, and blood in it."""
_LEAST_BRAIN_CM2: Final = 50.0
"""Of the widest slice: an adult's brain has 150 to 200, that of an infant about 70."""
_SUTURE_CELLS: Final = 1
"""Gaps in the ring of bone that are bridged from either side: sutures, thin bone."""
_SQUARE: Final = np.ones((3, 3), dtype=np.bool_)


def brain_area_cm2(hu: NDArray[np.int16], geometry: Geometry) -> NDArray[np.float64]:
    """(slice of the coarse grid,): the largest soft area that bone encloses in each slice."""
    grid = coarsen(hu, geometry)
    cells = [_largest_enclosed(each) for each in grid.hu]
    areas: NDArray[np.float64] = np.array(cells, dtype=np.float64) * grid.cell_area_cm2
    return areas


def shows_a_head(hu: NDArray[np.int16], geometry: Geometry) -> bool:
    """Whether some slice of ``hu[slice, row, col]``, an axial CT in HU, shows a brain."""
    return bool(brain_area_cm2(hu, geometry).max() >= _LEAST_BRAIN_CM2)


def _largest_enclosed(hu: NDArray[np.float32]) -> int:
    """Cells of the largest soft region within a closed ring of bone, of one slice."""
    bone = hu > _BONE_HU
    ring = ndimage.binary_dilation(bone, _SQUARE, iterations=_SUTURE_CELLS)
    within = ndimage.binary_fill_holes(ring) & ~ring
    soft = within & (hu > _BRAIN_HU[0]) & (hu < _BRAIN_HU[1])
    regions, n_regions = ndimage.label(soft)
    return int(np.bincount(regions.ravel())[1:].max()) if n_regions else 0
