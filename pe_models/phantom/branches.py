"""Branching trees that fill the lungs: what a vessel, a trunk and a planned tree are."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from pe_models.phantom.lobes import Lobe
from pe_models.phantom.shapes import Field, Point
from pe_models.phantom.spec import Level
from pe_models.phantom.tubes import Tubes
from pe_models.phantom.warp import Warp

Knot = tuple[float, float, float, float]
"""x, y, z and radius, in mm of the reference chest."""

MURRAY: Final = 2.6
"""n of r_parent^n = r_left^n + r_right^n: 3 by Murray's law (1926), 2.3 by the numbers and widths
of pulmonary arteries from 1.3 to 5.8 mm (Huang et al. 1996)."""

_KNOT_MM: Final = 2.2


@dataclass(frozen=True, slots=True, eq=False)
class Branch:
    """One unbranched vessel: ``points`` (point, 3) and ``radii`` (point,) from parent outward.

    ``parent`` is the place of the parent in the tree, -1 for the root. ``side`` is left, right or
    central; ``lobe`` is None for trunks.
    """

    points: Field
    radii: Field
    level: Level
    side: str
    parent: int
    lobe: Lobe | None = None

    @property
    def length_mm(self) -> float:
        return float(np.linalg.norm(np.diff(self.points, axis=0), axis=1).sum())


Tree = tuple[Branch, ...]
"""Parents stand before their children; the root is first."""


@dataclass(frozen=True, slots=True)
class Trunk:
    """A named vessel by its knots; ``parent`` is a name, "" for the root."""

    name: str
    parent: str
    level: Level
    side: str
    knots: tuple[Knot, ...]


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a lobe: the centre of its terminals, and the trunk that its vessel leaves.

    ``leaves_at`` is where along the trunk, 0 its beginning, 1 its end.
    """

    trunk: str
    leaves_at: float
    lobe: Lobe
    centre: Point


@dataclass(frozen=True, slots=True)
class Plan:
    """The named part of a tree and the calibre (radius, mm) of its terminals."""

    trunks: tuple[Trunk, ...]
    segments: tuple[Segment, ...]
    terminal_radius_mm: float

    def moved(self, warp: Warp) -> "Plan":
        """Every knot where ``warp`` puts it."""
        points = {k[:3] for trunk in self.trunks for k in trunk.knots}
        shifted = {p: warp.moved(np.asarray([p], float))[0] - p for p in points}
        return self._with_knots_shifted(shifted)

    def scaled(self, calibre: float) -> "Plan":
        """Every radius times ``calibre``."""
        trunks = tuple(
            replace(t, knots=tuple((x, y, z, r * calibre) for x, y, z, r in t.knots))
            for t in self.trunks
        )
        return replace(self, trunks=trunks, terminal_radius_mm=self.terminal_radius_mm * calibre)

    def varied(self, rng: np.random.Generator) -> "Plan":
        """Trunks that bend elsewhere; segments that lie and leave their trunks elsewhere.

        Roots stay; a knot that two trunks share moves for both, and where a trunk leaves its
        parent it moves with that.
        """
        knots = {t.name: [k[:3] for k in t.knots] for t in self.trunks}
        by: dict[Point, Field] = {}
        for trunk in self.trunks:
            for point in knots[trunk.name]:
                by.setdefault(point, rng.normal(0, _KNOT_MM, size=3))
            first = knots[trunk.name][0]
            if not trunk.parent:
                by[first] = np.zeros(3)
            elif first not in knots[trunk.parent]:
                one, other = sorted(knots[trunk.parent], key=lambda p: math.dist(p, first))[:2]
                share = math.dist(one, first) / (math.dist(one, first) + math.dist(other, first))
                by[first] = (1 - share) * by[one] + share * by[other]
        bent = self._with_knots_shifted(by)
        segments = tuple(
            replace(s, leaves_at=float(np.clip(s.leaves_at + rng.normal(0, 0.1), 0.1, 1.0)),
                    centre=_shifted(s.centre, rng))
            for s in self.segments
        )  # fmt: skip
        return replace(bent, segments=segments)

    def _with_knots_shifted(self, by: Mapping[Point, Field]) -> "Plan":
        def shifted(knot: Knot) -> Knot:
            x, y, z = (float(v) for v in np.asarray(knot[:3]) + by[knot[:3]])
            return x, y, z, knot[3]

        trunks = tuple(replace(t, knots=tuple(map(shifted, t.knots))) for t in self.trunks)
        return replace(self, trunks=trunks)

    def without(self, lobe: Lobe) -> "Plan":
        """The plan after a lobectomy: no segment of ``lobe``, nor a trunk that fed it alone."""
        kept = tuple(s for s in self.segments if s.lobe is not lobe)
        fed = {s.trunk for s in kept}
        for trunk in reversed(self.trunks):
            if trunk.name in fed:
                fed.add(trunk.parent)
        served = {s.trunk for s in self.segments}
        trunks = tuple(t for t in self.trunks if t.name in fed or t.name not in served)
        return replace(self, trunks=trunks, segments=kept)


def _shifted(centre: Point, rng: np.random.Generator) -> Point:
    x, y, z = np.asarray(centre) + rng.normal(0, 9.0, size=3)
    return float(x), float(y), float(z)


def tubes_of(tree: Tree) -> Tubes:
    """Every piece of the tree; ``owner`` is the place of its branch."""
    points = np.concatenate([b.points for b in tree])
    radii = np.concatenate([b.radii for b in tree])
    owner = np.repeat(np.arange(len(tree), dtype=np.int32), [len(b.points) for b in tree])
    whole = owner[1:] == owner[:-1]
    return Tubes(points[:-1][whole], points[1:][whole], radii[:-1][whole], radii[1:][whole],
                 owner[1:][whole])  # fmt: skip
