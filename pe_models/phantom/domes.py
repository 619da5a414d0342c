"""Bumps of the diaphragm: in the slices just above it they are islands of soft tissue in lung."""

from typing import Final

import numpy as np

from pe_models.phantom.chance import stream
from pe_models.phantom.contrast import Contrast
from pe_models.phantom.habitus import Habitus
from pe_models.phantom.lumps import Lump
from pe_models.phantom.shapes import Field, Point
from pe_models.phantom.thorax import cavity, diaphragm_z

_COUNT: Final = (0, 5)
_X_MM: Final = (35.0, 115.0)
_Y_MM: Final = (-55.0, 65.0)
_RADIUS_MM: Final = (4.0, 6.0, 14.0)
"""Least, most frequent and greatest."""
_PROUD: Final = (0.0, 0.6)
"""How high the middle of a bump stands above the diaphragm, as a share of its radius."""
_ATTEMPTS: Final = 20


def draw_bumps(seed: int, habitus: Habitus, contrast: Contrast) -> tuple[Lump, ...]:
    """Liver under the right dome, muscle and whatever lies below it under the left."""
    rng = stream(seed, "domes")
    drawn = (_bump(habitus, contrast, rng) for _ in range(int(rng.integers(*_COUNT))))
    return tuple(bump for bump in drawn if bump is not None)


def _bump(habitus: Habitus, contrast: Contrast, rng: np.random.Generator) -> Lump | None:
    """One bump; None where chance finds no place within the rib cage."""
    radius = float(rng.triangular(*_RADIUS_MM))
    for _ in range(_ATTEMPTS):
        x = rng.uniform(*_X_MM) * rng.choice([-1.0, 1.0])
        y = rng.uniform(*_Y_MM)
        across, behind = np.full(1, x, np.float32), np.full(1, y, np.float32)
        z = float(diaphragm_z(habitus, across, behind)[0]) + radius * rng.uniform(*_PROUD)
        if cavity(habitus, across, behind, z)[0] < 0.0:  # some fill the recess beside the ribs
            break
    else:
        return None
    return Lump(
        centre=(float(x), float(y), z),
        lobes=_lobes(habitus, (float(x), float(y), z), radius, rng),
        hu=contrast.liver if x < 0 else float(rng.uniform(20.0, 90.0)),
        rough_mm=float(rng.uniform(0.01, 0.05)) * radius,
        edge_mm=float(rng.uniform(1.0, 3.5)),  # breathing blurs it
        cavities=np.zeros((0, 4)),
    )


def _lobes(habitus: Habitus, top: Point, radius: float, rng: np.random.Generator) -> Field:
    """A summit and what leads up to it from all sides, at the height of the dome (sphere, 4)."""
    n = int(rng.integers(3, 7))
    angle = rng.uniform(0.0, 2.0 * np.pi, size=n)
    apart = radius * rng.uniform(0.5, 1.3, size=n)
    x, y = top[0] + apart * np.cos(angle), top[1] + apart * np.sin(angle)
    z = np.minimum(diaphragm_z(habitus, x, y), top[2] - 0.3 * apart)
    sides = np.column_stack([x, y, z, radius * rng.uniform(0.5, 0.9, size=n)])
    return np.vstack([[*top, radius], sides])
