"""ClotPlan: which emboli a positive exam shall have, by level and side, and how they strain.

Sides and levels come as often together as in the RSNA-STR table (Colak et al. 2021).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from pe_models.phantom.chance import stream
from pe_models.phantom.spec import Level

_N_POSITIVE: Final = 2211
_SIDES: Final = (
    (("right",), False, 627),
    (("left",), False, 317),
    (("right", "left"), False, 866),
    (("right", "left"), True, 346),
    (("right",), True, 36),
    (("left",), True, 15),
    ((), True, 4),
)
"""The sides with emboli, whether there is a central one, and in how many positive exams."""
_FIRST: Final = (Level.LOBAR, Level.SEGMENTAL, Level.SUBSEGMENTAL)
_FIRST_SHARE: Final = (0.36, 0.42, 0.22)
"""The greatest clot of exams without a central one."""
_MORE: Final[dict[Level, float]] = {
    Level.CENTRAL: 8.0,
    Level.LOBAR: 4.5,
    Level.SEGMENTAL: 2.8,
    Level.SUBSEGMENTAL: 0.8,
}
"""How many clots come with the greatest one, on the average."""
_SECOND_CENTRAL_SHARE: Final = 0.5
_SEGMENTS: Final[dict[Level, float]] = {
    Level.CENTRAL: 8.0,
    Level.LOBAR: 3.0,
    Level.SEGMENTAL: 1.0,
    Level.SUBSEGMENTAL: 0.3,
}
"""About how many of the 20 segmental arteries a clot lessens the flow of (Qanadli et al. 2001)."""
_ALL_SEGMENTS: Final = 20.0
_RATIO_AT_REST: Final = (0.86, 0.1)
"""Mean and standard deviation of RV/LV on axial slices without embolism."""
_RATIO_RISE: Final = 0.29
_RATIO_SPREAD: Final = 0.15
_RATIO_LIMITS: Final = (0.62, 1.7)


_CROWDED_SHARE: Final[dict[Level, float]] = {
    Level.CENTRAL: 0.1,
    Level.LOBAR: 0.2,
    Level.SEGMENTAL: 0.4,
    Level.SUBSEGMENTAL: 0.3,
}
"""The levels of the emboli of a crowded study: small ones are hard, and want to be seen often."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One embolus to be; ``side`` is right, left or central or, for any, None."""

    level: Level
    side: str | None


ClotPlan = tuple[Wanted, ...]


def draw_clot_plan(seed: int, levels: tuple[Level, ...]) -> ClotPlan:
    """The emboli of a positive exam: those of ``levels`` on any side, or as the seed says."""
    if levels:
        return tuple(Wanted(level, None) for level in levels)
    rng = stream(seed, "clot plan")
    shares = [count / _N_POSITIVE for _, _, count in _SIDES]
    sides, has_central, _ = _SIDES[int(rng.choice(len(_SIDES), p=shares))]
    central = _central_ones(sides, rng) if has_central else ()
    return (*central, *_outer_ones(sides, rng, has_central=has_central))


def crowded_levels(seed: int, n_emboli: int) -> tuple[Level, ...]:
    """Levels of ``n_emboli`` for one study: many more than in life, to learn what a clot is."""
    rng = stream(seed, "crowded levels")
    drawn = rng.choice(len(_CROWDED_SHARE), size=n_emboli, p=list(_CROWDED_SHARE.values()))
    return tuple(list(_CROWDED_SHARE)[int(i)] for i in drawn)


def draw_rv_lv_ratio(seed: int, plan: ClotPlan) -> float:
    """How wide the right ventricle is against the left: loosely, as the clots burden it."""
    rng = stream(seed, "strain")
    mean, spread = _RATIO_AT_REST
    if plan:
        mean, spread = mean + _RATIO_RISE * burden(plan), _RATIO_SPREAD
    return float(np.clip(rng.normal(mean, spread), *_RATIO_LIMITS))


def outer_sides(plan: ClotPlan) -> frozenset[str]:
    """The sides on which ``plan`` wants emboli beyond the hila."""
    return frozenset(w.side for w in plan if w.side is not None and w.level is not Level.CENTRAL)


def burden(plan: ClotPlan) -> float:
    """The share of the segmental arteries, [0, 1], behind the clots of ``plan``."""
    return min(1.0, sum(_SEGMENTS[wanted.level] for wanted in plan) / _ALL_SEGMENTS)


def _central_ones(sides: tuple[str, ...], rng: np.random.Generator) -> ClotPlan:
    count = 1 + int(len(sides) > 1 and rng.random() < _SECOND_CENTRAL_SHARE)
    return tuple(Wanted(Level.CENTRAL, _one_of(sides, rng)) for _ in range(count))


def _outer_ones(sides: tuple[str, ...], rng: np.random.Generator, *, has_central: bool) -> ClotPlan:
    """Clots beyond the hila; at least one on each of ``sides``."""
    if not sides:
        return ()
    first = Level.CENTRAL if has_central else _FIRST[int(rng.choice(len(_FIRST), p=_FIRST_SHARE))]
    lower = _FIRST[_FIRST.index(first) if first in _FIRST else 0 :]
    weights = np.asarray(_FIRST_SHARE[-len(lower) :])
    n_more = max(int(rng.poisson(_MORE[first])), len(sides) - int(not has_central))
    drawn = rng.choice(len(lower), size=n_more, p=weights / weights.sum())
    levels = [*([] if has_central else [first]), *(lower[int(i)] for i in drawn)]
    placed = [*sides, *(_one_of(sides, rng) for _ in levels[len(sides) :])]
    return tuple(Wanted(level, side) for level, side in zip(levels, placed, strict=True))


def _one_of(sides: tuple[str, ...], rng: np.random.Generator) -> str:
    return sides[int(rng.integers(len(sides)))] if sides else "central"
