"""Emboli: clots along arteries, at every level of the tree, filling them in part or wholly."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from pe_models.phantom.branches import Branch
from pe_models.phantom.chance import stream
from pe_models.phantom.shapes import Field
from pe_models.phantom.spec import EMBOLUS_LEVELS, Level
from pe_models.phantom.tubes import Tubes, joined, tube

_LENGTH_MM: Final[dict[Level, tuple[float, float]]] = {
    Level.CENTRAL: (22.0, 55.0),
    Level.LOBAR: (14.0, 36.0),
    Level.SEGMENTAL: (8.0, 24.0),
    Level.SUBSEGMENTAL: (6.0, 15.0),
}
_COMPLETE_SHARE: Final[dict[Level, float]] = {
    Level.CENTRAL: 0.05,
    Level.LOBAR: 0.25,
    Level.SEGMENTAL: 0.45,
    Level.SUBSEGMENTAL: 0.6,
}
"""How often a clot fills its vessel wholly, by level."""
_LEVEL_SHARE: Final = (0.15, 0.25, 0.35, 0.25)
_CHRONIC_SHARE: Final = 292 / 2211
_MIXED_SHARE: Final = 145 / 2211
"""Positive exams with only chronic, and with acute and chronic emboli, in the RSNA-STR table."""


@dataclass(frozen=True, slots=True, eq=False)
class Clot:
    """One embolus as tubes inside arteries. Acute clots are central, chronic ones on the wall."""

    level: Level
    side: str
    is_acute: bool
    is_complete: bool
    tubes: Tubes


def place_clots(
    seed: int, attempt: int, tree: tuple[Branch, ...], levels: tuple[Level, ...]
) -> tuple[Clot, ...]:
    """The emboli of a positive phantom; ``levels`` asks for them, empty leaves it to the seed."""
    rng = stream(seed, "emboli", attempt)
    wanted = levels or _draw_levels(rng)
    draw = rng.random()
    clots = []
    taken: set[int] = set()
    for index, level in enumerate(wanted):
        is_chronic = draw < _CHRONIC_SHARE or (draw < _CHRONIC_SHARE + _MIXED_SHARE and index % 2)
        place = _choose_branch(tree, level, taken, rng)
        taken.add(place)
        clots.append(_clot(tree, place, is_acute=not is_chronic, rng=rng))
    return tuple(clots)


def clot_tubes(clots: tuple[Clot, ...]) -> Tubes | None:
    """All clots in one; ``owner`` is the place of the clot. None without any."""
    if not clots:
        return None
    return joined(
        Tubes(c.tubes.start, c.tubes.end, c.tubes.start_radius, c.tubes.end_radius,
              np.full(len(c.tubes), index, np.int32))
        for index, c in enumerate(clots)
    )  # fmt: skip


def _draw_levels(rng: np.random.Generator) -> tuple[Level, ...]:
    """From a solitary clot to many; the burden grows with the level of the greatest."""
    first = EMBOLUS_LEVELS[int(rng.choice(4, p=_LEVEL_SHARE))]
    more = {Level.CENTRAL: 6, Level.LOBAR: 4, Level.SEGMENTAL: 2.5, Level.SUBSEGMENTAL: 0.6}
    n_more = int(rng.poisson(more[first]))
    lower = EMBOLUS_LEVELS[EMBOLUS_LEVELS.index(first) :]
    weights = np.asarray(_LEVEL_SHARE[-len(lower) :])
    others = rng.choice(len(lower), size=n_more, p=weights / weights.sum())
    return (first, *(lower[int(i)] for i in others))


def _choose_branch(
    tree: tuple[Branch, ...], level: Level, taken: set[int], rng: np.random.Generator
) -> int:
    """A branch at ``level``, untaken where possible; wider ones likelier, as flow goes."""
    places = [i for i, b in enumerate(tree) if b.level is level]
    free = [i for i in places if i not in taken] or places
    weight = np.asarray([float(tree[i].radii.mean()) ** 2 for i in free])
    return int(rng.choice(free, p=weight / weight.sum()))


def _clot(
    tree: tuple[Branch, ...], place: int, *, is_acute: bool, rng: np.random.Generator
) -> Clot:
    branch = tree[place]
    level = branch.level
    points, radii = _stretch(tree, place, rng.uniform(*_LENGTH_MM[level]), rng)
    is_complete = is_acute and bool(rng.random() < _COMPLETE_SHARE[level])
    share = 1.12 if is_complete else rng.uniform(0.5, 0.74)
    along = np.arange(len(points))
    wave = 1.0 + 0.17 * np.sin(along * rng.uniform(0.5, 1.2) + rng.uniform(0, 6))
    ends = np.minimum(1.0, 0.55 + 0.45 * np.minimum(along, along[::-1]))
    clot_radii = radii * share * (1.0 if is_complete else wave * ends)
    away = rng.normal(size=3)
    away /= np.linalg.norm(away)
    reach = 0.0 if is_complete else (0.5 if not is_acute else rng.uniform(0.0, 0.3))
    sway = reach * np.cos(along * rng.uniform(0.0, 0.5)) if is_acute else reach
    moved = points + (sway * radii)[:, None] * away
    return Clot(level, branch.side, is_acute, is_complete, tube(moved, clot_radii))


def _stretch(
    tree: tuple[Branch, ...], place: int, length_mm: float, rng: np.random.Generator
) -> tuple[Field, Field]:
    """``length_mm`` of the vessel, onward into its widest child where it is too short."""
    points, radii = tree[place].points, tree[place].radii
    spare = tree[place].length_mm - length_mm
    if spare < 0:
        children = [b for b in tree if b.parent == place and b.side == tree[place].side]
        if children:
            child = max(children, key=lambda b: float(b.radii[0]))
            near = int(np.argmin(np.linalg.norm(points - child.points[0], axis=1)))
            points = np.vstack([points[: near + 1], child.points])
            radii = np.concatenate([radii[: near + 1], child.radii])
    steps = np.linalg.norm(np.diff(points, axis=0), axis=1)
    along = np.concatenate([[0.0], np.cumsum(steps)])
    first = rng.uniform(0.1, 1.0) * max(float(along[-1]) - length_mm, 0.0)
    last = min(first + length_mm, float(along[-1]))
    where = np.linspace(first, last, max(4, int((last - first) / 2.5) + 1))
    track = np.column_stack([np.interp(where, along, points[:, i]) for i in range(3)])
    return track.astype(np.float32), np.interp(where, along, radii).astype(np.float32)
