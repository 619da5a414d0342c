"""Motion: breaths during the scan, which shift, double and blur what they move."""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np

from pe_models.phantom.chance import stream
from pe_models.phantom.spec import Mimic

_TURN_MM: Final = 7.0
"""How far the table goes in the half turn that one slice is made of."""
_LEAST_SHIFT_MM: Final = 0.4
"""Two places closer than this are one."""


@dataclass(frozen=True, slots=True)
class _Breath:
    """Between the heights ``low_z`` and ``high_z`` (mm) the chest goes by these mm and returns."""

    low_z: float
    high_z: float
    forward_mm: float
    upward_mm: float

    def share(self, z: float) -> float:
        """How far along the way the chest is while the table stands at ``z``, in [0, 1]."""
        along = (z - self.low_z) / (self.high_z - self.low_z)
        return float(np.sin(np.pi * along) ** 2) if 0.0 < along < 1.0 else 0.0


@dataclass(frozen=True, slots=True)
class Motion:
    """The breaths of one scan; none in most."""

    breaths: tuple[_Breath, ...] = ()

    @classmethod
    def draw(cls, seed: int, mimics: frozenset[Mimic]) -> Self:
        if Mimic.MOTION not in mimics:
            return cls()
        rng = stream(seed, "motion")
        breaths = []
        for _ in range(int(rng.integers(2, 5))):
            middle, half = float(rng.uniform(-120, 40)), float(rng.uniform(9, 30))
            forward, upward = float(rng.uniform(2.0, 6.0)), float(rng.uniform(3.0, 11.0))
            breaths.append(_Breath(middle - half, middle + half, forward, upward))
        return cls(tuple(breaths))

    def shifts(self, z: float) -> tuple[tuple[float, float], ...]:
        """Where the chest stands, in turn, while the slice at ``z`` is taken: (y, z) in mm.

        Where it hardly moves the slice is sharp, though it may be another than it should be:
        neighbours then do not fit.
        """
        before, after = self._place(z - 0.5 * _TURN_MM), self._place(z + 0.5 * _TURN_MM)
        if max(abs(a - b) for a, b in zip(before, after, strict=True)) < _LEAST_SHIFT_MM:
            return (self._place(z),)
        return (before, after)

    def _place(self, z: float) -> tuple[float, float]:
        forward = upward = 0.0
        for breath in self.breaths:
            share = breath.share(z)
            forward -= share * breath.forward_mm
            upward += share * breath.upward_mm
        return forward, upward
