"""Pulmonary arteries and veins: the named trunks and segments, and their trees in one chest."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pe_models.phantom.branches import Branch, Plan, Segment, Tree, Trunk, tubes_of
from pe_models.phantom.chance import stream
from pe_models.phantom.great import GreatVessels
from pe_models.phantom.growth import grow
from pe_models.phantom.habitus import Habitus
from pe_models.phantom.heart import Heart
from pe_models.phantom.lobes import Fissures, Lobe
from pe_models.phantom.shapes import Field
from pe_models.phantom.side_twigs import with_side_twigs
from pe_models.phantom.spec import Level
from pe_models.phantom.thorax import APEX_Z, BASE_Z, cavity, diaphragm_z, lungs
from pe_models.phantom.tubes import FAR_MM, Tubes, distance_at, joined
from pe_models.phantom.warp import Warp

_C, _L = Level.CENTRAL, Level.LOBAR
_RU, _RM, _RL = Lobe.RIGHT_UPPER, Lobe.RIGHT_MIDDLE, Lobe.RIGHT_LOWER
_LU, _LL = Lobe.LEFT_UPPER, Lobe.LEFT_LOWER

ARTERIES: Final = Plan(
    trunks=(
        Trunk("trunk", "", _C, "central",
              ((16, -47, -46, 14), (16, -42, -36, 14), (12, -28, -25, 13.5))),
        Trunk("right main", "trunk", _C, "right",
              ((12, -28, -25, 12.5), (-6, -14, -26, 11.5), (-22, -8, -27, 11), (-34, -5, -29, 10))),
        Trunk("left main", "trunk", _C, "left",
              ((12, -28, -25, 12.5), (26, -14, -17, 11.5), (40, 0, -13, 10.5), (47, 11, -19, 9.5))),
        Trunk("truncus anterior", "right main", _L, "right",
              ((-26, -8, -27, 7), (-38, -8, -18, 6.4), (-46, -5, -6, 5.6), (-50, -1, 4, 4.8))),
        Trunk("right interlobar", "right main", _L, "right",
              ((-34, -5, -29, 9.5), (-44, 0, -40, 8.4), (-50, 9, -55, 7.0), (-53, 18, -68, 5.9))),
        Trunk("middle lobe", "right interlobar", _L, "right",
              ((-50, 9, -55, 5), (-58, -2, -60, 4.4), (-66, -14, -64, 3.8))),
        Trunk("right lower lobe", "right interlobar", _L, "right",
              ((-53, 18, -68, 5.6), (-54, 23, -76, 5.0), (-56, 27, -84, 4.2))),
        Trunk("left upper lobe", "left main", _L, "left",
              ((38, -2, -13, 6.6), (48, -6, -6, 5.8), (56, -4, 4, 5.0))),
        Trunk("left interlobar", "left main", _L, "left",
              ((47, 11, -19, 9.3), (52, 18, -34, 8), (54, 23, -52, 6.8), (55, 26, -66, 5.8))),
        Trunk("lingula", "left interlobar", _L, "left",
              ((53, 19, -38, 4.8), (62, 6, -42, 4.2), (70, -8, -46, 3.8))),
        Trunk("left lower lobe", "left interlobar", _L, "left",
              ((55, 26, -66, 5.5), (56, 28, -75, 4.9), (57, 31, -84, 4.1))),
    ),
    segments=(
        Segment("truncus anterior", 1.0, _RU, (-56, 8, 62)),
        Segment("truncus anterior", 0.7, _RU, (-72, -44, 6)),
        Segment("truncus anterior", 1.0, _RU, (-84, 42, 20)),
        Segment("middle lobe", 1.0, _RM, (-100, -30, -62)),
        Segment("middle lobe", 0.8, _RM, (-66, -64, -72)),
        Segment("right interlobar", 0.75, _RL, (-72, 62, -30)),
        Segment("right lower lobe", 0.6, _RL, (-48, 42, -118)),
        Segment("right lower lobe", 0.8, _RL, (-104, 0, -116)),
        Segment("right lower lobe", 1.0, _RL, (-106, 46, -112)),
        Segment("right lower lobe", 1.0, _RL, (-66, 66, -128)),
        Segment("left upper lobe", 1.0, _LU, (56, 16, 62)),
        Segment("left upper lobe", 0.9, _LU, (86, 38, 20)),
        Segment("left upper lobe", 0.6, _LU, (76, -46, 6)),
        Segment("lingula", 0.8, _LU, (102, -26, -44)),
        Segment("lingula", 1.0, _LU, (92, -62, -84)),
        Segment("left interlobar", 0.5, _LL, (72, 62, -30)),
        Segment("left lower lobe", 0.7, _LL, (94, 6, -118)),
        Segment("left lower lobe", 1.0, _LL, (106, 46, -114)),
        Segment("left lower lobe", 1.0, _LL, (66, 66, -130)),
    ),
    terminal_radius_mm=0.42,
)  # fmt: skip

VEINS: Final = Plan(
    trunks=(
        Trunk("right superior", "", _C, "right",
              ((-22, -4, -54, 9), (-36, -14, -46, 7.5), (-46, -18, -36, 6.2))),
        Trunk("right upper", "right superior", _L, "right",
              ((-46, -18, -36, 5.2), (-48, -17, -24, 4.2), (-52, -15, -8, 3.2))),
        Trunk("right middle", "right superior", _L, "right",
              ((-42, -17, -42, 4.4), (-56, -24, -52, 4), (-64, -30, -58, 3.4))),
        Trunk("right inferior", "", _C, "right",
              ((-20, 8, -66, 8.4), (-36, 20, -74, 6.2), (-50, 32, -84, 4.4))),
        Trunk("left superior", "", _C, "left",
              ((28, -4, -48, 8.5), (40, -14, -36, 7), (48, -20, -26, 5.8))),
        Trunk("left upper", "left superior", _L, "left",
              ((48, -20, -26, 4.8), (50, -19, -13, 4.0), (54, -16, 1, 3.1))),
        Trunk("left inferior", "", _C, "left",
              ((26, 8, -62, 8.0), (40, 19, -72, 5.8), (52, 32, -84, 4.2))),
    ),
    segments=(
        Segment("right upper", 1.0, _RU, (-66, -12, 52)),
        Segment("right upper", 0.5, _RU, (-84, -32, 0)),
        Segment("right upper", 0.25, _RU, (-90, 16, 6)),
        Segment("right middle", 1.0, _RM, (-84, -50, -66)),
        Segment("right inferior", 0.7, _RL, (-80, 56, -48)),
        Segment("right inferior", 1.0, _RL, (-90, 20, -124)),
        Segment("right inferior", 1.0, _RL, (-80, 60, -124)),
        Segment("left upper", 1.0, _LU, (64, -8, 52)),
        Segment("left upper", 0.3, _LU, (86, -32, 0)),
        Segment("left superior", 0.8, _LU, (94, -46, -62)),
        Segment("left inferior", 0.7, _LL, (80, 56, -48)),
        Segment("left inferior", 1.0, _LL, (92, 22, -124)),
        Segment("left inferior", 1.0, _LL, (80, 60, -126)),
    ),
    terminal_radius_mm=0.42,
)  # fmt: skip


_N_ARTERIES: Final = (2400, 3400)
_N_VEINS: Final = (1900, 2700)
"""Terminals of about 0.9 mm: some 2300 arteries of 0.85 mm are in two lungs (Huang et al. 1996)."""
_WIDE_MM: Final = 2.0
_ROOT_SHARE: Final = 0.65
_FROM_FISSURE_MM: Final = 3.0
_FROM_PLEURA_MM: Final = 2.5
_REFLECTED: Final = np.float32(0.35)
_REACH_MM: Final = 16.0
_GREAT_X_MM: Final = 66.0
_GREAT_Z_MM: Final = 60.0
"""Lateral of this, and lower, the great vessels are too far to shape the lung."""


@dataclass(frozen=True, slots=True, eq=False)
class LungVessels:
    """The trees of one chest, and the pieces of both.

    ``hilar`` are the central vessels and the roots of the lobar ones, which hilar fat surrounds.
    """

    artery_tree: Tree
    vein_tree: Tree
    arteries: Tubes
    veins: Tubes
    hilar: Tubes

    @classmethod
    def of(cls, artery_tree: Tree, vein_tree: Tree) -> "LungVessels":
        every = (*artery_tree, *vein_tree)
        central = [b for b in every if b.level is Level.CENTRAL]
        roots = [_root(b) for b in every if b.level is Level.LOBAR]
        return cls(artery_tree, vein_tree, tubes_of(artery_tree), tubes_of(vein_tree),
                   tubes_of((*central, *roots)))  # fmt: skip

    def wide(self) -> Tubes:
        """The pieces of the vessels that no nodule closes: segmental calibre and more."""
        both = joined((self.arteries, self.veins))
        return both.where(both.start_radius + both.end_radius > 2.0 * _WIDE_MM)


def _root(branch: Branch) -> Branch:
    """The first part of a vessel, narrowing toward the lung that it enters bare."""
    n = max(2, round(_ROOT_SHARE * len(branch.points)))
    bare = np.linspace(0.0, 2.5, n, dtype=np.float32)
    return replace(branch, points=branch.points[:n], radii=branch.radii[:n] - bare)


def grow_lung_vessels(
    seed: int, habitus: Habitus, heart: Heart, great: GreatVessels, fissures: Fissures, warp: Warp
) -> LungVessels:
    """Grows arteries and veins into the lungs of this chest."""
    rng = stream(seed, "lung vessels")
    solid = _Solid(habitus, heart, great.envelope(), fissures)
    n_arteries, n_veins = int(rng.integers(*_N_ARTERIES)), int(rng.integers(*_N_VEINS))
    places = solid.points_in_lungs(rng, n_arteries + n_veins)
    lobes = fissures.lobe_at(places)
    calibre = rng.uniform(0.88, 1.08)
    arteries, veins = (
        grow(_plan(plan.moved(warp), calibre, fissures, rng), places[part], lobes[part], rng,
             away_from_heart=solid.pushed_out)
        for plan, part in ((ARTERIES, slice(n_arteries)), (VEINS, slice(n_arteries, None)))
    )  # fmt: skip
    arteries, veins = (with_side_twigs(t, rng, is_free=solid.is_free) for t in (arteries, veins))
    return LungVessels.of(arteries, veins)


def _plan(plan: Plan, calibre: float, fissures: Fissures, rng: np.random.Generator) -> Plan:
    whole = plan.scaled(calibre).varied(rng)
    return whole if fissures.missing is None else whole.without(fissures.missing)


@dataclass(frozen=True, slots=True, eq=False)
class _Solid:
    """What is not lung, as a function of points."""

    habitus: Habitus
    heart: Heart
    envelope: Tubes
    fissures: Fissures

    def points_in_lungs(self, rng: np.random.Generator, n_points: int) -> Field:
        """Points (point, 3) spread evenly over the lungs, away from pleura and fissures."""
        found: list[Field] = []
        while sum(map(len, found)) < n_points:
            box = rng.uniform((-140, -95, BASE_Z), (140, 100, APEX_Z), size=(2 * n_points, 3))
            points = box.astype(np.float32)
            points = points[cavity(self.habitus, *points.T) < -_FROM_PLEURA_MM]
            points = points[self.fissures.distance(*points.T) > _FROM_FISSURE_MM]
            found.append(points[self._lung_distance(points) < -_FROM_PLEURA_MM])
        return np.concatenate(found)[:n_points]

    def is_free(self, points: Field, lobes: Field) -> NDArray[np.bool_]:
        """Which of ``points`` (point, 3) lie in the lungs and in their lobe of ``lobes``."""
        within = cavity(self.habitus, *points.T) < -_FROM_PLEURA_MM
        within &= self._lung_distance(points) < -_FROM_PLEURA_MM
        free: NDArray[np.bool_] = within & (self.fissures.lobe_at(points) == lobes)
        return free

    def pushed_out(self, points: Field) -> Field:
        """``points`` moved out of the heart, away from its middle, and above the diaphragm."""
        x, y, z = points.T
        clear = np.float32(self.habitus.mediastinal_fat_mm + 4.0)
        inside = np.maximum(clear - self.heart.fields(x, y, z).sac, 0.0)
        away = points - np.array([8.0, -30.0, -78.0], dtype=np.float32)
        away[:, 2] *= 0.2
        away /= np.maximum(np.linalg.norm(away, axis=1, keepdims=True), 1e-3)
        moved: Field = (points + np.minimum(inside, 40.0)[:, None] * away).astype(np.float32)
        floor = diaphragm_z(self.habitus, moved[:, 0], moved[:, 1]) + np.float32(_FROM_PLEURA_MM)
        low = np.maximum(floor - moved[:, 2], 0.0)
        moved[:, 2] += (1.0 + _REFLECTED) * low  # spread out above it, not along it
        return moved

    def _lung_distance(self, points: Field) -> Field:
        x, y, z = points.T
        heart = self.heart.fields(x, y, z).sac
        central = (np.abs(x) < _GREAT_X_MM) | (z > _GREAT_Z_MM)
        great = np.full(len(points), FAR_MM, np.float32)
        great[central] = distance_at(points[central], self.envelope, reach_mm=_REACH_MM)
        return lungs(self.habitus, x, y, z, heart=heart, great=great, hilar=great)
