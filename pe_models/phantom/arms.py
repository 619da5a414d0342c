"""Arms that lie beside the chest, where a patient could not raise them."""

from typing import Final

import numpy as np

from pe_models.phantom.contrast import Contrast
from pe_models.phantom.habitus import Habitus
from pe_models.phantom.shapes import Canvas, Field, ellipse
from pe_models.phantom.streaks import Spot, add_band
from pe_models.phantom.thorax import outer_half_axes

_RADIUS_MM: Final = 40.0
_BONE_MM: Final = 11.5
_CORTEX_MM: Final = 3.5
_DEPTH_Y: Final = 26.0
_BAND_HU: Final = -14.0
_BAND_MM: Final = 24.0


def paint(canvas: Canvas, habitus: Habitus, contrast: Contrast, strands: Field) -> None:
    """Both upper arms: skin, fat, muscle, and the humerus within."""
    for x, y in _middles(habitus, canvas.z):
        reach = _RADIUS_MM + habitus.fat_mm
        box = canvas.place((x - reach, x + reach), (y - reach, y + reach))
        part = canvas.part(box)
        if part.is_empty:
            continue
        grain = strands[box]
        limb = ellipse(part.x, part.y, (x, y), (_RADIUS_MM, 1.08 * _RADIUS_MM))
        fat = 0.35 * habitus.fat_mm
        part.paint(limb - fat, 15.0)
        part.paint(limb - fat + 1.6, contrast.fat + 5.0 * grain)
        part.paint(limb + 2.0 + 1.5 * grain, contrast.muscle + 4.0 * grain)
        shaft = np.hypot(part.x - np.float32(x), part.y - np.float32(y)) - _BONE_MM
        part.paint(shaft, 1.8 * contrast.cortex)
        part.paint(shaft + _CORTEX_MM, contrast.fat + 60.0)


def add_shadow(canvas: Canvas, habitus: Habitus) -> None:
    """The dark band that both arms throw across the chest between them."""
    right, left = _middles(habitus, canvas.z)
    add_band(canvas, right, left, hu=_BAND_HU, width_mm=_BAND_MM)


def _middles(habitus: Habitus, z: float) -> tuple[Spot, Spot]:
    """Where the right and the left humerus lie (x, y): lower down they come forward."""
    half, _ = outer_half_axes(habitus, -60.0)
    x = half + habitus.fat_mm + _RADIUS_MM - float(np.interp(z, (20.0, 90.0), (0.0, 14.0)))
    y = _DEPTH_Y - float(np.interp(z, (-150.0, 40.0), (16.0, 0.0)))
    return (-x, y), (x, y)
