"""Breasts as they lie on a supine chest: flat, spread to the side, never a pair of twins."""

from typing import Final

import numpy as np

from pe_models.phantom.cage import into_cage, spot_from_cage
from pe_models.phantom.contrast import Contrast
from pe_models.phantom.habitus import Habitus
from pe_models.phantom.shapes import Canvas, Field, ellipsoid, smooth_union
from pe_models.phantom.texture import Textures
from pe_models.phantom.thorax import front_y

_X_MM: Final = 86.0
_Z: Final = -46.0
_REACH_Z: Final = 92.0
_BLEND_MM: Final = 42.0
_GLAND_HU: Final = 28.0
_GLAND_MM: Final = (32.0, 34.0)
"""Half width and half height of the gland behind the nipple."""
_GLAND_BOX_MM: Final = 52.0


def joined_to(body: Field, cage: Canvas, habitus: Habitus) -> Field:
    """The distance ``body`` from the skin with the breasts; ``cage`` is in the cage's x and y."""
    if habitus.breast_mm == 0.0 or abs(cage.z - _Z) > _REACH_Z:
        return body
    for side, share in zip((-1.0, 1.0), habitus.asymmetry.breast_share, strict=True):
        size = habitus.breast_mm * share
        breast = ellipsoid(
            cage.x, cage.y, cage.z,
            (side * _X_MM, _front(habitus) + 22.0, _Z), (54.0, 19.0 + 0.62 * size, 62.0),
        )  # fmt: skip
        body = smooth_union(body, breast, _BLEND_MM)
    return body


def paint_glands(
    canvas: Canvas, skin: Field, habitus: Habitus, contrast: Contrast, textures: Textures
) -> None:
    """Strands and lumps of gland in the fat; ``skin`` is the distance from the skin (mm)."""
    if habitus.breast_mm == 0.0 or habitus.gland == 0.0 or abs(canvas.z - _Z) > _GLAND_MM[1]:
        return
    width, height = _GLAND_MM
    for side, share in zip((-1.0, 1.0), habitus.asymmetry.breast_share, strict=True):
        deep = 6.0 + 0.4 * habitus.breast_mm * share
        front = _front(habitus) + 8.0
        x, y = spot_from_cage(habitus, side * _X_MM, front)
        box = canvas.place((x - _GLAND_BOX_MM, x + _GLAND_BOX_MM), (y - 30.0, y + 34.0))
        part = canvas.part(box)
        if part.is_empty:
            continue
        u, v = into_cage(habitus, part.x, part.y)
        gland = ellipsoid(u, v, part.z, (side * _X_MM, front, _Z), (width, deep, height))
        lumps = textures.coarse.on(part)
        masses = (1.1 - 1.3 * habitus.gland - lumps - 0.35 * textures.fine.on(part)) * 3.5
        within = np.maximum(gland + 4.0 * textures.threads.on(part), skin[box] + 4.0)
        part.paint(np.maximum(masses, within), _GLAND_HU + 0.1 * contrast.muscle, edge_mm=2.5)


def _front(habitus: Habitus) -> float:
    """The skin before the breastbone (y, mm)."""
    return float(front_y(-40.0)) - habitus.fat_mm - 6.0
