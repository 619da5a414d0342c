"""Nodules and masses of the lung, most of them beside opacified vessels.

A grey body between two bright vessels looks like a clot with contrast on both sides (the polo
mint), which is why they are set where vessels run.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np

from pe_models.phantom.chance import stream
from pe_models.phantom.lumps import Lump
from pe_models.phantom.shapes import Field
from pe_models.phantom.tubes import Tubes, joined, tube
from pe_models.phantom.vessel_gaps import VesselGaps

_COUNT: Final = (2, 9)
_SITE_SHARE: Final = (0.5, 0.25, 0.25)
"""How many lie between two vessels, against one, and anywhere else."""
_PAIR_MM: Final = (7.0, 34.0)
_SMALL_SHARE: Final = 0.3
_SMALL_MM: Final = (1.5, 4.0)
_LARGE_MM: Final = (4.0, 5.5, 17.5)
"""Radii: of small ones evenly, of the others least, most frequent and greatest."""
_SUNK: Final = (-0.3, 0.7)
"""How deep a vessel lies in the nodule that it borders, as a share of its own radius."""
_HU: Final = (-10.0, 75.0)
_CAVITATED_SHARE: Final = 0.2
_SPICULATED_SHARE: Final = 0.4
_TAILED_SHARE: Final = 0.25


def draw_nodules(seed: int, gaps: VesselGaps) -> tuple[Lump, ...]:
    """Nodules at ``gaps``, the places between and beside the vessels of the lungs."""
    rng = stream(seed, "nodules")
    sites = rng.choice(len(_SITE_SHARE), size=int(rng.integers(*_COUNT)), p=_SITE_SHARE)
    drawn = [_SITES[int(site)](gaps, rng) for site in sites]
    return tuple(_shaped(*site, rng) for site in drawn)


_Site = tuple[Field, Field, float]
"""Centre (3,), the unit vector (3,) toward the vessel that it borders, and radius in mm."""


def _between(gaps: VesselGaps, rng: np.random.Generator) -> _Site:
    """Between two vessels, as wide as the gap between them."""
    gap = gaps.pair(rng, *_PAIR_MM)
    radius = 0.5 * gap.length_mm - gap.radius_mm * rng.uniform(*_SUNK)
    return gap.middle, gap.along, float(np.clip(radius, _SMALL_MM[0], _LARGE_MM[2]))


def _against(gaps: VesselGaps, rng: np.random.Generator) -> _Site:
    """Against one vessel."""
    radius = _radius(rng)
    point, along, vessel_mm = gaps.beside(rng, radius)
    centre = point - (radius + vessel_mm * rng.uniform(*_SUNK)) * along
    return centre, along, radius


def _anywhere(gaps: VesselGaps, rng: np.random.Generator) -> _Site:
    """Near a small vessel, over it or clear of it."""
    radius = _radius(rng)
    point, along, _ = gaps.beside(rng, radius)
    return point - rng.uniform(0.0, 2.0) * radius * along, along, radius


_SITES: Final = (_between, _against, _anywhere)
"""In the order of ``_SITE_SHARE``."""


def _radius(rng: np.random.Generator) -> float:
    is_small = rng.random() < _SMALL_SHARE
    return float(rng.uniform(*_SMALL_MM) if is_small else rng.triangular(*_LARGE_MM))


def _shaped(centre: Field, along: Field, radius: float, rng: np.random.Generator) -> Lump:
    """Round, lobulated or spiculated; its lobes leave the bordering vessel free."""
    x, y, z = (float(v) for v in centre)
    strands = list(_strands(centre, radius, rng))
    return Lump(
        centre=(x, y, z),
        lobes=_lobes(centre, along, radius, rng),
        hu=float(rng.uniform(*_HU)),
        rough_mm=float(rng.uniform(0.02, 0.12)) * radius,
        edge_mm=float(rng.uniform(0.4, 2.0)),
        cavities=_cavities(centre, radius, rng),
        strands=joined(strands) if strands else None,
    )


def _lobes(centre: Field, along: Field, radius: float, rng: np.random.Generator) -> Field:
    """The main sphere and smaller ones that bulge out of it, mostly across ``along``."""
    n_more = int(rng.integers(1, 8))
    way = rng.normal(size=(n_more, 3))
    way -= 0.85 * (way @ along)[:, None] * along
    way /= np.maximum(np.linalg.norm(way, axis=1, keepdims=True), 1e-6)
    radii = radius * rng.uniform(0.3, 0.75, size=(n_more, 1))
    offset = (radius * rng.uniform(0.7, 1.15, size=(n_more, 1)) - 0.6 * radii) * way
    return np.vstack([[*centre, radius], np.hstack([centre + offset, radii])])


def _cavities(centre: Field, radius: float, rng: np.random.Generator) -> Field:
    if radius < _SMALL_MM[1] or rng.random() > _CAVITATED_SHARE:
        return np.zeros((0, 4))
    n = int(rng.integers(1, 5))
    offset = 0.3 * radius * rng.normal(size=(n, 3)).clip(-2.0, 2.0)
    return np.hstack([centre + offset, rng.uniform(0.5, 2.0, size=(n, 1))])


def _strands(centre: Field, radius: float, rng: np.random.Generator) -> Iterator[Tubes]:
    """Spicules, and the tail that leads to the pleura."""
    if rng.random() < _SPICULATED_SHARE:
        for _ in range(int(rng.integers(5, 16))):
            yield _strand(centre, rng.normal(size=3), radius, radius * rng.uniform(0.25, 1.1), rng)
    if rng.random() < _TAILED_SHARE:
        outward = np.array([np.sign(centre[0]), rng.normal(0, 0.8), rng.normal(0, 0.3)])
        yield _strand(centre, outward, radius, rng.uniform(8.0, 26.0), rng)


def _strand(
    centre: Field, way: Field, radius: float, length_mm: float, rng: np.random.Generator
) -> Tubes:
    """A thread of tissue from the surface outward along ``way``, thinning as it goes."""
    unit = way / max(float(np.linalg.norm(way)), 1e-6)
    reach = np.linspace(0.75 * radius, radius + length_mm, 4)[:, None]
    points = centre + reach * unit + rng.normal(0, 0.5, size=(4, 3))
    return tube(points, np.linspace(rng.uniform(0.6, 1.4), rng.uniform(0.2, 0.5), 4))
