"""Ventricles: their widths as a reader measures them on axial slices."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from pe_models.phantom.heart import Heart, across_septum
from pe_models.phantom.shapes import Point


@dataclass(frozen=True, slots=True)
class _Ruler:
    """How finely chords are measured: steps (mm) along a chord, between chords, between slices."""

    across_mm: float
    along_mm: float
    up_mm: float


_FINE: Final = _Ruler(0.25, 2.5, 3.0)
_ROUGH: Final = _Ruler(0.5, 5.0, 6.0)
"""Good enough for a first try."""
_RULERS: Final = (_ROUGH, _FINE)
"""How the tries for a ratio are measured, one after the other."""


@dataclass(frozen=True, slots=True)
class VentricleWidths:
    """Greatest inner width of each ventricle in an axial plane across the septum, in mm."""

    rv_mm: float
    lv_mm: float

    @property
    def rv_lv_ratio(self) -> float:
        return self.rv_mm / self.lv_mm


def measure_ventricles(heart: Heart, scale: Point) -> VentricleWidths:
    """Measures the model as a reader does: chords across the septum, on all axial planes.

    The chords are perpendicular to the septum within the plane; each ventricle's widest chord
    counts, on possibly different planes. The heart beats meanwhile, as in a scan without ECG.
    """
    return _measured(heart, scale, _FINE)


def heart_with_ratio(seed: int, rv_lv_ratio: float) -> Heart:
    """The heart of ``seed`` whose ventricles measure about ``rv_lv_ratio``."""
    asked = rv_lv_ratio
    for ruler in _RULERS:
        heart = Heart.draw(seed, rv_lv_ratio=asked)
        asked *= rv_lv_ratio / _measured(heart, (1.0, 1.0, 1.0), ruler).rv_lv_ratio
    return Heart.draw(seed, rv_lv_ratio=asked)


def _measured(heart: Heart, scale: Point, ruler: _Ruler) -> VentricleWidths:
    (x0, y0, _), across = across_septum()
    normal = np.array(across[:2])
    normal /= np.linalg.norm(normal)
    septum = np.array([-normal[1], normal[0]])
    chord = np.arange(-40.0, 110.0, ruler.across_mm)[None, :]
    beside = np.arange(-50.0, 50.0, ruler.along_mm)[:, None]
    x = x0 + chord * normal[0] + beside * septum[0]
    y = y0 + chord * normal[1] + beside * septum[1]
    rv = lv = 0.0
    for z in np.arange(-122.0, -54.0, ruler.up_mm):
        fields = heart.fields(x.astype(np.float32), y.astype(np.float32), float(z))
        rv = max(rv, float((fields.right_ventricle < 0).sum(axis=1).max()) * ruler.across_mm)
        lv = max(lv, float((fields.left_ventricle < 0).sum(axis=1).max()) * ruler.across_mm)
    stretch = float(np.hypot(normal[0] * scale[0], normal[1] * scale[1]))
    return VentricleWidths(rv * stretch, lv * stretch)
