"""Gaps in a stack: steps between neighbouring slices that are much wider than the usual one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

_GAP_FACTOR: Final = 1.5
"""A single slice that is missing makes a step of twice the usual one."""


_EVEN_TOLERANCE: Final = 0.05
"""Of the usual step, and in mm: what rounding and a table leave."""
_LEAST_USUAL: Final = 2 / 3
"""Share of the steps. Of two passes through each other half of the steps, or fewer, are alike."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A step of ``step_mm`` from slice ``below`` to slice ``below + 1``, along the normal."""

    below: int
    step_mm: float


def usual_step(steps: NDArray[np.float64]) -> float:
    """The lower median: with two steps, a missing slice makes the larger one, not the smaller."""
    return float(np.sort(steps)[(len(steps) - 1) // 2])


def is_even(positions_mm: Sequence[float]) -> bool:
    """Whether three or more slices at ``positions_mm``, in any order, are equally far apart.

    A few may be missing: a wider step is then a whole number of usual ones.
    """
    steps = np.diff(np.sort(positions_mm))
    if len(steps) < 2 or steps.min() <= 0:
        return False
    usual = usual_step(steps)
    n_usual = np.maximum(1.0, np.rint(steps / usual))
    is_whole = np.allclose(steps, n_usual * usual, rtol=_EVEN_TOLERANCE, atol=_EVEN_TOLERANCE)
    return is_whole and bool(np.mean(n_usual == 1.0) >= _LEAST_USUAL)


def gaps_between(positions_mm: Sequence[float] | NDArray[np.float64]) -> tuple[Gap, ...]:
    """The gaps of slices at ``positions_mm`` (slice,) along their normal, from the feet up.

    Two slices have no usual step, and so no gap.
    """
    steps = np.diff(np.asarray(positions_mm, dtype=np.float64))
    if len(steps) < 2:
        return ()
    wide = np.flatnonzero(steps > _GAP_FACTOR * usual_step(steps)).tolist()
    return tuple(Gap(below, float(steps[below])) for below in wide)
