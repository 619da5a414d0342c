"""What lies below and before the skull: orbits, sinuses, air cells, soft tissue."""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np

from pe_models.phantom.chance import stream
from pe_models.phantom.head.cranium import Shell
from pe_models.phantom.head.pose import Plane
from pe_models.phantom.head.solids import mirrored, solid, within_all, within_any
from pe_models.phantom.shapes import Field, coverage

_AIR_HU: Final = -980.0
_BONE_HU: Final = 750.0
_SOFT_HU: Final = 45.0
_ORBIT_FAT_HU: Final = -80.0
_GLOBE_HU: Final = 12.0
_LENS_HU: Final = 75.0
_FACE: Final = ((0.0, -48.0, -72.0), (58.0, 50.0, 62.0))
_NECK: Final = ((0.0, 28.0, -95.0), (58.0, 52.0, 60.0))
_ORBIT: Final = ((31.0, -62.0, -40.0), (17.0, 25.0, 17.0))
_GLOBE: Final = ((31.0, -76.0, -40.0), 12.0)
_LENS: Final = ((31.0, -86.0, -40.0), (5.0, 2.2, 5.0))
_NOSE: Final = ((0.0, -62.0, -52.0), (11.0, 26.0, 26.0))
_SPHENOID: Final = ((0.0, -18.0, -44.0), (12.0, 10.0, 9.0))
_MASTOID: Final = ((56.0, 34.0, -48.0), (9.0, 12.0, 14.0))
_WALL_MM: Final = 1.6
_DEEP_MM: Final = 5.0
"""How far outside the inner table the frontal sinus ends."""
_CELL_MM: Final = 4.0
_MASTOIDS_X: Final = 40.0
_CELLS: Final = 0.42
"""Waves per mm (radians) whose zeros are the walls between air cells, about _CELL_MM wide."""


@dataclass(frozen=True, slots=True)
class Face:
    """``frontal`` is the size of the frontal sinus, 0 for none; ``opaque`` sinuses hold fluid."""

    frontal: float
    opaque: bool

    @classmethod
    def draw(cls, seed: int) -> Self:
        rng = stream(seed, "face")
        return cls(float(rng.uniform(-0.3, 1.3)), bool(rng.random() < 0.15))

    def paint_tissue(self, plane: Plane) -> None:
        """Face and neck as soft tissue, under all bone."""
        face = within_any(solid(plane, *_FACE), solid(plane, *_NECK))
        plane.paint(coverage(face, plane.edge_mm), _SOFT_HU)

    def paint(self, plane: Plane, shell: Shell) -> None:
        """Orbits and air in their bone, outside the cavity of the skull."""
        outside = 2.0 - shell.cavity
        self._paint_sinuses(plane, outside, shell.table - _DEEP_MM)
        _paint_orbits(plane, outside)

    def _paint_sinuses(self, plane: Plane, outside: Field, forehead: Field) -> None:
        cells = within_any(solid(plane, *_NOSE), solid(plane, *_SPHENOID))
        cells = within_any(cells, mirrored(plane, *_MASTOID))
        if self.frontal > 0:
            centre, radii = (
                (0.0, -86.0, -22.0),
                (22.0 * self.frontal + 4, 4.0, 16.0 * self.frontal + 4),
            )
            frontal = within_all(solid(plane, centre, radii), forehead)
            cells = within_any(cells, frontal)
        bone = within_all(cells - _WALL_MM, outside)
        plane.paint(coverage(bone, plane.edge_mm), _BONE_HU)
        air = within_all(cells, outside + _WALL_MM, -_septa(plane))
        plane.paint(coverage(air, plane.edge_mm), 25.0 if self.opaque else _AIR_HU)


def _septa(plane: Plane) -> Field:
    """Distance to the walls within: one in the middle of the nose, many in the mastoids."""
    waves = np.sin(_CELLS * (plane.x + 0.5 * plane.y)) * np.sin(_CELLS * (plane.y - plane.z))
    cells = np.where(np.abs(plane.x) > _MASTOIDS_X, np.abs(waves) * _CELL_MM, _CELL_MM)
    turned = 1.5 * np.sin(0.11 * plane.y)  # no septum is straight
    return within_any(cells, np.abs(plane.x - turned)) - 0.6


def _paint_orbits(plane: Plane, outside: Field) -> None:
    orbit = within_all(mirrored(plane, *_ORBIT), outside)
    plane.paint(
        coverage(orbit - _WALL_MM, plane.edge_mm) * coverage(-78.0 - plane.y, 4.0), _BONE_HU
    )
    plane.paint(coverage(orbit, plane.edge_mm), _ORBIT_FAT_HU)
    nerve = within_all(
        np.hypot(np.abs(plane.x) - 31.0 + 0.35 * (plane.y + 64.0), plane.z + 40.0) - 2.5, orbit
    )
    plane.paint(coverage(nerve, plane.edge_mm), _SOFT_HU)
    centre, radius = _GLOBE
    plane.paint(coverage(mirrored(plane, centre, (radius,) * 3), plane.edge_mm), _GLOBE_HU)
    plane.paint(coverage(mirrored(plane, *_LENS), plane.edge_mm), _LENS_HU)
