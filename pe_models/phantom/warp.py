"""Warp: how the course of one chest's vessels differs from the reference chest's."""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np

from pe_models.phantom.chance import stream
from pe_models.phantom.shapes import Field

_N_WAVES: Final = 7
_WAVELENGTH_MM: Final = (70.0, 190.0)
_SHIFT_MM: Final = (0.5, 5.5)
"""Root mean square of the shift along each axis, from chest to chest."""
_ANCHOR: Final = np.array([4.0, -2.0, -62.0])
_ANCHOR_MM: Final = 26.0
"""The left atrium, which does not move: veins must reach it."""


@dataclass(frozen=True, slots=True, eq=False)
class Warp:
    """A smooth shift of every point: a sum of plane waves.

    ``waves`` (wave, 3) are wave vectors per mm, ``phases`` (wave,), ``shifts`` (wave, 3) in mm.
    """

    waves: Field
    phases: Field
    shifts: Field

    @classmethod
    def draw(cls, seed: int) -> Self:
        rng = stream(seed, "warp")
        directions = rng.normal(size=(_N_WAVES, 3))
        directions /= np.linalg.norm(directions, axis=1, keepdims=True)
        lengths = rng.uniform(*_WAVELENGTH_MM, size=(_N_WAVES, 1))
        strength = rng.uniform(*_SHIFT_MM) / np.sqrt(_N_WAVES / 2)
        return cls(
            2 * np.pi * directions / lengths,
            rng.uniform(0, 2 * np.pi, size=_N_WAVES),
            strength * rng.normal(size=(_N_WAVES, 3)),
        )

    def moved(self, points: Field) -> Field:
        """Where ``points`` (point, 3) of the reference chest lie in this one."""
        shift = np.sin(points @ self.waves.T + self.phases) @ self.shifts  # (point, 3)
        square = ((points - _ANCHOR) ** 2).sum(axis=1, keepdims=True)
        moved: Field = points + shift * (1.0 - np.exp(-square / (2 * _ANCHOR_MM**2)))
        return moved
