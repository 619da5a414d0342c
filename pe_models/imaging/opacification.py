"""How bright the blood of the pulmonary circulation is, measured from pixels, not from tags.

The pulmonary trunk and left pulmonary artery lie in front of and to the left of the carina, from
its level to about 35 mm below; the ascending aorta and superior vena cava lie to the right of
them, the descending aorta behind. Where that region is not covered, the right side of the heart
and what arteries there are stand in. The brightness is the median of the largest region that is
brighter than halfway between unenhanced tissue and the brightest blood there.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from pe_models.imaging.airway import Carina, find_carina
from pe_models.imaging.lungs import LungMask

_TRUNK_BELOW_CARINA_MM: Final = (0.0, 35.0)
_TRUNK_BEFORE_CARINA_MM: Final = (10.0, 70.0)
_TRUNK_LEFT_OF_CARINA_MM: Final = (0.0, 45.0)

_TRUNK_COVERED_MM: Final = 12.0
"""Least reach of the slices below the carina for the trunk to count as covered: its bifurcation
lies there."""

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
    whatever ``region`` names.
    """

    pulmonary_artery_hu: float | None
    vessel_hu: float | None
    region: Region | None

    @property
    def trunk_is_covered(self) -> bool:
        return self.region is Region.PULMONARY_TRUNK


def measure_opacification(lungs: LungMask) -> Opacification:
    """Opacification of an axial chest CT, from the coarse grid of its lungs."""
    carina = find_carina(lungs)
    if carina is not None and _reach_below_mm(carina, lungs) >= _TRUNK_COVERED_MM:
        trunk_hu = _blood_hu(_trunk_region(carina, lungs), lungs)
        if trunk_hu is not None:
            return Opacification(trunk_hu, trunk_hu, Region.PULMONARY_TRUNK)
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
