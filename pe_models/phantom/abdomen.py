"""What lies under the domes: liver, spleen, stomach, and fat."""

from typing import Final

import numpy as np

from pe_models.phantom.contrast import Contrast
from pe_models.phantom.habitus import Habitus
from pe_models.phantom.shapes import Canvas, Field, ellipsoid
from pe_models.phantom.texture import Texture
from pe_models.phantom.thorax import below_diaphragm

_BREATH_MM: Final = 1.8


def paint(
    canvas: Canvas, inner: Field, habitus: Habitus, contrast: Contrast, fine: Texture
) -> None:
    """Paints the organs below the diaphragm; ``inner`` is the distance from the cavity."""
    below = below_diaphragm(habitus, canvas.x, canvas.y, canvas.z)
    room = np.maximum(below, inner + 1.0)
    if not (room < 1.0).any():
        return
    grain = fine.on(canvas)
    # The diaphragm lies upon the organs; breathing and heart blur it to one soft border.
    blurred = canvas.edge_mm + _BREATH_MM
    canvas.paint(room, contrast.muscle, edge_mm=blurred)
    canvas.paint(room + 3.0 + np.maximum(below + 12.0, 0.0) / 3.0,
                 contrast.fat + 9.0 * grain)  # fmt: skip
    x, y, z = canvas.x, canvas.y, canvas.z
    top = habitus.right_dome_mm
    liver = np.maximum(room + 0.8, (x - 26.0 + 0.35 * (y + 20.0)) * 0.9)
    canvas.paint(liver, contrast.liver + 3.0 * grain, edge_mm=blurred)
    left = habitus.left_dome_mm
    spleen = ellipsoid(x, y, z, (84.0, 40.0, left - 40.0), (44.0, 44.0, 40.0))
    canvas.paint(np.maximum(spleen, room + 1.2), contrast.spleen + 4.0 * grain)
    stomach = ellipsoid(x, y, z, (58.0, -26.0, left - 38.0), (50.0, 52.0, 37.0))
    stomach = np.maximum(stomach, room + 1.2)
    canvas.paint(stomach, contrast.muscle + 10.0)
    content = np.where(y < -34.0 + 0.02 * top, -960.0, 22.0).astype(np.float32)
    canvas.paint(stomach + 3.5, content)
