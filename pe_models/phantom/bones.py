"""Bones of the chest wall and the shoulders: ribs, sternum, clavicles, blades, heads of humeri."""

from typing import Final

import numpy as np

from pe_models.phantom.cage import around_cage, into_cage, rib_rise, spot_from_cage
from pe_models.phantom.coarse import CoarseGrid
from pe_models.phantom.contrast import Contrast
from pe_models.phantom.habitus import Habitus
from pe_models.phantom.shapes import Canvas, Field, Place, capsule, segment, superellipse
from pe_models.phantom.thorax import front_y, outer_half_axes

_RIB_BEGINS: Final = 0.14
_RIB_ENDS: Final = 0.76
_CARTILAGE_ENDS: Final = 0.955
"""Where about the cage, as in around_cage; the necks of the ribs are the spine's."""
_CARTILAGE_X_MM, _CARTILAGE_Y_MM = (-130.0, 130.0), (-140.0, 10.0)
_RIB_DEPTH_MM: Final = 4.1
_STERNUM_Z: Final = (-118.0, 46.0)
_BLADE_Z: Final = (-75.0, 0.0, 80.0)
_BLADE: Final = (
    ((98, 76, 68), (88, 93, 86)),
    ((106, 108, 100), (86, 76, 66)),
    ((112, 136, 132), (80, 50, 36)),
)
"""Medial border, middle and lateral border of the shoulder blade: x and y (mm) at ``_BLADE_Z``."""
_BLADE_ROOM_MM: Final = 23.0
_BLADE_BEND: Final = 0.006
_CLAVICLE_Z: Final = (22.0, 92.0)
_HEAD_MM: Final = 23.0
_HEAD_Z: Final = 92.0


def paint_ribs(
    canvas: Canvas, grid: CoarseGrid, inner: Field, habitus: Habitus, contrast: Contrast,
    strands: Field,
) -> None:  # fmt: skip
    """Ribs and their cartilages; ``inner`` is the distance from the cavity, on the grid."""
    x, y = into_cage(habitus, grid.canvas.x, grid.canvas.y)
    around = around_cage(x, y)
    rise = 0.8 * rib_rise(habitus, x, y, grid.canvas.z)
    rib = np.sqrt((rise / 6.6) ** 2 + ((inner - _RIB_DEPTH_MM) / 3.9) ** 2)
    rib = (rib - 1.0) * np.float32(3.9)
    front = (around - _RIB_ENDS) * 180.0
    cartilage = np.sqrt((rise / 7.5) ** 2 + ((inner - 5.0) / 5.2) ** 2)
    cartilage = (cartilage - 1.0) * np.float32(5.2)
    cartilage = np.maximum(np.maximum(cartilage, -front), (around - _CARTILAGE_ENDS) * 180.0)
    box = canvas.place(_CARTILAGE_X_MM, _CARTILAGE_Y_MM)
    part, soft = canvas.part(box), grid.brought(cartilage)[box]
    part.paint(soft, habitus.cartilage_hu + 40.0)
    part.paint(soft + 1.6, habitus.cartilage_hu + 22.0 * strands[box])
    bone = grid.brought(np.maximum(np.maximum(rib, (_RIB_BEGINS - around) * 180.0), front))
    canvas.paint(bone, contrast.cortex)
    canvas.paint(bone + 1.5 + 0.3 * strands, contrast.marrow * 1.1 + 40.0 * strands)


def paint_sternum(canvas: Canvas, habitus: Habitus, contrast: Contrast, strands: Field) -> None:
    low, high = _STERNUM_Z
    if not low < canvas.z < high:
        return
    half = float(np.interp(canvas.z, (-118, -90, 0, 22, 40), (7, 15, 14, 25, 29)))
    middle = float(front_y(canvas.z)) - 7.5
    aside = habitus.asymmetry.sternum_offset_mm
    x0, y0 = spot_from_cage(habitus, aside, middle)
    box = canvas.place((x0 - half - 9.0, x0 + half + 9.0), (y0 - 15.0, y0 + 15.0))
    part, grain = canvas.part(box), strands[box]
    if part.is_empty:
        return
    x, y = into_cage(habitus, part.x, part.y)
    bone = superellipse(x - np.float32(aside), y - np.float32(middle), half, 6.2, 3.2)
    _paint_bone(part, bone + 0.3 * grain, 0.65 * contrast.cortex,
                contrast.marrow * 0.75 + 35.0 * grain, wall_mm=1.4)  # fmt: skip


