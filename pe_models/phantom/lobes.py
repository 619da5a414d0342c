"""The lobes of the lungs and the fissures that part them."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from pe_models.phantom.chance import stream
from pe_models.phantom.shapes import Field, Scalar

_SLOPE: Final = 1.18
"""Rise of the oblique fissure from front to back: from the sixth costochondral joint to T4."""
_FAR_MM: Final = np.float32(1e3)
_LEAN: Final = ((-90.0, -20.0, 45.0), (-0.25, 0.0, 0.22))
"""How far back the fissure lies a mm of lateral distance, by z: it turns like a propeller."""


class Lobe(IntEnum):
    """The five lobes; the lingula belongs to the left upper one."""

    RIGHT_UPPER = 0
    RIGHT_MIDDLE = 1
    RIGHT_LOWER = 2
    LEFT_UPPER = 3
    LEFT_LOWER = 4

    @property
    def is_right(self) -> bool:
        return self <= Lobe.RIGHT_LOWER


@dataclass(frozen=True, slots=True)
class Fissures:
    """Both oblique fissures and the horizontal one of a chest. Lengths in mm of the reference.

    ``missing`` is a lobe taken out by surgery; its fissures are gone and its room is its
    neighbour's.
    """

    oblique_shift_mm: tuple[float, float]
    horizontal_shift_mm: float
    wave: tuple[float, float, float]
    missing: Lobe | None = None

    @classmethod
    def draw(cls, seed: int, *, missing: Lobe | None = None) -> Self:
        rng = stream(seed, "fissures")
        right, left = rng.normal(0, 5, size=2)
        shift = float(rng.normal(0, 5))
        first, second, third = rng.uniform(0, 6.28, size=3)
        return cls(
            (float(right), float(left)), shift, (float(first), float(second), float(third)), missing
        )

    def in_front(self, x: Field, y: Field, z: Scalar) -> Field:
        """Distance (mm) from the oblique fissure of the point's side; positive in front of it."""
        right, left = self.oblique_shift_mm
        shift = np.where(x < 0, np.float32(right), np.float32(left))
        lean = np.interp(z, *_LEAN).astype(np.float32)
        a, b, _ = self.wave
        bend = 2.2 * np.sin(x / 27.0 + a) + 1.6 * np.sin(z / 23.0 + b + 0.02 * x)
        fissure_y = (z + 32.0 + shift) / _SLOPE + lean * (np.abs(x) - 62.0) + bend
        gap: Field = (fissure_y - y) * np.float32(0.76)
        return gap

    def above(self, x: Field, y: Field, z: Scalar) -> Field:
        """Distance (mm) from the horizontal fissure, positive above it; of use on the right."""
        dome = -0.0025 * (x + 70.0) ** 2 + 0.1 * (y + 20.0)
        bend = 2.0 * np.sin(y / 21.0 + self.wave[2])
        gap: Field = z + 29.0 - self.horizontal_shift_mm - dome - bend
        return gap

    def lobe_at(self, points: Field) -> NDArray[np.int64]:
        """The Lobe (point,) of each of ``points`` (point, 3), as if none were missing."""
        x, y, z = points.T
        upper = self.in_front(x, y, z) > 0
        high = self.above(x, y, z) > 0
        right = np.where(upper, np.where(high, Lobe.RIGHT_UPPER, Lobe.RIGHT_MIDDLE),
                         Lobe.RIGHT_LOWER)  # fmt: skip
        left = np.where(upper, Lobe.LEFT_UPPER, Lobe.LEFT_LOWER)
        lobe: NDArray[np.int64] = np.where(x < 0, right, left)
        return lobe

    def outside(self, lobe: Lobe, x: Field, y: Field, z: Scalar) -> Field:
        """Distance (mm) beyond the fissures of ``lobe``, negative within it, on its own side."""
        front = self.in_front(x, y, z)
        if lobe in (Lobe.RIGHT_LOWER, Lobe.LEFT_LOWER):
            return front
        if lobe is Lobe.LEFT_UPPER:
            return -front
        above = self.above(x, y, z)
        beyond: Field = np.maximum(-front, -above if lobe is Lobe.RIGHT_UPPER else above)
        return beyond

    def distance(self, x: Field, y: Field, z: Scalar) -> Field:
        """Distance (mm) from the nearest fissure, without sign."""
        front = self.in_front(x, y, z)
        oblique = np.abs(front)
        if self.missing is not None:
            operated = (x < 0) == self.missing.is_right
            oblique = np.where(operated, _FAR_MM, oblique)
            if self.missing.is_right:
                return oblique
        flat = np.where((x < 0) & (front > 0), np.abs(self.above(x, y, z)), _FAR_MM)
        return np.minimum(oblique, flat)
