"""Cranium: the skull's inner surface, its floor, its bone and what covers it."""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np

from pe_models.phantom.chance import stream
from pe_models.phantom.head.pose import Plane
from pe_models.phantom.shapes import Field, capsule, coverage, smooth_union

_BELOW: Final = 1.35
"""How much longer than the vertex the skull's lower half is, before its floor cuts it."""
_BOXY: Final = np.float32(2.35)
"""Exponent of the superellipsoid: 2 would be an ellipsoid, and skulls are a little boxier."""
_FAT_HU: Final = -85.0
_SKIN_HU: Final = 35.0
_MUSCLE_HU: Final = 52.0
_SKIN_MM: Final = 1.8
_FLOOR_MM: Final = 2.6
_FRONT_FLOOR_Z, _MIDDLE_FLOOR_Z, _BACK_FLOOR_Z = -24.0, -41.0, -66.0
_SELLA_Z: Final = -30.0
_FORAMEN: Final = (0.0, 30.0, 17.0, 20.0)
"""Centre (x, y) and half axes of the foramen magnum."""
_PETROUS: Final = ((15.0, 1.0, -40.0), (60.0, 22.0, -36.0), (4.0, 10.0))
"""From the tip of the petrous bone to its base, and the radii there, on the left."""


@dataclass(frozen=True, slots=True, eq=False)
class Shell:
    """Where a slice lies in the skull (row, col).

    ``table`` is the distance to the inner table in mm, negative inside; ``cavity`` the same less
    what lies below the floor of the skull; ``rim`` grows from 0 in the middle to 1 at the table.
    """

    table: Field
    cavity: Field
    rim: Field


