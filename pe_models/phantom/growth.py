"""Growth of vessel trees: the cloud of each segment's terminals is halved again and again.

All buds of one generation grow at once. Calibres follow Murray's law: a vessel's width tells how
many terminals it serves.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pe_models.phantom.branches import MURRAY, Branch, Plan, Segment, Tree
from pe_models.phantom.lobes import Lobe
from pe_models.phantom.shapes import Field
from pe_models.phantom.spec import Level
from pe_models.phantom.tubes import smooth_path

_STEP_MM: Final = 5.0
_MOST_POINTS: Final = 9
_STAND_OFF: Final = (0.5, 1.05)
_FLATTENED: Final = 0.12
"""How much of a cloud's depth is overlooked when it is cut: little, so that stems run on."""
_SHARE: Final = (0.28, 0.8)
"""Between what shares of the way to the middle of its terminals a vessel forks."""
_BASAL_SHARE: Final = 0.5
"""The least such share of a segmental vessel of a lower lobe: they run far down undivided."""
_SUBSEGMENTAL_MM: Final = 0.95
"""Least radius of a vessel that a radiologist would still call subsegmental."""


def grow(
    plan: Plan,
    terminals: Field,
    lobes: NDArray[np.int64],
    rng: np.random.Generator,
    *,
    away_from_heart: Callable[[Field], Field],
) -> Tree:
    """The whole tree; ``terminals`` (point, 3) lie in the lungs, each in its Lobe ``lobes``.

    ``away_from_heart`` moves points (point, 3) out of what no lung vessel may cross.
    """
    trunks, places = _trunks_of(plan)
    tree = list(trunks)
    nearest = _nearest_segments(plan.segments, terminals, lobes)
    front = _first_front(plan.segments, tree, places, terminals, nearest)
    depth = 0
    while len(front.parent):
        ends = _next_forks(front, rng, _least_shares(front, is_first=depth == 0))
        arcs = _arcs(front, ends)
        courses = _courses(arcs, away_from_heart, is_first=depth == 0)
        grown = _branches(front, courses, tree, plan.terminal_radius_mm, depth)
        front = _halved(front, ends, arcs, len(tree), rng)
        tree.extend(grown)
        depth += 1
    return tuple(tree)


@dataclass(frozen=True, slots=True, eq=False)
class _Front:
    """The buds of one generation: where from, in what direction, to which terminals.

    ``cloud`` (terminal, 3) lists the terminals of all buds, bud after bud, ``count`` (bud,) each.
    """

    start: Field
    heading: Field
    parent: NDArray[np.int64]
    segment: tuple[Segment, ...]
    cloud: Field
    count: NDArray[np.int64]

    @property
    def first(self) -> NDArray[np.int64]:
        return np.concatenate([[0], np.cumsum(self.count)[:-1]])

    @property
    def bud_of(self) -> NDArray[np.int64]:
        return np.repeat(np.arange(len(self.count)), self.count)

    def mean(self, values: Field) -> Field:
        """The mean of ``values`` (terminal, ...) over each bud's terminals."""
        summed: Field = np.add.reduceat(values, self.first, axis=0)
        shape = (-1,) + (1,) * (values.ndim - 1)
        return summed / self.count.reshape(shape)


def _trunks_of(plan: Plan) -> tuple[list[Branch], dict[str, int]]:
    tree: list[Branch] = []
    places: dict[str, int] = {}
    for trunk in plan.trunks:
        points, radii = smooth_path([k[:3] for k in trunk.knots], [k[3] for k in trunk.knots])
        places[trunk.name] = len(tree)
        parent = places[trunk.parent] if trunk.parent else -1
        tree.append(Branch(points, radii, trunk.level, trunk.side, parent))
    return tree, places


