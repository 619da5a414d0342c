"""Pose: how a head lies in the scanner; Plane: one slice of it, in the head's own coordinates."""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np

from pe_models.phantom.chance import stream
from pe_models.phantom.shapes import Canvas, Field

_TURN_DEG: Final = 5.0
_LEAN_DEG: Final = 2.5
_NOD_DEG: Final = 7.0
_SHIFT_MM: Final = 6.0


@dataclass(frozen=True, slots=True, eq=False)
class Plane:
    """One slice under the brush: ``hu`` (row, col) is painted in place.

    ``x``, ``y``, ``z`` (row, col) are millimetres of the head: toward its left, its back, its
    vertex, from the middle of the skull at the height of the third ventricle. ``down`` is how far
    a point lies toward the table, which is where blood sinks.
    """

    x: Field
    y: Field
    z: Field
    down: Field
    edge_mm: float
    hu: Field

    def reaches(self, z_mm: float, far_mm: float) -> bool:
        """Whether a point of the slice lies within ``far_mm`` of the height ``z_mm``."""
        corners = self.z[[0, 0, -1, -1], [0, -1, 0, -1]]
        return bool(corners.min() <= z_mm + far_mm and corners.max() >= z_mm - far_mm)

    def paint(self, cover: Field, hu: Field | float) -> None:
        """Blends ``hu`` in, by the share ``cover`` of each pixel that it fills."""
        np.add(self.hu, (hu - self.hu) * cover, out=self.hu, casting="same_kind")


@dataclass(frozen=True, slots=True, eq=False)
class Pose:
    """``rotation`` (3, 3) takes patient mm, less ``centre_mm``, to millimetres of the head."""

    rotation: Field
    centre_mm: Field

    @classmethod
    def draw(cls, seed: int) -> Self:
        rng = stream(seed, "head pose")
        turn, lean, nod = np.radians(rng.normal(0, (_TURN_DEG, _LEAN_DEG, _NOD_DEG)))
        rotation = _about(2, turn) @ _about(1, lean) @ _about(0, nod)
        return cls(rotation.astype(np.float32), rng.uniform(-_SHIFT_MM, _SHIFT_MM, 3))

    def plane(self, canvas: Canvas) -> Plane:
        """The slice on ``canvas``, whose coordinates are patient mm and whose pixels it paints."""
        x = canvas.x - np.float32(self.centre_mm[0])
        y = canvas.y - np.float32(self.centre_mm[1])
        z = np.float32(canvas.z - self.centre_mm[2])
        across, back, up = (row[0] * x + row[1] * y + row[2] * z for row in self.rotation)
        down = np.broadcast_to(y, canvas.hu.shape)
        return Plane(across, back, up, down, canvas.edge_mm, canvas.hu)


def _about(axis: int, angle: float) -> Field:
    """The rotation by ``angle`` (radians) about one axis."""
    rotation = np.eye(3)
    first, second = [other for other in range(3) if other != axis]
    rotation[first, first] = rotation[second, second] = np.cos(angle)
    rotation[first, second], rotation[second, first] = -np.sin(angle), np.sin(angle)
    return rotation