@dataclass(frozen=True, slots=True)
class Cranium:
    """One skull. Lengths in mm; ``skew`` makes its halves differ, as all do."""

    half_width: float
    half_length: float
    height: float
    bone_mm: float
    scalp_mm: float
    skew: tuple[float, float]
    table_hu: float
    diploe_hu: float

    @classmethod
    def draw(cls, seed: int) -> Self:
        rng = stream(seed, "cranium")
        skew = rng.normal(0, 0.018, 2)
        return cls(
            half_width=float(rng.uniform(61, 69)),
            half_length=float(rng.uniform(78, 89)),
            height=float(rng.uniform(74, 84)),
            bone_mm=float(rng.uniform(5.0, 8.5)),
            scalp_mm=float(rng.uniform(4.0, 9.0)),
            skew=(float(skew[0]), float(skew[1])),
            table_hu=float(rng.uniform(1050, 1500)),
            diploe_hu=float(rng.uniform(450, 800)),
        )

    def shell(self, plane: Plane) -> Shell:
        table, rim = self._inner_table(plane)
        return Shell(table, np.maximum(table, self._below_floor(plane)), rim)

    def paint(self, plane: Plane, shell: Shell) -> None:
        """Scalp, muscles, vault, floor and petrous bones; what lies inside is painted later."""
        bone = self._thickness(plane)
        self._paint_scalp(plane, shell.table - bone)
        vault = coverage(np.abs(shell.table - 0.5 * bone) - 0.5 * bone, plane.edge_mm)
        vault *= coverage(-50.0 - plane.z, 6.0)  # no vault below the floor's level
        diploe = coverage(np.abs(shell.table - 0.5 * bone) - 0.2 * bone, plane.edge_mm)
        plane.paint(vault, self.table_hu + (self.diploe_hu - self.table_hu) * diploe)
        self._paint_floor(plane, shell)

    def _inner_table(self, plane: Plane) -> tuple[Field, Field]:
        """Distance to the inner table, to first order, and the rim: a skewed superellipsoid."""
        along = plane.y / np.float32(self.half_length)
        broad = 1.0 + 0.1 * along - 0.07 * along * along  # broadest behind the ears
        askew = 1.0 + self.skew[0] * np.sign(plane.x) * along + self.skew[1] * along
        height = np.where(plane.z > 0, self.height, _BELOW * self.height).astype(np.float32)
        axes = (self.half_width * broad * askew, np.float32(self.half_length), height)
        point = (plane.x, plane.y, plane.z)
        scaled = [np.abs(part) / axis for part, axis in zip(point, axes, strict=True)]
        rim = sum(part**_BOXY for part in scaled) ** np.float32(1.0 / _BOXY)
        steps = [(part / np.maximum(rim, 1e-3)) ** (_BOXY - 1.0) / axis
                 for part, axis in zip(scaled, axes, strict=True)]  # fmt: skip
        slope = np.sqrt(sum(step * step for step in steps))  # of the rim, per mm
        distance = (rim - 1.0) / np.maximum(slope, 1e-3)
        return distance.astype(np.float32), rim.astype(np.float32)

    def _thickness(self, plane: Plane) -> Field:
        """Of the vault: thinnest at the temples, thickest in front and behind."""
        along = plane.y / np.float32(self.half_length)
        return np.float32(self.bone_mm) * (0.72 + 0.45 * np.clip(along * along, 0.0, 1.0))

    def _paint_scalp(self, plane: Plane, outside: Field) -> None:
        """Skin over fat; at the temples and the neck, muscle. ``outside`` of the bone."""
        below = np.clip((-20.0 - plane.z) / 20.0, 0.0, 1.0)
        scalp = np.float32(self.scalp_mm) + 7.0 * below
        plane.paint(coverage(outside - scalp, plane.edge_mm), _SKIN_HU)
        plane.paint(coverage(outside - scalp + _SKIN_MM, plane.edge_mm), _FAT_HU)
        temple = outside - (6.0 * np.clip((25.0 - plane.z) / 40.0, 0.0, 1.0) + 5.0 * below)
        temple = np.maximum(temple, np.abs(plane.y + 15.0) - 40.0 - 60.0 * below)
        plane.paint(coverage(temple, plane.edge_mm), _MUSCLE_HU)

    def _below_floor(self, plane: Plane) -> Field:
        """Negative above the floor of the three fossae."""
        x, y = np.abs(plane.x), plane.y
        to_front = 1.0 / (1.0 + np.exp((y + 22.0) / 3.0))
        to_back = 1.0 / (1.0 + np.exp(-(y - 12.0 - 0.33 * x) / 3.0))
        middle = _MIDDLE_FLOOR_Z + (_SELLA_Z - _MIDDLE_FLOOR_Z) * np.exp(-((x / 14.0) ** 2))
        roofs = 11.0 * np.exp(-(((x - 30.0) / 16.0) ** 2))  # the roofs of the orbits bulge
        bowl = 0.006 * ((y - 42.0) ** 2 + x * x)
        floor = (_FRONT_FLOOR_Z + roofs - 0.2 * (y + 55.0)) * to_front
        floor += (_BACK_FLOOR_Z + bowl) * to_back
        floor += middle * (1.0 - to_front - to_back)
        below: Field = (floor - plane.z) * np.float32(0.8)
        return below.astype(np.float32)

    def _paint_floor(self, plane: Plane, shell: Shell) -> None:
        x, y, half_x, half_y = _FORAMEN
        floor = np.maximum(np.abs(shell.cavity - 0.5 * _FLOOR_MM) - 0.5 * _FLOOR_MM, shell.table)
        hole = np.hypot((plane.x - x) / half_x, (plane.y - y) / half_y) - 1.0
        floor = np.maximum(floor, -hole * half_x)
        start, end, radii = _PETROUS
        petrous = capsule(np.abs(plane.x), plane.y, plane.z, start, end, radii)
        clivus = capsule(
            plane.x, plane.y, plane.z, (0.0, -6.0, -36.0), (0.0, 14.0, -62.0), (7.0, 6.0)
        )
        bone = smooth_union(floor, np.minimum(petrous, clivus), 3.0)
        plane.paint(coverage(bone, plane.edge_mm), self.table_hu * 0.8)
