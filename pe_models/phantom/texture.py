"""Texture: smooth random fields in three dimensions, the same for a point whatever the slice."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from pe_models.phantom.chance import stream
from pe_models.phantom.shapes import Canvas, Field

_LATTICE: Final = 64
_PAD: Final = 3
"""Lattice points repeated beyond the period in rows and columns, for cubic interpolation."""


@dataclass(frozen=True, slots=True, eq=False)
class Texture:
    """Noise of unit variance (about) and zero mean whose grain is ``grain_mm``.

    ``lattice`` is a period of random values, repeated a little beyond in rows and columns;
    interpolated cubically in the plane and linearly in z.
    """

    lattice: Field
    grain_mm: float

    @classmethod
    def make(cls, seed: int, purpose: str, grain_mm: float) -> "Texture":
        values = stream(seed, purpose).standard_normal((_LATTICE,) * 3, dtype=np.float32)
        return cls(np.pad(values, ((0, 0), (_PAD, _PAD), (_PAD, _PAD)), mode="wrap"), grain_mm)

    def on(self, canvas: Canvas) -> Field:
        """Values on the canvas (rows, cols)."""
        level = canvas.z / self.grain_mm
        below = int(np.floor(level))
        part = np.float32(level - below)
        low, high = self.lattice[below % _LATTICE], self.lattice[(below + 1) % _LATTICE]
        plane = (low * (1 - part) + high * part) / np.hypot(1 - part, part)
        cols = (canvas.x / self.grain_mm) % _LATTICE
        rows = (canvas.y / self.grain_mm) % _LATTICE
        shape = canvas.hu.shape
        values: Field = cv2.remap(
            plane,
            np.broadcast_to((cols + _PAD).astype(np.float32), shape).copy(),
            np.broadcast_to((rows + _PAD).astype(np.float32), shape).copy(),
            cv2.INTER_CUBIC,
        )
        values *= np.float32(1.4)  # interpolation between lattice points takes half the variance
        return values


@dataclass(frozen=True, slots=True, eq=False)
class Textures:
    """The random fields of one phantom, by their grain and use."""

    broad: Texture
    coarse: Texture
    threads: Texture
    fine: Texture
    specks: Texture
    blood: Texture

    @classmethod
    def make(cls, seed: int) -> "Textures":
        return cls(
            broad=Texture.make(seed, "broad", 34.0),
            coarse=Texture.make(seed, "coarse", 9.0),
            threads=Texture.make(seed, "threads", 13.0),
            fine=Texture.make(seed, "fine", 2.6),
            specks=Texture.make(seed, "specks", 1.6),
            blood=Texture.make(seed, "blood", 16.0),
        )
