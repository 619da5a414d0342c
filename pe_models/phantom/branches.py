"""Branching trees that fill the lungs: what a vessel, a trunk and a planned tree are."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from pe_models.phantom.lobes import Lobe
from pe_models.phantom.shapes import Field
from pe_models.phantom.spec import Level
from pe_models.phantom.tubes import Tubes

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
    centre: tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Plan:
    """The named part of a tree and the calibre (radius, mm) of its terminals."""

    trunks: tuple[Trunk, ...]
    segments: tuple[Segment, ...]
    terminal_radius_mm: float

    def scaled(self, calibre: float) -> "Plan":
        """Every radius times ``calibre``."""
        trunks = tuple(
            replace(t, knots=tuple((x, y, z, r * calibre) for x, y, z, r in t.knots))
            for t in self.trunks
        )
        return replace(self, trunks=trunks, terminal_radius_mm=self.terminal_radius_mm * calibre)

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


def tubes_of(tree: Tree) -> Tubes:
    """Every piece of the tree; ``owner`` is the place of its branch."""
    points = np.concatenate([b.points for b in tree])
    radii = np.concatenate([b.radii for b in tree])
    owner = np.repeat(np.arange(len(tree), dtype=np.int32), [len(b.points) for b in tree])
    whole = owner[1:] == owner[:-1]
    return Tubes(points[:-1][whole], points[1:][whole], radii[:-1][whole], radii[1:][whole],
                 owner[1:][whole])  # fmt: skip
