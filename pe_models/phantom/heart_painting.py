"""Heart painting: myocardium, the fat of its grooves, and the blood of its chambers."""

from typing import Final

import numpy as np

from pe_models.phantom.coarse import CoarseGrid
from pe_models.phantom.contrast import UNOPACIFIED_BLOOD_HU, Contrast
from pe_models.phantom.heart import Heart, HeartFields
from pe_models.phantom.shapes import Canvas, Field, Scalar, coverage
from pe_models.phantom.texture import Textures

_BOX_X, _BOX_Y, _BOX_Z = (-95.0, 115.0), (-110.0, 55.0), (-155.0, -20.0)
_SOFT_MM: Final = 1.4
"""The beating heart has soft borders."""
_DOUBLE_SHARE: Final = 0.5
"""How far two views of a wall in one slice are apart, as a share of its way."""
_GROOVE_MM: Final = 3.5
_GROOVE_DEPTH_MM: Final = 7.0


def paint(canvas: Canvas, heart: Heart, contrast: Contrast, textures: Textures) -> None:
    """Paints one slice of ``heart`` over what surrounds it."""
    part = canvas.box(_BOX_X, _BOX_Y)
    if part.is_empty or not _BOX_Z[0] < part.z < _BOX_Z[1]:
        return
    grid = CoarseGrid.under(part)
    coarse = grid.canvas
    fields = heart.fields(coarse.x, coarse.y, coarse.z)
    apart = _DOUBLE_SHARE * heart.beat.shift_mm
    mix, lumps, grain = (t.on(part) for t in (textures.blood, textures.coarse, textures.fine))
    _doubled(part, grid.brought(fields.whole) + 0.5 * lumps, contrast.myocardium + 5.0 * mix, apart)
    _paint_groove(part, grid, fields, contrast, lumps)
    rough = 1.5 * lumps + 0.5 * grain
    right = _right_blood(part, contrast, mix, lumps)
    left = contrast.left_heart * (1 + 0.03 * mix)
    _single(part, grid.brought(fields.right_atrium) + 0.5 * rough, right)
    _doubled(part, grid.brought(fields.right_ventricle) + 0.8 + 1.3 * rough, right, 0.6 * apart)
    _single(part, grid.brought(fields.left_atrium) + 0.3 * rough, left)
    # Papillary muscles and trabeculae reach into the blood, more so toward the apex.
    papillae = np.maximum(2.2 * lumps - 1.2, 0.0)
    _doubled(part, grid.brought(fields.left_ventricle) + 0.6 + 0.5 * rough + papillae, left, apart)


def _paint_groove(
    part: Canvas, grid: CoarseGrid, fields: HeartFields, contrast: Contrast, lumps: Field
) -> None:
    """Fat between atria and ventricles, where the coronary arteries run."""
    shallow = np.abs(fields.whole + 0.5 * _GROOVE_DEPTH_MM) - 0.5 * _GROOVE_DEPTH_MM
    groove = np.maximum(fields.groove - _GROOVE_MM, shallow)
    _single(part, grid.brought(groove) + 0.9 * lumps, contrast.fat + 12.0)


def _right_blood(part: Canvas, contrast: Contrast, mix: Field, lumps: Field) -> Scalar:
    """Blood of the right heart: contrast from above, mixing with what comes from below."""
    full = contrast.right_heart
    low = np.clip((-72.0 - part.z) / 34.0, 0.0, 1.0) * np.clip((-10.0 - part.x) / 30.0, 0.0, 1.0)
    swirl = np.clip(0.5 + 0.55 * mix + 0.2 * lumps, 0.0, 1.0)
    thinned = np.float32(contrast.mixing) * swirl * (0.35 + 0.65 * low)
    blood: Field = UNOPACIFIED_BLOOD_HU + (full - UNOPACIFIED_BLOOD_HU) * (1.0 - thinned)
    return blood


def _single(part: Canvas, distance: Field, hu: Scalar) -> None:
    part.paint(distance, hu, edge_mm=part.edge_mm + _SOFT_MM)


def _doubled(part: Canvas, distance: Field, hu: Scalar, apart_mm: float) -> None:
    """Painted half at one place and half at another: a wall that moves within the slice."""
    edge = part.edge_mm + _SOFT_MM
    half = np.float32(0.5 * apart_mm)
    cover = 0.5 * (coverage(distance - half, edge) + coverage(distance + half, edge))
    np.add(part.hu, (hu - part.hu) * cover, out=part.hu, casting="same_kind")