def paint_shoulders(canvas: Canvas, habitus: Habitus, contrast: Contrast, strands: Field) -> None:
    """Clavicles and the heads of the humeri, as they lie with raised or lowered arms."""
    z = canvas.z
    if z < _CLAVICLE_Z[0]:
        return
    half, _ = outer_half_axes(habitus, 80.0)
    front = float(front_y(38.0))
    joint = (19.0, front - 4.0, 38.0)
    middle = (66.0, front - 2.0, 58.0)
    tip = (0.72 * half, -14.0, 74.0)
    head = (0.83 * half, 14.0, _HEAD_Z)
    for side in (-1.0, 1.0):
        box = _side_box(canvas, side, (0.0, 0.83 * half + 36.0), (front - 32.0, 60.0))
        part, grain = canvas.part(box), strands[box]
        if part.is_empty:
            continue
        x, y = into_cage(habitus, part.x, part.y)
        x = side * x
        bone = np.minimum(capsule(x, y, z, joint, middle, (9.0, 6.0)),
                          capsule(x, y, z, middle, tip, (6.0, 7.0)))  # fmt: skip
        ball = capsule(x, y, z, head, (head[0] + 4.0, head[1], head[2] + 40.0),
                       (_HEAD_MM, 0.8 * _HEAD_MM))  # fmt: skip
        bone = np.minimum(bone, ball) + 0.4 * grain
        _paint_bone(part, bone, 0.95 * contrast.cortex, contrast.marrow + 28.0 * grain, wall_mm=1.8)


def paint_blades(
    canvas: Canvas, outer: Field, habitus: Habitus, contrast: Contrast, strands: Field
) -> None:
    """Shoulder blades and the muscles upon them; ``outer`` is the distance from all muscle."""
    for side, shift_mm in zip((-1.0, 1.0), habitus.asymmetry.blade_shift_mm, strict=True):
        z = canvas.z - shift_mm
        if not _BLADE_Z[0] < z < _BLADE_Z[2] + 5.0:
            continue
        borders = [(float(np.interp(z, _BLADE_Z, xs)), float(np.interp(z, _BLADE_Z, ys)))
                   for xs, ys in _BLADE]  # fmt: skip
        xs, ys = zip(*borders, strict=True)
        box = _side_box(canvas, side, (min(xs) - _BLADE_ROOM_MM, max(xs) + _BLADE_ROOM_MM),
                        (min(ys) - _BLADE_ROOM_MM, max(ys) + _BLADE_ROOM_MM))  # fmt: skip
        part = canvas.part(box)
        if not part.is_empty:
            x, y = into_cage(habitus, part.x, part.y)
            _paint_blade(part, (side * x, y, z), borders, outer[box], contrast, strands[box])


def _paint_blade(
    part: Canvas, place: tuple[Field, Field, float], borders: list[tuple[float, float]],
    outer: Field, contrast: Contrast, strands: Field,
) -> None:  # fmt: skip
    """``place`` is x away from the midline, y and z in the blade's own height."""
    x, y, z = place
    y = y + (x - 100.0) ** 2 * np.float32(_BLADE_BEND)  # it hugs the ribs
    medial, middle, lateral = borders
    near, along_near = segment(x, y, medial, middle)
    far, along_far = segment(x, y, middle, lateral)
    bulk = np.maximum(np.minimum(near, far) - 13.0, outer + 1.0)
    bulk = np.where(part.hu < 20, bulk, np.float32(9.0))
    part.paint(bulk, contrast.muscle + 4.0 * strands)
    thick_near = 1.4 + 1.4 * (1 - along_near) ** 4
    blade = np.minimum(near - thick_near, far - (1.4 + 3.6 * along_far**2))
    if z > 0:
        # Its spine stands off beside it, and meets it high up only.
        gap = float(np.interp(z, (0.0, 35.0, 60.0), (9.0, 3.0, 0.0)))
        ridge, along = segment(x, y, (104.0, 72.0 + 0.6 * gap), (125.0, 70.0 + gap))
        blade = np.minimum(blade, ridge - 1.6 - 1.4 * along)
    _paint_bone(part, blade + 0.4 * strands, 0.9 * contrast.cortex,
                contrast.marrow + 50.0 * strands, wall_mm=1.8 )  # fmt: skip


def _paint_bone(
    part: Canvas, distance: Field, cortex_hu: float, marrow_hu: Field, *, wall_mm: float
) -> None:
    part.paint(distance, cortex_hu)
    part.paint(distance + np.float32(wall_mm), marrow_hu)


def _side_box(
    canvas: Canvas, side: float, x_mm: tuple[float, float], y_mm: tuple[float, float]
) -> Place:
    """The box at these distances from the midline, to the left (``side`` 1) or the right (-1)."""
    low, high = x_mm
    return canvas.place((low, high) if side > 0 else (-high, -low), y_mm)
