"""Streaks: beam hardening about dense contrast in the superior vena cava."""

import numpy as np

from pe_models.phantom.shapes import Canvas

_DENSE_HU = 500.0


def paint(canvas: Canvas, cava_hu: float) -> None:
    """Dark and bright rays about the cava that fade outward."""
    excess = cava_hu - _DENSE_HU
    if excess < 0 or not -50 < canvas.z < 40:
        return
    part = canvas.box((-90.0, 40.0), (-85.0, 45.0))
    if part.is_empty:
        return
    dx, dy = part.x + 32.0, part.y + 21.0
    angle = np.arctan2(dy, dx)
    phase = 0.11 * part.z
    rays = np.sin(7 * angle + phase) + 0.7 * np.sin(13 * angle - 1.7 * phase)
    fade = np.exp(-np.hypot(dx, dy) / 26.0)
    np.add(part.hu, 0.09 * excess * rays * fade, out=part.hu, casting="same_kind")
