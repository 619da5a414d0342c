"""Tissues: one rule that finds lung, blood, muscle, fat and bone in any slice, phantom or real.

Lung: what reads below -500 HU after a blur of 1 mm, in pieces of at least 6 cm2 that are 16 mm
wide somewhere and meet the edge of what was reconstructed along less than 80 mm. Lung field: lung
closed by 6 mm, so that it holds its vessels, and then 4 mm in from its border. Hull: the convex
hull of the lungs.

Chest wall: the largest region above -400 HU after an opening by 4 mm, 3 mm outside the hull, in
its posterior half (no liver, no breast), in slices where the hull covers a third of the body. In it
muscle is what reads 10 to 100 HU and fat what reads -140 to -50 HU after a blur of 1.5 mm, each
2 mm in from its border, and bone what reads above 200 HU after a blur of 1 mm.

Opacified blood: in the hull, 2 mm from the lungs, above 180 HU and even (its standard deviation
below 25 HU over 4 mm) after a blur of 2 mm, opened by 3 mm; not within 24 mm of the midline in the
hull's posterior half, where marrow may be as bright. So it is aorta, trunk, cava and chambers where
they are well mixed.
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from benchmarks.phantom_statistics.subjects import CtSlice
from pe_models.imaging.volume import PADDING_HU

Mask = NDArray[np.bool_]
Field = NDArray[np.float32]

_BODY_HU: Final = -400.0
_LUNG_HU: Final = -500.0
_LEAST_LUNG_MM2: Final = 600.0
_LEAST_DEPTH_MM: Final = 8.0
_MOST_AT_EDGE_MM: Final = 80.0
_LEAST_HULL_SHARE: Final = 1 / 3
_MUSCLE_HU: Final = (10.0, 100.0)
_FAT_HU: Final = (-140.0, -50.0)
_BONE_HU: Final = 200.0
_BLOOD_HU: Final = 180.0
_EVEN_HU: Final = 25.0
_SPINE_HALF_MM: Final = 24.0


@dataclass(frozen=True, slots=True, eq=False)
class Tissues:
    """Masks (row, col) of one slice."""

    lung: Mask
    lung_field: Mask
    wall: Mask
    blood: Mask
    muscle: Mask
    fat: Mask
    bone: Mask


def find_tissues(ct: CtSlice) -> Tissues:
    """By the rule above; what is not there is empty."""
    lung = _lung(ct)
    hull = _hull(lung)
    wall = _wall(ct, hull)
    soft = blurred(ct.hu, ct.px(1.5))
    return Tissues(
        lung=lung,
        lung_field=eroded(closed(lung, ct.px(6.0)), ct.px(4.0)),
        wall=wall,
        blood=_blood(ct, hull & ~dilated(lung, ct.px(2.0)) & ~_spine(ct, hull)),
        muscle=eroded(wall & _between(soft, _MUSCLE_HU), ct.px(2.0)),
        fat=eroded(wall & _between(soft, _FAT_HU), ct.px(2.0)),
        bone=wall & (blurred(ct.hu, ct.px(1.0)) > _BONE_HU),
    )


def blurred(values: Field, sigma_px: float) -> Field:
    return np.asarray(cv2.GaussianBlur(values, (0, 0), sigma_px), np.float32)


def eroded(mask: Mask, radius_px: float) -> Mask:
    """What lies at least ``radius_px`` within ``mask``; the picture's edge is no border."""
    padded = np.pad(mask.astype(np.uint8), 1, mode="edge")
    inside = cv2.distanceTransform(padded, cv2.DIST_L2, 5)[1:-1, 1:-1]
    return np.asarray(inside > radius_px)


def dilated(mask: Mask, radius_px: float) -> Mask:
    if not mask.any():
        return mask
    return np.asarray(cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 5) <= radius_px)


def closed(mask: Mask, radius_px: float) -> Mask:
    return eroded(dilated(mask, radius_px), radius_px)


def opened(mask: Mask, radius_px: float) -> Mask:
    return dilated(eroded(mask, radius_px), radius_px)


def _wall(ct: CtSlice, hull: Mask) -> Mask:
    body = _body(ct) | hull
    if hull.sum() < _LEAST_HULL_SHARE * body.sum():
        return np.zeros_like(hull)
    return body & ~dilated(hull, ct.px(3.0)) & _posterior_half(hull)


def _posterior_half(hull: Mask) -> Mask:
    """Rows (row, 1) from the middle of the hull backward."""
    rows = np.flatnonzero(hull.any(axis=1))
    middle = (rows[0] + rows[-1]) // 2 if rows.size else len(hull)
    return (np.arange(len(hull)) >= middle)[:, None]


def _body(ct: CtSlice) -> Mask:
    solid = opened(ct.hu > _BODY_HU, ct.px(4.0))
    numbered, count = ndimage.label(solid)
    if count == 0:
        return solid
    return np.asarray(numbered == 1 + int(np.argmax(np.bincount(numbered.ravel())[1:])))


def _lung(ct: CtSlice) -> Mask:
    outside = opened(ct.hu <= PADDING_HU, 2.0)  # noise alone may reach so low in a voxel of air
    airy = (blurred(ct.hu, ct.px(1.0)) < _LUNG_HU) & ~outside
    numbered, _ = ndimage.label(airy)
    area_mm2 = np.bincount(numbered.ravel()) * ct.pixel_mm**2
    deep = np.isin(np.arange(len(area_mm2)), numbered[eroded(airy, ct.px(_LEAST_DEPTH_MM))])
    at_edge = numbered[dilated(np.pad(outside, 1, constant_values=True), 1.5)[1:-1, 1:-1]]
    edge_mm = np.bincount(at_edge, minlength=len(area_mm2)) * ct.pixel_mm
    is_lung = deep & (area_mm2 >= _LEAST_LUNG_MM2) & (edge_mm < _MOST_AT_EDGE_MM)
    is_lung[0] = False
    return np.asarray(is_lung[numbered])


def _hull(mask: Mask) -> Mask:
    if not mask.any():
        return mask
    points = np.argwhere(mask)[:, ::-1].astype(np.int32)
    filled = np.zeros(mask.shape, np.uint8)
    cv2.fillConvexPoly(filled, cv2.convexHull(points), 1)
    return filled.astype(np.bool_)


def _spine(ct: CtSlice, hull: Mask) -> Mask:
    """Where the vertebrae may lie."""
    cols = np.flatnonzero(hull.any(axis=0))
    middle = 0.5 * (cols[0] + cols[-1]) if cols.size else 0.0
    near = np.abs(np.arange(hull.shape[1]) - middle) < ct.px(_SPINE_HALF_MM)
    return _posterior_half(hull) & near


def _blood(ct: CtSlice, within: Mask) -> Mask:
    smooth = blurred(ct.hu, ct.px(2.0))
    mean = blurred(smooth, ct.px(2.0))
    spread = np.sqrt(np.maximum(blurred(smooth**2, ct.px(2.0)) - mean**2, 0.0))
    return opened(within & (smooth > _BLOOD_HU) & (spread < _EVEN_HU), ct.px(3.0))


def _between(values: Field, limits: tuple[float, float]) -> Mask:
    low, high = limits
    return np.asarray((values > low) & (values < high))
