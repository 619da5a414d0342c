"""Crotches: the fat or node in the angle of two vessels, or between a vessel and its bronchus.

Bounded by blood on both sides, such a triangle looks like a clot at a fork.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Self

import numpy as np

from pe_models.phantom.branches import Branch, Tree
from pe_models.phantom.chance import stream
from pe_models.phantom.shapes import Canvas, Field
from pe_models.phantom.spec import Level
from pe_models.phantom.tubes import Tubes, distance_on, owned, tube

_LEVELS: Final = (Level.LOBAR, Level.SEGMENTAL)
_FORK_SHARE: Final = 0.6
_FORK_WIDTH_MM: Final = (1.5, 8.0)
_FORK_REACH_MM: Final = 16.0
_STEP_MM: Final = 1.5
_N_BESIDE: Final = (10, 26)
_GAP_MM: Final = (0.8, 6.5)
_SUNK: Final = (0.4, 1.1)
"""How deep tissue reaches into the vessels, which are painted over it: a share of the thinner."""
_HALF_LENGTH_MM: Final = (1.0, 5.0)
_TISSUE_HU: Final = (14.0, 150.0)
_FAT_HU: Final = (-105.0, -10.0)
_FAT_SHARE: Final = 0.25


@dataclass(frozen=True, slots=True, eq=False)
class Crotch:
    """The tissue of one angle and its HU."""

    body: Tubes
    hu: float


@dataclass(frozen=True, slots=True, eq=False)
class Crotches:
    """Those of one chest; the ``owner`` of ``bodies`` is the place of the crotch."""

    each: tuple[Crotch, ...]
    bodies: Tubes

    @classmethod
    def draw(cls, seed: int, arteries: Tree, veins: Tubes, bronchi: Tubes) -> Self:
        """At forks of ``arteries``, and between them and the nearest of the other tubes."""
        rng = stream(seed, "crotches")
        hilar = [b for b in arteries if b.level in _LEVELS and b.parent >= 0]
        forks = [b for b in hilar if rng.random() < _FORK_SHARE]
        bodies = [_in_fork(b, arteries[b.parent], rng) for b in forks]
        for others in (veins, bronchi):
            bodies.extend(_beside(hilar, others, rng))
        found = tuple(Crotch(body, _hu(rng)) for body in bodies if body is not None)
        return cls(found, owned(crotch.body for crotch in found))

    def paint(self, canvas: Canvas) -> None:
        """Before the vessels and bronchi, which bound them."""
        reach = canvas.edge_mm
        for place in np.unique(self.bodies.owner[self.bodies.near(canvas, reach)]):
            crotch = self.each[int(place)]
            part = canvas.part(crotch.body.place_on(canvas, reach))
            part.paint(distance_on(part, crotch.body, margin_mm=reach), crotch.hu)


def _hu(rng: np.random.Generator) -> float:
    return float(rng.uniform(*(_FAT_HU if rng.random() < _FAT_SHARE else _TISSUE_HU)))


def _in_fork(branch: Branch, parent: Branch, rng: np.random.Generator) -> Tubes | None:
    """What fills the angle between ``branch`` and the vessel that it leaves; None without one."""
    nearest = int(np.argmin(np.linalg.norm(parent.points - branch.points[0], axis=1)))
    if nearest > len(parent.points) - 2:
        return None
    along = np.arange(_STEP_MM, _FORK_REACH_MM, _STEP_MM)
    one, one_mm = _walked(branch.points, branch.radii, along)
    other, other_mm = _walked(parent.points[nearest:], parent.radii[nearest:], along)
    apart = np.linalg.norm(one - other, axis=1)
    gap = apart - one_mm - other_mm
    within = (gap > -0.5 * one_mm) & (gap < rng.uniform(*_FORK_WIDTH_MM))
    if within.sum() < 2 or gap[within][-1] < _FORK_WIDTH_MM[0]:
        return None
    toward = (other - one) / np.maximum(apart, 1e-6)[:, None]
    middle = one + (one_mm + 0.5 * gap)[:, None] * toward
    return tube(middle[within], (0.5 * gap + rng.uniform(*_SUNK) * one_mm)[within])


def _beside(
    arteries: list[Branch], others: Tubes, rng: np.random.Generator
) -> Iterator[Tubes | None]:
    """What lies between some artery and the nearest of ``others``; None where nothing does."""
    for _ in range(int(rng.integers(*_N_BESIDE))):
        artery = arteries[int(rng.integers(len(arteries)))]
        at = int(rng.integers(1, max(2, len(artery.points) * 2 // 3)))
        here, radius = artery.points[at].astype(np.float64), float(artery.radii[at])
        away = np.linalg.norm(others.start - here, axis=1) - others.start_radius - radius
        nearest = int(np.argmin(np.where(away > _GAP_MM[0], away, np.inf)))
        gap = float(away[nearest])
        way = others.start[nearest] - here
        toward = way / max(float(np.linalg.norm(way)), 1e-6)
        thinner = min(radius, float(others.start_radius[nearest]))
        middle = here + (radius + 0.5 * gap) * toward
        course = artery.points[at] - artery.points[at - 1]
        half = rng.uniform(*_HALF_LENGTH_MM) * course / max(float(np.linalg.norm(course)), 1e-6)
        width = 0.5 * gap + rng.uniform(*_SUNK) * thinner
        yield tube([middle - half, middle + half], width) if gap < _GAP_MM[1] else None


def _walked(points: Field, radii: Field, along: Field) -> tuple[Field, Field]:
    """Points (place, 3) and radii (place,) after so many mm of the course; its end beyond it."""
    steps = np.linalg.norm(np.diff(points, axis=0), axis=1)
    way = np.concatenate([[0.0], np.cumsum(steps)])
    walked = np.column_stack([np.interp(along, way, points[:, axis]) for axis in range(3)])
    return walked, np.interp(along, way, radii)
