"""Branching trees that fill the lungs: pulmonary arteries, veins, and bronchi beside arteries.

From a few named trunks, each segment's tree is grown by halving the cloud of its terminals again
and again; calibres follow Murray's law with the exponent measured in lungs.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pe_models.phantom.shapes import Field
from pe_models.phantom.spec import Level
from pe_models.phantom.tubes import Tubes, joined, smooth_path, tube

Knot = tuple[float, float, float, float]

_MURRAY: Final = 2.7
"""r_parent^n = r_left^n + r_right^n; 2.6 to 2.8 in human lungs (Huang et al. 1996)."""


@dataclass(frozen=True, slots=True, eq=False)
class Branch:
    """One unbranched vessel: ``points`` (point, 3) and ``radii`` (point,) from parent outward.

    ``parent`` is the place of the parent in the tree, -1 for the root. ``side`` is left, right or
    central.
    """

    points: Field
    radii: Field
    level: Level
    side: str
    parent: int

    @property
    def length_mm(self) -> float:
        return float(np.linalg.norm(np.diff(self.points, axis=0), axis=1).sum())


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
    """A part of a lung: the centre of its terminals, and the trunk that its vessel leaves.

    ``leaves_at`` is where along the trunk, 0 its beginning, 1 its end.
    """

    trunk: str
    leaves_at: float
    centre: tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Plan:
    """The named part of a tree and the calibre (radius, mm) of its terminals."""

    trunks: tuple[Trunk, ...]
    segments: tuple[Segment, ...]
    terminal_radius_mm: float


def grow(
    plan: Plan,
    terminals: Field,
    rng: np.random.Generator,
    *,
    away_from_heart: Callable[[Field], Field],
) -> tuple[Branch, ...]:
    """The whole tree; ``terminals`` (point, 3) lie in the lungs.

    ``away_from_heart`` moves points (point, 3) out of what no lung vessel may cross.
    """
    tree: list[Branch] = []
    places: dict[str, int] = {}
    for trunk in plan.trunks:
        points, radii = smooth_path([k[:3] for k in trunk.knots], [k[3] for k in trunk.knots])
        places[trunk.name] = len(tree)
        parent = places[trunk.parent] if trunk.parent else -1
        tree.append(Branch(points, radii, trunk.level, trunk.side, parent))
    centres = np.asarray([s.centre for s in plan.segments])
    nearest = np.argmin(np.linalg.norm(terminals[:, None] - centres, axis=2), axis=1)
    for index, segment in enumerate(plan.segments):
        cloud = terminals[nearest == index]
        if len(cloud):
            trunk_place = places[segment.trunk]
            twigs = tuple(
                _grow_segment(tree[trunk_place], trunk_place, segment, cloud,
                              plan.terminal_radius_mm, rng, first=len(tree))
            )  # fmt: skip
            tree.extend(replace(twig, points=away_from_heart(twig.points)) for twig in twigs)
    return tuple(tree)


def tubes_of(tree: tuple[Branch, ...]) -> Tubes:
    """Every piece of the tree; ``owner`` is the place of its branch."""
    return joined(tube(b.points, b.radii, owner=i) for i, b in enumerate(tree))


def beside(tree: tuple[Branch, ...], rng: np.random.Generator) -> Tubes:
    """Bronchi that accompany segmental and subsegmental arteries; radii are those of the lumen."""
    bronchi = []
    for branch in tree:
        if branch.level in (Level.SEGMENTAL, Level.SUBSEGMENTAL) and branch.radii[0] > 1.2:
            direction = branch.points[-1] - branch.points[0]
            sideways = np.cross(direction, (0.3, 1.0, 0.2))
            sideways /= max(float(np.linalg.norm(sideways)), 1e-6)
            lumen = branch.radii * np.float32(rng.uniform(0.6, 0.85))
            offset = (branch.radii + lumen + 1.3)[:, None] * sideways
            bronchi.append(tube(branch.points + offset, lumen))
    return joined(bronchi)


@dataclass(frozen=True, slots=True, eq=False)
class _Bud:
    """A vessel about to grow: where from, in what direction, to which terminals."""

    start: NDArray[np.float64]
    direction: NDArray[np.float64]
    cloud: Field
    parent: int
    depth: int


def _grow_segment(
    trunk: Branch, trunk_place: int, segment: Segment, cloud: Field, terminal_radius: float,
    rng: np.random.Generator, *, first: int,
) -> Iterator[Branch]:  # fmt: skip
    leave = min(int(segment.leaves_at * (len(trunk.points) - 1)), len(trunk.points) - 2)
    start = trunk.points[leave + 1].astype(np.float64)
    direction = (trunk.points[leave + 1] - trunk.points[leave]).astype(np.float64)
    buds = [_Bud(start, direction, cloud, trunk_place, 0)]
    place = first
    while buds:
        bud = buds.pop(0)
        end = _next_fork(bud, rng)
        points = _curve(bud, end)
        radius = terminal_radius * len(bud.cloud) ** (1 / _MURRAY)
        taper = np.linspace(1.06, 0.9 if len(bud.cloud) > 1 else 0.45, len(points))
        yield Branch(points, (radius * taper).astype(np.float32), _level(bud.depth), trunk.side,
                     bud.parent)  # fmt: skip
        onward = (points[-1] - points[-2]).astype(np.float64)
        buds.extend(
            _Bud(points[-1].astype(np.float64), onward, half, place, bud.depth + 1)
            for half in _halves(bud.cloud, end, rng)
        )
        place += 1


def _level(depth: int) -> Level:
    if depth == 0:
        return Level.SEGMENTAL
    return Level.SUBSEGMENTAL if depth <= 2 else Level.PERIPHERAL


def _next_fork(bud: _Bud, rng: np.random.Generator) -> NDArray[np.float64]:
    if len(bud.cloud) == 1:
        return np.asarray(bud.cloud[0], dtype=np.float64)
    centre = bud.cloud.mean(axis=0)
    way = centre - bud.start
    share = rng.uniform(0.3, 0.5) if bud.depth else rng.uniform(0.38, 0.55)
    jitter = rng.normal(0, 0.06 * float(np.linalg.norm(way)), size=3)
    fork: NDArray[np.float64] = bud.start + share * way + jitter
    return fork


def _curve(bud: _Bud, end: NDArray[np.float64]) -> Field:
    """A quadratic arc that leaves in the parent's direction."""
    way = end - bud.start
    length = float(np.linalg.norm(way))
    heading = bud.direction / max(float(np.linalg.norm(bud.direction)), 1e-6)
    control = bud.start + 0.5 * way + 0.22 * length * (heading - way / max(length, 1e-6))
    n_points = max(3, int(np.ceil(length / 5.0)) + 1)
    t = np.linspace(0, 1, n_points)[:, None]
    arc: NDArray[np.float64] = (1 - t) ** 2 * bud.start + 2 * t * (1 - t) * control + t**2 * end
    return arc.astype(np.float32)


def _halves(cloud: Field, fork: NDArray[np.float64], rng: np.random.Generator) -> tuple[Field, ...]:
    """The cloud cut in two across its longest extent as seen from the fork."""
    if len(cloud) == 1:
        return ()
    offset = cloud - cloud.mean(axis=0)
    outward = cloud.mean(axis=0) - fork
    outward /= max(float(np.linalg.norm(outward)), 1e-6)
    lateral = offset - 0.6 * (offset @ outward)[:, None] * outward
    _, _, axes = np.linalg.svd(lateral, full_matrices=False)
    order = np.argsort(lateral @ axes[0])
    cut = int(np.clip(round(len(cloud) * rng.uniform(0.35, 0.65)), 1, len(cloud) - 1))
    return cloud[order[:cut]], cloud[order[cut:]]