def _nearest_segments(
    segments: tuple[Segment, ...], terminals: Field, lobes: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Of each terminal's own lobe; where that has no segment, of the same lung."""
    centres = np.asarray([s.centre for s in segments])
    distance = np.linalg.norm(terminals[:, None] - centres, axis=2)
    own = np.asarray([s.lobe for s in segments])
    known = np.isin(lobes, own)
    stranger = own[None, :] != lobes[:, None]
    other_lung = (own <= Lobe.RIGHT_LOWER)[None, :] != (lobes <= Lobe.RIGHT_LOWER)[:, None]
    barred = np.where(known[:, None], stranger, other_lung)
    nearest: NDArray[np.int64] = np.argmin(distance + 1e4 * barred, axis=1)
    return nearest


def _first_front(
    segments: tuple[Segment, ...], tree: list[Branch], places: dict[str, int],
    terminals: Field, nearest: NDArray[np.int64],
) -> _Front:  # fmt: skip
    served = [i for i in range(len(segments)) if (nearest == i).any()]
    chosen = tuple(segments[i] for i in served)
    parents = [places[s.trunk] for s in chosen]
    starts, headings = [], []
    for segment, parent in zip(chosen, parents, strict=True):
        points = tree[parent].points
        leave = min(int(segment.leaves_at * (len(points) - 1)), len(points) - 2)
        starts.append(points[leave + 1])
        headings.append(points[leave + 1] - points[leave])
    order = np.argsort(nearest, kind="stable")
    return _Front(
        np.asarray(starts, np.float64), np.asarray(headings, np.float64), np.asarray(parents),
        chosen, terminals[order].astype(np.float64), np.bincount(nearest)[served],
    )  # fmt: skip


def _courses(
    arcs: list[Field], away_from_heart: Callable[[Field], Field], *, is_first: bool
) -> list[Field]:
    """The arcs moved away from the heart; the first of all keep their roots on the trunks."""
    moved = away_from_heart(np.concatenate(arcs))
    courses = np.split(moved, np.cumsum([len(arc) for arc in arcs])[:-1])
    if not is_first:
        return courses
    return [
        (arc + _RAMP[len(arc)][:, None] * (course - arc)).astype(np.float32)
        for arc, course in zip(arcs, courses, strict=True)
    ]


def _branches(
    front: _Front, courses: list[Field], tree: list[Branch], terminal_radius: float, depth: int
) -> list[Branch]:
    """One branch a bud along ``courses``; none begins wider than its parent ends."""
    radius = terminal_radius * front.count ** (1 / MURRAY)
    parents = [tree[int(place)] for place in front.parent]
    limit = [float(p.radii[-1]) for p in parents] if depth else np.inf
    first = np.minimum(1.04 * radius, limit).astype(np.float32)
    last = np.minimum(first, radius * np.where(front.count > 1, 0.93, 0.45)).astype(np.float32)
    return [
        Branch(
            points=courses[bud],
            radii=first[bud] + (last[bud] - first[bud]) * _RAMP[len(courses[bud])],
            level=_level(depth, float(radius[bud])),
            side=parent.side,
            parent=int(front.parent[bud]),
            lobe=front.segment[bud].lobe,
        )
        for bud, parent in enumerate(parents)
    ]


def _level(depth: int, radius_mm: float) -> Level:
    if depth == 0:
        return Level.SEGMENTAL
    small = depth > 3 or (depth > 1 and radius_mm < _SUBSEGMENTAL_MM)
    return Level.PERIPHERAL if small else Level.SUBSEGMENTAL


def _least_shares(front: _Front, *, is_first: bool) -> Field:
    """The least share (bud, 1) of the way to its terminals that each bud's vessel runs."""
    lower = [s.lobe in (Lobe.RIGHT_LOWER, Lobe.LEFT_LOWER) for s in front.segment]
    is_basal = np.asarray(lower, np.bool_) & is_first
    return np.where(is_basal, _BASAL_SHARE, _SHARE[0])[:, None]


def _next_forks(front: _Front, rng: np.random.Generator, least: Field) -> Field:
    """Where each bud's vessel ends (bud, 3): part of the way to the middle of its terminals."""
    middle = front.mean(front.cloud)
    way = middle - front.start
    length = np.maximum(np.linalg.norm(way, axis=1, keepdims=True), 1e-6)
    extent = np.sqrt(front.mean(((front.cloud - middle[front.bud_of]) ** 2).sum(1)))[:, None]
    # A fork stands off its terminals by about their spread: nearer, and twigs come in brooms.
    share = 1.0 - rng.uniform(*_STAND_OFF, size=length.shape) * extent / length
    fork = front.start + np.clip(share, least, _SHARE[1]) * way
    fork += rng.normal(size=way.shape) * 0.05 * np.minimum(length, 2.0 * extent)
    return np.where(front.count[:, None] == 1, middle, fork)


def _arcs(front: _Front, ends: Field) -> list[Field]:
    """Quadratic arcs (point, 3) that leave in the parents' directions."""
    way = ends - front.start
    length = np.maximum(np.linalg.norm(way, axis=1, keepdims=True), 1e-6)
    heading = front.heading / np.maximum(np.linalg.norm(front.heading, axis=1, keepdims=True), 1e-6)
    control = front.start + 0.5 * way + 0.2 * length * (heading - way / length)
    n_points = np.clip(np.ceil(length[:, 0] / _STEP_MM).astype(int) + 1, 2, _MOST_POINTS)
    corners = np.stack([front.start, control, ends], axis=1)  # (bud, 3 corners, 3)
    return [_BASES[int(n)] @ corner for n, corner in zip(n_points, corners, strict=True)]


def _basis(n_points: int) -> NDArray[np.float64]:
    """Bernstein's polynomials of degree 2 at evenly spaced places: (point, corner)."""
    t = np.linspace(0, 1, n_points)
    return np.column_stack([(1 - t) ** 2, 2 * t * (1 - t), t**2])


_BASES: Final = {n: _basis(n) for n in range(2, _MOST_POINTS + 1)}
_RAMP: Final = {n: np.linspace(0, 1, n, dtype=np.float32) for n in range(2, _MOST_POINTS + 1)}


def _halved(
    front: _Front, ends: Field, arcs: list[Field], first_place: int, rng: np.random.Generator
) -> _Front:
    """The next front: each cloud cut in two across its longest extent as seen from its fork."""
    headings = np.stack([arc[-1] - arc[-2] for arc in arcs])
    places = first_place + np.arange(len(arcs))
    bud = front.bud_of
    middle = front.mean(front.cloud)
    outward = middle - ends
    outward /= np.maximum(np.linalg.norm(outward, axis=1, keepdims=True), 1e-6)
    offset = front.cloud - middle[bud]
    lateral = offset - _FLATTENED * (offset * outward[bud]).sum(1, keepdims=True) * outward[bud]
    spread = front.mean(lateral[:, :, None] * lateral[:, None, :])
    _, axes = np.linalg.eigh(spread)
    along = (lateral * axes[bud, :, -1]).sum(axis=1)
    order = np.lexsort((along, bud))
    cut = np.rint(front.count * rng.uniform(0.25, 0.75, size=len(front.count)))
    cut = np.clip(cut, 1, np.maximum(front.count - 1, 1)).astype(np.int64)
    forked = front.count > 1
    keep = forked[bud]
    count = np.column_stack([cut, front.count - cut])[forked].ravel()
    # Within a bud the sorted terminals are the one half, then the other.
    cloud = front.cloud[order][keep]
    return _Front(
        np.repeat(ends[forked], 2, axis=0), np.repeat(headings[forked], 2, axis=0),
        np.repeat(places[forked], 2),
        tuple(s for s, f in zip(front.segment, forked, strict=True) if f for _ in range(2)),
        cloud, count,
    )  # fmt: skip
