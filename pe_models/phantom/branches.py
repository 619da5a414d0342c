"""Branching trees that fill the lungs: what a vessel, a trunk and a planned tree are."""

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

MURRAY: Final = 3.0
"""r_parent^n = r_left^n + r_right^n: Murray's law (1926), which vessels of this size follow."""


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
        """Every knot and centre where ``warp`` puts it."""
        trunks = tuple(
            replace(t, knots=tuple(
                (float(x), float(y), float(z), knot[3]) for (x, y, z), knot in zip(
                    warp.moved(np.asarray([k[:3] for k in t.knots])), t.knots, strict=True)
            ))
            for t in self.trunks
        )  # fmt: skip
        return replace(self, trunks=trunks)

    def scaled(self, calibre: float) -> "Plan":
        """Every radius times ``calibre``."""
        trunks = tuple(
            replace(t, knots=tuple((x, y, z, r * calibre) for x, y, z, r in t.knots))
            for t in self.trunks
        )
        return replace(self, trunks=trunks, terminal_radius_mm=self.terminal_radius_mm * calibre)

    def varied(self, rng: np.random.Generator) -> "Plan":
        """Segments that lie elsewhere in their lobes and leave their trunks elsewhere."""
        segments = tuple(
            replace(s, leaves_at=float(np.clip(s.leaves_at + rng.normal(0, 0.1), 0.1, 1.0)),
                    centre=_shifted(s.centre, rng))
            for s in self.segments
        )  # fmt: skip
        return replace(self, segments=segments)

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
