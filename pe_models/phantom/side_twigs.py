"""Side twigs: small vessels that leave wide ones at any place along them, nearly at right angles.

The supernumerary arteries of Elliott and Reid (Clinical Radiology 1965): more numerous than the
forks, they feed the lung close to the stems, which a tree of forks alone leaves bare.
"""

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pe_models.phantom.branches import Branch, Tree
from pe_models.phantom.shapes import Field
from pe_models.phantom.spec import Level

_LEAST_STEM_MM: Final = 0.9
_APART_MM: Final = 6.0
"""How far apart they leave a stem, on the average."""
_RADIUS_MM: Final = (0.32, 0.72)
_MOST_OF_STEM: Final = 0.5
_LENGTH_MM: Final = (6.0, 20.0)
_LEAN: Final = 0.45
"""How much they lean the way that the stem runs; 0 is a right angle."""
_BEND: Final = 0.16
_FORK: Final = 0.55
"""How far the two ends of a twig part, as a share of their length."""
_ENDS_MM: Final = (3.0, 9.0)
_N_POINTS: Final = 5
_ALONG: Final = np.linspace(0.0, 1.0, _N_POINTS)[:, None]
_BULGE: Final = _ALONG * (1.0 - _ALONG)


def with_side_twigs(
    tree: Tree, rng: np.random.Generator, *, is_free: Callable[[Field, Field], NDArray[np.bool_]]
) -> Tree:
    """``tree`` with twigs beside its stems, each forked once.

    ``is_free`` tells of points (point, 3) in lobes (point,) whether a twig may end there.
    """
    stems = [i for i, b in enumerate(tree) if b.lobe is not None and b.radii[-1] > _LEAST_STEM_MM]
    counts = rng.poisson([tree[i].length_mm / _APART_MM for i in stems])
    twigs = [_twig(tree, place, rng) for place, n in zip(stems, counts, strict=True)
             for _ in range(n)]  # fmt: skip
    if not twigs:
        return tree
    ends = np.stack([twig.points[-1] for twig in twigs])
    lobes = np.asarray([int(twig.lobe) for twig in twigs if twig.lobe is not None])
    grown = [twig for twig, free in zip(twigs, is_free(ends, lobes), strict=True) if free]
    forked = [end for n, twig in enumerate(grown) for end in _ends(twig, len(tree) + n, rng)]
    return (*tree, *grown, *forked)


def _twig(tree: Tree, place: int, rng: np.random.Generator) -> Branch:
    """One twig off the stem at ``place`` of ``tree``."""
    stem = tree[place]
    at = int(rng.integers(1, len(stem.points)))
    along = _unit(stem.points[at] - stem.points[at - 1])
    across = _unit(_cross(along, rng.normal(size=3)))
    way = _unit(across + _LEAN * rng.uniform(-0.4, 1.0) * along) * rng.uniform(*_LENGTH_MM)
    radius = min(rng.uniform(*_RADIUS_MM), _MOST_OF_STEM * float(stem.radii[at]))
    return _branch(stem, stem.points[at], way, radius, place, rng)


def _ends(twig: Branch, place: int, rng: np.random.Generator) -> list[Branch]:
    """The two ends of a twig, which stands at ``place`` of the tree."""
    along = _unit(twig.points[-1] - twig.points[-2])
    across = _unit(_cross(along, rng.normal(size=3)))
    return [
        _branch(twig, twig.points[-1], _unit(along + side * _FORK * across)
                * rng.uniform(*_ENDS_MM), 0.95 * float(twig.radii[-1]), place, rng)
        for side in (-1.0, 1.0)
    ]  # fmt: skip


def _branch(
    parent: Branch, start: Field, way: Field, radius: float, place: int, rng: np.random.Generator
) -> Branch:
    """A slightly bent vessel from ``start`` along ``way``, tapering by a third."""
    bend = _BEND * np.linalg.norm(way) * rng.normal(size=3)
    points = start + _ALONG * way + _BULGE * bend
    radii = np.linspace(radius, 0.68 * radius, _N_POINTS)
    return Branch(points.astype(np.float32), radii.astype(np.float32), Level.PERIPHERAL,
                  parent.side, place, parent.lobe)  # fmt: skip


def _cross(a: Field, b: Field) -> Field:
    """The vector product of two vectors (3,): a twentieth of what np.cross takes for so little."""
    (ax, ay, az), (bx, by, bz) = a.tolist(), b.tolist()
    return np.array([ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx])


def _unit(vector: Field) -> Field:
    unit: Field = vector / max(float(np.linalg.norm(vector)), 1e-6)
    return unit
