"""Bullae: spaces without tissue under the pleura, in emphysema; walls as thin as a hair."""

from typing import Final

import numpy as np

from pe_models.phantom.chance import stream
from pe_models.phantom.habitus import Habitus
from pe_models.phantom.lumps import Lump
from pe_models.phantom.shapes import Field
from pe_models.phantom.thorax import cavity

_COUNT: Final = (0, 26)
_RADIUS_MM: Final = (2.5, 5.0, 21.0)
"""Least, most frequent and greatest."""
_WALL_MM: Final = (0.15, 0.45)
_WALL_HU: Final = -60.0
_ROUGH: Final = (0.02, 0.07)
"""How far bullae are from round, as a share of their radius."""
_APICAL_SHARE: Final = 0.65
_APICAL_Z, _OTHER_Z = (35.0, 88.0), (-90.0, 60.0)
_SUNK: Final = (-0.25, 0.75)
"""How deep the middle of a bulla lies below the pleura, in radii."""
_LINED_UP: Final = 0.6
"""How often the next bulla lies against the last: paraseptal ones stand in rows."""
_HALF_WIDTH_MM: Final = 150.0
_SEARCH: Final = 24
_SEAM_MM: Final = -0.4
"""They end within the pleura, which is their outer wall."""


def draw_bullae(seed: int, habitus: Habitus) -> tuple[Lump, ...]:
    """Bullae along the ribs, most of them at the apices; they close small vessels away."""
    rng = stream(seed, "bullae")
    found: list[Lump] = []
    for _ in range(int(rng.integers(*_COUNT))):
        radius = float(rng.triangular(*_RADIUS_MM))
        if found and rng.random() < _LINED_UP:
            place = _beside(found[-1], radius, rng)
        else:
            place = _anywhere(rng)
        middle = _under_pleura(place, radius, habitus, rng)
        if all(_is_apart(middle, radius, other) for other in found):
            found.append(_bulla(middle, radius, rng))
    return tuple(found)


def _anywhere(rng: np.random.Generator) -> Field:
    """A point (3,) within the chest, from which the pleura is sought."""
    z = rng.uniform(*(_APICAL_Z if rng.random() < _APICAL_SHARE else _OTHER_Z))
    return np.array([rng.choice((-1.0, 1.0)) * rng.uniform(34, 50), rng.uniform(-25, 40), z])


def _beside(last: Lump, radius: float, rng: np.random.Generator) -> Field:
    way = rng.normal(size=3)
    way *= (0.8 * float(last.lobes[0, 3]) + 0.8 * radius) / np.linalg.norm(way)
    beside: Field = np.asarray(last.centre) + way
    return beside


def _under_pleura(place: Field, radius: float, habitus: Habitus, rng: np.random.Generator) -> Field:
    """The middle (3,) of a bulla that bulges from the nearest pleura outward of ``place``."""
    outward = np.array([np.sign(place[0]), rng.normal(0, 0.8), rng.normal(0.15, 0.25)])
    outward /= np.linalg.norm(outward)
    reach = np.linspace(0.0, _HALF_WIDTH_MM, 8 * _SEARCH)
    x, y, z = (place[:, None] + outward[:, None] * reach).astype(np.float32)
    deep = np.flatnonzero(cavity(habitus, x, y, z) > 0.0)
    at = reach[deep[0]] if deep.size else 0.0
    middle: Field = place + (at - radius * rng.uniform(*_SUNK)) * outward
    return middle


def _is_apart(middle: Field, radius: float, other: Lump) -> bool:
    """Neither lies within the other; they may share a wall."""
    far = float(np.linalg.norm(middle - np.asarray(other.centre)))
    return far > max(radius, float(other.lobes[0, 3]))


def _bulla(centre: Field, radius: float, rng: np.random.Generator) -> Lump:
    x, y, z = (float(v) for v in centre)
    return Lump(
        centre=(x, y, z),
        lobes=np.array([[x, y, z, radius]]),
        hu=_WALL_HU,
        rough_mm=float(rng.uniform(*_ROUGH)) * radius,
        edge_mm=0.3,
        cavities=np.zeros((0, 4)),
        shell_mm=float(rng.uniform(*_WALL_MM)),
        seam_mm=_SEAM_MM,
    )
