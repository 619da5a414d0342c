"""Inflow: the blood of the right heart, where contrast from above meets blood from below.

The inferior cava brings blood without contrast, which lies in the atrium as a dark stream; dense
contrast of the superior cava shoots past it (a known pitfall: Wittram et al., RadioGraphics 2004).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from pe_models.phantom.contrast import UNOPACIFIED_BLOOD_HU, Contrast
from pe_models.phantom.shapes import Canvas, Field, Point, Scalar, capsule

_X_MM, _Y_MM, _Z_MM = (-85.0, 5.0), (-80.0, 20.0), (-130.0, -35.0)
_BORDER_MM: Final = 12.0
_TURBULENCE_MM: Final = (6.0, 5.0)
"""How far mixing moves the border of a stream: by its broad and by its fine eddies."""
_LEAST_LOW: Final = 0.35


@dataclass(frozen=True, slots=True)
class _Stream:
    """From ``start`` to ``end`` in the right atrium, of ``radii`` (mm) there."""

    start: Point
    end: Point
    radii: tuple[float, float]

    def share(self, part: Canvas, uneven: Field) -> Field:
        """Share (rows, cols) of the stream's own blood, its border moved by ``uneven`` mm."""
        distance = capsule(part.x, part.y, part.z, self.start, self.end, self.radii)
        share: Field = np.clip(0.5 - (distance + uneven) * np.float32(1.0 / _BORDER_MM), 0.0, 1.0)
        return share


_FROM_BELOW: Final = _Stream((-34.0, -14.0, -108.0), (-40.0, -30.0, -68.0), (8.0, 13.0))
_FROM_ABOVE: Final = _Stream((-36.0, -22.0, -46.0), (-34.0, -36.0, -82.0), (7.0, 9.0))


def right_blood(part: Canvas, contrast: Contrast, mix: Field, lumps: Field) -> Scalar:
    """HU (rows, cols) of the right heart's blood; the two textures are its eddies."""
    low = np.clip((-72.0 - part.z) / 34.0, 0.0, 1.0) * np.clip((-10.0 - part.x) / 30.0, 0.0, 1.0)
    swirl = np.clip(0.5 + 0.55 * mix + 0.2 * lumps, 0.0, 1.0)
    mixing = np.float32(contrast.mixing)
    thinned = mixing * swirl * (_LEAST_LOW + (1.0 - _LEAST_LOW) * low)
    full = contrast.right_heart - UNOPACIFIED_BLOOD_HU
    blood: Field = np.float32(UNOPACIFIED_BLOOD_HU) + np.float32(full) * (1.0 - thinned)
    place = part.place(_X_MM, _Y_MM)
    near = part.part(place)
    if _Z_MM[0] < part.z < _Z_MM[1] and not near.is_empty:
        broad, fine = _TURBULENCE_MM
        uneven = broad * mix[place] + fine * lumps[place]
        here = blood[place]  # a view
        below, above = _FROM_BELOW.share(near, uneven), _FROM_ABOVE.share(near, -uneven)
        here += (np.float32(contrast.inferior_cava) - here) * (mixing * below)
        here += (np.float32(contrast.superior_cava) - here) * (0.6 * mixing * above)
    return blood
