"""Cisterns and fissures: where fluid lies between the parts of the brain."""

from typing import Final

import numpy as np

from pe_models.phantom.head.pose import Plane
from pe_models.phantom.head.solids import solid, within_all, within_any
from pe_models.phantom.shapes import Field, capsule, segment

_STEM: Final = ((0.0, 16.0, -10.0), (0.0, 24.0, -80.0), (15.0, 9.0))
"""Midbrain, pons and cord as one tube."""
_SUPRASELLAR: Final = ((0.0, -5.0, -25.0), (13.0, 11.0, 7.0))
_QUADRIGEMINAL: Final = ((0.0, 36.0, -9.0), (9.0, 4.0, 8.0))
_MAGNA: Final = ((0.0, 58.0, -60.0), (12.0, 8.0, 7.0))
_FISSURE: Final = ((66.0, -20.0), (41.0, -9.0))
_INSULA: Final = ((41.0, -17.0), (36.0, 14.0))
"""The Sylvian fissure (x, y) from the surface to the insula, and along it, on the left."""
_SYLVIAN_Z: Final = (-3.0, 16.0)
_CALLOSUM: Final = ((2.0, 12.0), (42.0, 21.0))
"""Centre and half axes (y, z) of what joins the hemispheres: no fissure passes it."""
_AROUND_STEM_MM: Final = (-0.9, 2.4)
"""Fluid at the sides of the brain stem, where brain touches it, and before and behind it."""
_TENTORIUM_MM: Final = 1.3


def stem(plane: Plane) -> Field:
    """Distance to the brain stem."""
    return capsule(plane.x, plane.y, plane.z, *_STEM)


def above_tentorium(plane: Plane) -> Field:
    """How far (mm, vertically) a point lies above the tentorium, whose ridge is in the midline."""
    ridge = -3.0 - 0.24 * np.maximum(plane.y - 40.0, 0.0) - 0.35 * np.maximum(40.0 - plane.y, 0.0)
    height: Field = plane.z - (ridge - 0.0085 * plane.x * plane.x)
    return height


def callosum(plane: Plane) -> Field:
    (y, z), (half_y, half_z) = _CALLOSUM
    norm = np.hypot((plane.y - y) / half_y, (plane.z - z) / half_z)
    distance: Field = (norm - 1.0) * half_z
    return distance


def fluid(plane: Plane, width_mm: float) -> Field:
    """Distance to the nearest cistern or fissure, negative inside.

    ``width_mm`` is half that of the fissures; cisterns grow with it.
    """
    between = np.abs(plane.x) - np.float32(width_mm)
    between = within_all(between, -callosum(plane), -above_tentorium(plane))
    return within_any(_sylvian(plane, width_mm), _basal(plane, width_mm), between)


def _sylvian(plane: Plane, width_mm: float) -> Field:
    x = np.abs(plane.x)
    outer, _ = segment(x, plane.y, *_FISSURE)
    inner, _ = segment(x, plane.y, *_INSULA)
    middle, half = _SYLVIAN_Z
    lines = within_any(outer, inner) - 1.5 * np.float32(width_mm)
    return within_all(lines, np.abs(plane.z - middle) - half)


def _basal(plane: Plane, width_mm: float) -> Field:
    wide = np.float32(2.0 * (width_mm - 0.8))
    about = stem(plane)
    beside, before = _AROUND_STEM_MM
    from_side = np.clip(np.abs(plane.y - 18.0) / 10.0, 0.0, 1.0)
    around = within_all(about - beside - (before - beside) * from_side, plane.z + 4.0)
    tentorial = within_all(np.abs(above_tentorium(plane)) - _TENTORIUM_MM, 8.0 - plane.y)
    cisterns = [solid(plane, *part) - wide for part in (_SUPRASELLAR, _QUADRIGEMINAL, _MAGNA)]
    return within_all(within_any(*cisterns, around - wide, tentorial), -about)
