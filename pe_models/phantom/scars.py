"""Scars of the hila: strands of fibrous tissue that fan out among the vessels."""

from collections.abc import Iterator
from typing import Final

import numpy as np

from pe_models.phantom.branches import Tree
from pe_models.phantom.chance import stream
from pe_models.phantom.shapes import Canvas, Field, Point
from pe_models.phantom.spec import Level
from pe_models.phantom.texture import Textures
from pe_models.phantom.tubes import Tubes, blurred_distance_on, joined, owned, smooth_path, tube

_N_FANS: Final = (1, 4)
_N_STRANDS: Final = (5, 15)
_LENGTH_MM: Final = (10.0, 45.0)
_RADIUS_MM: Final = (0.6, 2.6)
_SPREAD_MM: Final = 5.0
_HU: Final = 40.0
_GRAIN_HU: Final = 18.0
_LEVELS: Final = (Level.LOBAR, Level.SEGMENTAL)


def draw_scars(seed: int, arteries: Tree) -> Tubes:
    """Strands beside hilar arteries; ``owner`` is the place of the fan that a strand is of."""
    rng = stream(seed, "scars")
    near = [b for b in arteries if b.level in _LEVELS]
    chosen = rng.choice(len(near), size=int(rng.integers(*_N_FANS)), replace=False)
    return owned(_fan(near[int(place)].points, rng) for place in chosen)


def paint(canvas: Canvas, strands: Tubes, lung: Field, textures: Textures) -> None:
    """Before the vessels that run among them; ``lung`` is the distance from the lungs."""
    if strands.near(canvas, canvas.edge_mm).any():
        distance = np.maximum(blurred_distance_on(canvas, strands), lung)
        canvas.paint(distance, _HU + _GRAIN_HU * textures.coarse.on(canvas))


def middles(strands: Tubes) -> Iterator[Point]:
    """The middle of each fan, in mm of the reference chest."""
    for fan in np.unique(strands.owner):
        x, y, z = strands.start[strands.owner == fan].mean(axis=0)
        yield float(x), float(y), float(z)


def _fan(points: Field, rng: np.random.Generator) -> Tubes:
    """Strands that leave a vessel's course about its own direction."""
    along = points[-1] - points[0]
    along = along / max(float(np.linalg.norm(along)), 1e-6)
    parts = []
    for _ in range(int(rng.integers(*_N_STRANDS))):
        way = along + 0.6 * rng.normal(size=3)
        way *= rng.uniform(*_LENGTH_MM) / max(float(np.linalg.norm(way)), 1e-6)
        root = points[int(rng.integers(len(points)))] + rng.normal(0, _SPREAD_MM, size=3)
        knots = root + np.linspace(0.0, 1.0, 5)[:, None] * way
        knots[1:-1] += rng.normal(0, 1.6, size=(3, 3))
        course, _ = smooth_path(knots, 1.0)
        width = rng.uniform(*_RADIUS_MM)
        parts.append(tube(course, width * np.linspace(1.0, 0.4, len(course))))
    return joined(parts)
