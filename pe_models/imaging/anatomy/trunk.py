"""A circle in the pulmonary trunk.

The trunk is the brightest vessel in front of the carina and to the left of it, down to 28 mm below
its level; farther down the right ventricle begins. A circle is laid where that vessel is widest,
well inside its wall.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from pe_models.imaging.anatomy.airway import Carina, find_carina
from pe_models.imaging.anatomy.lungs import LungMask

_BELOW_CARINA_MM: Final = (2.0, 28.0)
_BEFORE_CARINA_MM: Final = (15.0, 70.0)
_LEFT_OF_CARINA_MM: Final = (0.0, 45.0)
TISSUE_HU: Final = 40.0
_NOT_BLOOD_HU: Final = 900.0
"""Metal, dense bone and undiluted contrast lie above it."""

_LEAST_ML: Final = 5.0
"""Blood within the region; a trunk holds several times as much."""

_CORE_SHARE: Final = 0.8
"""Of the brightest blood: darker cells are walls, as the one between trunk and aorta."""

_SHARE_OF_RADIUS: Final = 0.6
_RADIUS_MM: Final = (3.0, 10.0)


@dataclass(frozen=True, slots=True)
class TrunkCircle:
    """A circle on one slice of the Volume; ``row`` and ``col`` are its middle, in pixels."""

    slice_index: int
    row: float
    col: float
    radius_mm: float


def find_trunk_circle(lungs: LungMask) -> TrunkCircle | None:
    """The circle, from the coarse grid of an axial chest CT's lungs; None where there is none."""
    carina = None if lungs.is_empty else find_carina(lungs)
    if carina is None:
        return None
    region = _region(carina, lungs)
    brightest_hu = _brightest(region, lungs)
    if brightest_hu is None:
        return None
    blood = _blood(region, lungs, brightest_hu)
    if (blood & region).sum() * lungs.grid.cell_volume_ml < _LEAST_ML:
        return None  # the carina was taken for something else
    return _circle(region, blood & (lungs.grid.hu > _CORE_SHARE * brightest_hu), lungs)


def _circle(
    region: NDArray[np.bool_], core: NDArray[np.bool_], lungs: LungMask
) -> TrunkCircle | None:
    """Where ``core`` is widest within ``region``."""
    if not (core & region).any():
        return None
    _, row_mm, col_mm = lungs.grid.geometry.spacing_mm
    depth_mm = np.stack(
        [ndimage.distance_transform_edt(plane, sampling=(row_mm, col_mm)) for plane in core]
    )
    at = np.unravel_index(int(np.argmax(np.where(region, depth_mm, 0.0))), depth_mm.shape)
    steps = lungs.grid.step
    row, col = ((int(at[axis]) + 0.5) * steps[axis] - 0.5 for axis in (1, 2))
    radius_mm = float(np.clip(_SHARE_OF_RADIUS * depth_mm[at], *_RADIUS_MM))
    return TrunkCircle(int(at[0]) * steps[0], row, col, radius_mm)


def _region(carina: Carina, lungs: LungMask) -> NDArray[np.bool_]:
    superior, anterior, left = lungs.grid.offsets_mm(carina.slice_index, carina.row, carina.col)
    inside: NDArray[np.bool_] = (
        _within(-superior, _BELOW_CARINA_MM)
        & _within(anterior, _BEFORE_CARINA_MM)
        & _within(left, _LEFT_OF_CARINA_MM)
    )
    return inside


def _brightest(region: NDArray[np.bool_], lungs: LungMask) -> float | None:
    """HU of the brightest twentieth of the region, bone and metal left out."""
    hu = lungs.grid.hu
    inside = hu[region & (hu > 0.0) & (hu < _NOT_BLOOD_HU)]
    return None if inside.size == 0 else float(np.percentile(inside, 95))


def _blood(region: NDArray[np.bool_], lungs: LungMask, brightest_hu: float) -> NDArray[np.bool_]:
    """The largest vessel, anywhere in the chest, of those that are bright within the region."""
    hu = lungs.grid.hu
    bright = (hu > (TISSUE_HU + brightest_hu) / 2) & (hu < _NOT_BLOOD_HU)
    labels, n_vessels = ndimage.label(bright)
    counts = np.bincount(labels[region], minlength=n_vessels + 1)
    counts[0] = 0
    vessel: NDArray[np.bool_] = (labels == int(np.argmax(counts))) & bright
    return vessel


def _within(values: NDArray[np.float64], limits: tuple[float, float]) -> NDArray[np.bool_]:
    return (values >= limits[0]) & (values <= limits[1])
