"""The thoracic spine: bodies with their end plates, discs, arches, and the cord."""

from typing import Final

import numpy as np

from pe_models.phantom.cage import RIB_PITCH_MM, into_cage
from pe_models.phantom.contrast import Contrast
from pe_models.phantom.habitus import Habitus
from pe_models.phantom.shapes import Canvas, Field, segment, superellipse
from pe_models.phantom.texture import Texture
from pe_models.phantom.thorax import spine_y

_VERTEBRA_MM: Final = RIB_PITCH_MM
_DISC_MM: Final = 5.0
_DISC_HU: Final = 88.0
_CORD_HU: Final = 38.0
_CANAL_HU: Final = -20.0
_NECK: Final = ((15.0, 5.0), (27.0, 27.0), (42.0, 50.0))
"""Neck of a rib from the body of its vertebra outward: x and y (mm) from the body's centre."""
_NECK_MM: Final = (4.2, 3.4)
"""Half the height and half the breadth of a neck."""
_NECK_FALL_MM: Final = 5.0


def paint(canvas: Canvas, habitus: Habitus, contrast: Contrast, fine: Texture) -> None:
    back = float(spine_y(canvas.z))
    part = canvas.box((-75.0, 75.0), (back - 40.0, back + 85.0))  # it turns by a few mm only
    if part.is_empty:
        return
    grain = fine.on(part)
    x, y = into_cage(habitus, part.x, part.y)
    rise = part.z + habitus.rib_phase_mm + habitus.asymmetry.rib_tilt * x
    x, y = x - np.float32(habitus.spine_offset_mm), y - np.float32(back)
    # A rib's head lies at the height of a disc, between two bodies.
    level = (part.z + habitus.rib_phase_mm + 0.5 * _DISC_MM) % _VERTEBRA_MM
    _paint_necks(part, np.abs(x), y, rise, grain, contrast)
    _paint_arch(part, np.abs(x), y, level, grain, contrast)
    _paint_body(part, x, y, level, grain, contrast)


def _paint_body(
    part: Canvas, x: Field, y: Field, level: float, grain: Field, contrast: Contrast
) -> None:
    """The body or, at a disc's level, the disc; discs bulge, so that both may be in one slice."""
    middle = 0.5 * (_VERTEBRA_MM + _DISC_MM)
    waist = 1.4 * (1.0 - ((level - middle) / (0.5 * (_VERTEBRA_MM - _DISC_MM))) ** 2)
    waist = float(np.clip(waist, -0.6, 1.4))
    body = np.minimum(
        superellipse(x, y, 18.8 - waist, 14.5 - waist, 2.3),
        superellipse(x, y + 2.0, 15.0 - waist, 15.5 - waist, 2.0),
    )
    body = np.maximum(body, 6.0 - np.hypot(x, y - 22.0))
    # End plates are dished: the disc reaches deeper in its middle.
    deep = 1.6 * (1.0 - np.clip((x / 16.0) ** 2 + (y / 12.0) ** 2, 0.0, 1.0))
    above_disc = np.minimum(level - _DISC_MM, _VERTEBRA_MM - level) - deep
    rim = np.clip(1.0 - np.maximum(above_disc, 0.0) / 2.6, 0.0, 1.0)
    part.paint(body + 0.6, _DISC_HU + 6.0 * grain)
    bone = np.maximum(body, -above_disc * 1.2)
    part.paint(bone, contrast.cortex * 0.62)
    part.paint(body + 1.3 + 0.3 * grain + np.maximum(0.6 - above_disc, 0.0) * 4.0,
               contrast.marrow * (1.0 + 0.8 * rim) + 27.0 * grain)  # fmt: skip


def _paint_necks(
    part: Canvas, x: Field, y: Field, rise: Field, grain: Field, contrast: Contrast
) -> None:
    """Necks of the ribs, from the spine to where the ribs begin; ``rise`` as in rib_rise."""
    head, middle, end = _NECK
    inner, along_inner = segment(x, y, head, middle)
    outer, along_outer = segment(x, y, middle, end)
    up = rise + 0.5 * np.float32(_NECK_FALL_MM) * (along_inner + along_outer)
    up -= np.round(up / _VERTEBRA_MM) * np.float32(_VERTEBRA_MM)
    height, breadth = _NECK_MM
    square = (up / height) ** 2 + (np.minimum(inner, outer) / breadth) ** 2
    neck = (np.sqrt(square) - 1.0) * np.float32(breadth)
    part.paint(neck + 0.3 * grain, contrast.cortex * 0.9)
    part.paint(neck + 1.4, contrast.marrow * 1.2 + 50.0 * grain)


def _paint_arch(
    part: Canvas, x: Field, y: Field, level: float, grain: Field, contrast: Contrast
) -> None:
    """Pedicles, laminae, transverse and spinous processes, and the canal with its cord."""
    high = np.float32(np.clip(1.4 - abs(level - 15.0) / 6.0, -1.0, 1.0))
    canal = np.hypot(x / 1.15, y - 24.0) - 8.5
    ring = np.maximum(np.abs(canal - 2.2) - 2.2, 10.0 - y - 8.0 * high)
    lamina = np.maximum(ring, 24.0 - y - 14.0 * max(float(high), 0.0))
    wing, along = segment(x, y, (10.0, 21.0), (31.0, 31.0))
    wings = wing - (1.3 + 2.0 * float(high)) - 1.4 * along**3
    tip, along = segment(x, y, (0.0, 36.0), (0.0, 52.0))
    process = tip - (1.3 + 0.8 * float(high)) - 1.8 * along**4
    arch = np.minimum(np.minimum(lamina, wings), process)
    part.paint(arch + 0.4 * grain, contrast.cortex * 0.9)
    part.paint(arch + 1.6, contrast.marrow * 1.3 + 60.0 * grain)
    part.paint(canal, _CANAL_HU)
    part.paint(np.hypot(x / 1.15, y - 24.0) - 5.6, _CORD_HU)
