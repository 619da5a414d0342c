"""How bright the blood of the pulmonary circulation is, measured from pixels, not from tags.

The pulmonary trunk and left pulmonary artery lie in front of and to the left of the carina, from
its level to about 35 mm below; the ascending aorta and superior vena cava lie to the right of
them, the descending aorta behind. Where that region is not covered, the right side of the heart
and what arteries there are stand in. The brightness is the median of the largest region that is
brighter than halfway between unenhanced tissue and the brightest blood there.

The descending aorta, behind and to the left of the carina, tells the phase: in the pulmonary one it
is not yet brighter than the trunk. Its lumen is the evenest disc there.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from pe_models.imaging.anatomy.airway import Carina, find_carina
from pe_models.imaging.anatomy.lungs import LungMask

_TRUNK_BELOW_CARINA_MM: Final = (0.0, 35.0)
_TRUNK_BEFORE_CARINA_MM: Final = (10.0, 70.0)
_TRUNK_LEFT_OF_CARINA_MM: Final = (0.0, 45.0)

_TRUNK_COVERED_MM: Final = 12.0
"""Least reach of the slices below the carina for the trunk to count as covered: its bifurcation
lies there."""

_AORTA_BELOW_CARINA_MM: Final = (0.0, 35.0)
_AORTA_BEHIND_CARINA_MM: Final = (8.0, 45.0)
_AORTA_LEFT_OF_CARINA_MM: Final = (8.0, 45.0)
_AORTA_DISC_MM: Final = 15.0
"""Fits into the lumen of an adult's descending aorta, 20 to 30 mm wide."""

_TISSUE_HU: Final = 40.0
"""Unenhanced muscle and blood."""

_NOT_BLOOD_HU: Final = 900.0
"""Metal, dense bone and undiluted contrast lie above it."""

_LEAST_REGION_ML: Final = 1.0

_IN_PLANE: Final = np.ones((1, 3, 3), dtype=np.bool_)


class Region(StrEnum):
    """Where the brightness was measured."""

    PULMONARY_TRUNK = "pulmonary trunk"
    HEART = "heart and the arteries covered"


@dataclass(frozen=True, slots=True)
class Opacification:
    """Brightness of the blood, in HU; None where nothing could be measured.

    ``pulmonary_artery_hu`` is of the pulmonary trunk and left pulmonary artery, ``vessel_hu`` of
    whatever ``region`` names, ``aorta_hu`` of the descending aorta beside the trunk.
    """

    pulmonary_artery_hu: float | None
    vessel_hu: float | None
    region: Region | None
    aorta_hu: float | None = None

    @property
    def trunk_is_covered(self) -> bool:
        return self.region is Region.PULMONARY_TRUNK


def measure_opacification(lungs: LungMask) -> Opacification:
    """Opacification of an axial chest CT, from the coarse grid of its lungs."""
    carina = find_carina(lungs)
    if carina is not None and _reach_below_mm(carina, lungs) >= _TRUNK_COVERED_MM:
        trunk_hu = _blood_hu(_trunk_region(carina, lungs), lungs)
        if trunk_hu is not None:
            aorta_hu = _aorta_hu(carina, lungs)
            return Opacification(trunk_hu, trunk_hu, Region.PULMONARY_TRUNK, aorta_hu)
    heart_hu = _blood_hu(_heart_region(lungs), lungs)
    return Opacification(None, heart_hu, None if heart_hu is None else Region.HEART)


def _reach_below_mm(carina: Carina, lungs: LungMask) -> float:
    return float(carina.slice_index * lungs.grid.geometry.spacing_mm[0])


def _trunk_region(carina: Carina, lungs: LungMask) -> NDArray[np.bool_]:
    superior, anterior, left = lungs.grid.offsets_mm(carina.slice_index, carina.row, carina.col)
    region: NDArray[np.bool_] = (
        _within(-superior, _TRUNK_BELOW_CARINA_MM)
        & _within(anterior, _TRUNK_BEFORE_CARINA_MM)
        & _within(left, _TRUNK_LEFT_OF_CARINA_MM)
        & _between_lungs(lungs.mask)
    )
    return region


def _aorta_hu(carina: Carina, lungs: LungMask) -> float | None:
    """Median over the slices of the evenest disc where the descending aorta lies."""
    superior, anterior, left = lungs.grid.offsets_mm(carina.slice_index, carina.row, carina.col)
    region = (
        _within(-superior, _AORTA_BELOW_CARINA_MM)
        & _within(-anterior, _AORTA_BEHIND_CARINA_MM)
        & _within(left, _AORTA_LEFT_OF_CARINA_MM)
        & _between_lungs(lungs.mask)
    )
    disc = [max(1, round(_AORTA_DISC_MM / mm)) for mm in lungs.grid.geometry.spacing_mm[1:]]
    found: list[float] = []
    for slice_index in np.flatnonzero(region.any(axis=(1, 2))):
        hu = lungs.grid.hu[slice_index].astype(np.float64)
        mean = ndimage.uniform_filter(hu, disc)
        variance = ndimage.uniform_filter(hu * hu, disc) - mean * mean
        usable = region[slice_index] & (mean > 0.0) & (mean < _NOT_BLOOD_HU)
        if usable.any():
            found.append(float(mean.flat[np.where(usable, variance, np.inf).argmin()]))
    return float(np.median(found)) if found else None


def _heart_region(lungs: LungMask) -> NDArray[np.bool_]:
    """Between the lungs, in their anterior half: the heart without spine and descending aorta."""
    rows = np.flatnonzero(lungs.mask.any(axis=(0, 2)))
    if rows.size == 0:
        return np.zeros_like(lungs.mask)
    _, anterior, _ = lungs.grid.offsets_mm(0.0, (rows[0] + rows[-1]) / 2, 0.0)
    region: NDArray[np.bool_] = _between_lungs(lungs.mask) & (anterior > 0.0)
    return region


def _between_lungs(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Cells with lung on either side in their row, which leaves out ribs and sternum."""
    from_left = np.logical_or.accumulate(mask, axis=2)
    from_right = np.logical_or.accumulate(mask[:, :, ::-1], axis=2)[:, :, ::-1]
    between: NDArray[np.bool_] = from_left & from_right & ~mask
    return between


def _blood_hu(region: NDArray[np.bool_], lungs: LungMask) -> float | None:
    """Median HU inside the largest bright part of ``region``; None where it is too small."""
    smooth = ndimage.uniform_filter(lungs.grid.hu, size=_IN_PLANE.shape)
    usable = region & (smooth > 0.0) & (smooth < _NOT_BLOOD_HU)
    least_cells = max(1, round(_LEAST_REGION_ML / lungs.grid.cell_volume_ml))
    if usable.sum() < least_cells:
        return None
    brightest = float(np.percentile(smooth[usable], 95))
    labels, n_regions = ndimage.label(usable & (smooth > (_TISSUE_HU + brightest) / 2))
    if n_regions == 0:
        return None
    sizes = np.bincount(labels.ravel())[1:]
    blood = labels == 1 + int(np.argmax(sizes))
    # wall, fat and clot blend into the outer cells
    core = ndimage.binary_erosion(blood, _IN_PLANE)
    if blood.sum() < least_cells:
        return None
    return float(np.median(smooth[core if core.sum() >= least_cells else blood]))


def _within(values: NDArray[np.float64], limits: tuple[float, float]) -> NDArray[np.bool_]:
    return (values >= limits[0]) & (values <= limits[1])
