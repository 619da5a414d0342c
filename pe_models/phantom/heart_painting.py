"""Heart painting: myocardium, the fat of its grooves, and the blood of its chambers."""

from typing import Final

import numpy as np

from pe_models.phantom.chambers import Chamber, Covers, under
from pe_models.phantom.coarse import CoarseGrid
from pe_models.phantom.contrast import Contrast
from pe_models.phantom.heart import Heart, HeartFields
from pe_models.phantom.inflow import right_blood
from pe_models.phantom.shapes import Canvas, Field, Place, Scalar, coverage
from pe_models.phantom.texture import Textures

_BOX_X, _BOX_Y, _BOX_Z = (-95.0, 115.0), (-110.0, 55.0), (-155.0, -20.0)
_SOFT_MM: Final = 1.4
"""The beating heart has soft borders."""
_DOUBLE_SHARE: Final = 0.5
"""How far two views of a wall in one slice are apart, as a share of its way."""
_TETHERED_MM: Final = 25.0
"""How far from the right ventricle the left one swings freely."""
_BEYOND_MM: Final = -0.5
_GROOVE_MM: Final = 3.5
_GROOVE_DEPTH_MM: Final = 7.0


def paint(canvas: Canvas, heart: Heart, contrast: Contrast, textures: Textures) -> Covers:
    """Paints one slice of ``heart`` over what surrounds it; gives the coverages of its blood.

    They are of the whole canvas, by Chamber; none where the slice does not meet the heart.
    """
    place = canvas.place(_BOX_X, _BOX_Y)
    part = canvas.part(place)
    if part.is_empty or not _BOX_Z[0] < part.z < _BOX_Z[1]:
        return {}
    grid = CoarseGrid.under(part)
    coarse = grid.canvas
    fields = heart.fields(coarse.x, coarse.y, coarse.z)
    mix, lumps, grain = (t.on(part) for t in (textures.blood, textures.coarse, textures.fine))
    apart = _DOUBLE_SHARE * heart.beat.shift_mm
    swing = apart + np.float32(heart.beat.swing_mm) * grid.brought(_free(fields))
    whole = grid.brought(fields.whole) + 0.5 * lumps
    _doubled(part, whole, contrast.myocardium + 5.0 * mix, swing)
    _paint_groove(part, grid, fields, contrast, lumps)
    rough = 1.5 * lumps + 0.5 * grain
    right = right_blood(part, contrast, mix, lumps)
    left = contrast.left_heart * (1 + 0.03 * mix)
    # Trabeculae and papillary muscles reach into the blood; no blood lies beyond the walls.
    trabeculae = np.maximum(1.3 * rough, _BEYOND_MM)
    papillae = np.maximum(0.5 * rough, _BEYOND_MM) + np.maximum(2.2 * lumps - 1.2, 0.0)
    covers: Covers = {}
    ra, rv, la, lv = (grid.brought(field) for field in (
        fields.right_atrium, fields.right_ventricle, fields.left_atrium, fields.left_ventricle,
    ))  # fmt: skip
    for chamber, distance, blood, apart_mm in (
        (Chamber.RIGHT_ATRIUM, ra + 0.5 * rough, right, np.float32(0.0)),
        (Chamber.RIGHT_VENTRICLE, rv + trabeculae, right, 0.6 * apart),
        (Chamber.LEFT_ATRIUM, la + 0.3 * rough, left, np.float32(0.0)),
        (Chamber.LEFT_VENTRICLE, lv + papillae, left, swing),
    ):
        _doubled(part, distance, blood, apart_mm)
        cover = coverage(distance, part.edge_mm)
        covers = {**under(covers, cover), chamber: cover}
    return {chamber: _placed(cover, canvas, place) for chamber, cover in covers.items()}


def _free(fields: HeartFields) -> Field:
    """How freely walls swing, [0, 1]: the apex most, the septum and the base not at all."""
    beside: Field = np.clip(fields.right_ventricle / np.float32(_TETHERED_MM), 0.0, 1.0)
    return fields.toward_apex * beside


def _paint_groove(
    part: Canvas, grid: CoarseGrid, fields: HeartFields, contrast: Contrast, lumps: Field
) -> None:
    """Fat between atria and ventricles, where the coronary arteries run."""
    shallow = np.abs(fields.whole + 0.5 * _GROOVE_DEPTH_MM) - 0.5 * _GROOVE_DEPTH_MM
    groove = np.maximum(fields.groove - _GROOVE_MM, shallow)
    _doubled(part, grid.brought(groove) + 0.9 * lumps, contrast.fat + 12.0, np.float32(0.0))


def _doubled(part: Canvas, distance: Field, hu: Scalar, apart_mm: Scalar) -> None:
    """Painted half at one place and half at another: a wall that moves within the slice."""
    edge = part.edge_mm + _SOFT_MM
    half = np.float32(0.5) * apart_mm
    cover = coverage(distance - half, edge)
    cover += coverage(distance + half, edge)
    cover *= np.float32(0.5)
    np.add(part.hu, (hu - part.hu) * cover, out=part.hu, casting="same_kind")


def _placed(cover: Field, canvas: Canvas, place: Place) -> Field:
    whole = np.zeros(canvas.hu.shape, np.float32)
    whole[place] = cover
    return whole
