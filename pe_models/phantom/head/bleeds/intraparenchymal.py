"""Blood within the brain, with the swelling about it."""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np

from pe_models.phantom.head.bleeds.bleed import EvenBlood, Push
from pe_models.phantom.head.brain import Spaces
from pe_models.phantom.head.pose import Plane
from pe_models.phantom.head.random_field import RandomField
from pe_models.phantom.head.solids import within_all
from pe_models.phantom.head.spec import BleedKind
from pe_models.phantom.shapes import Field, Point, ellipsoid

_SITES: Final[tuple[tuple[Point, float, tuple[float, float]], ...]] = (
    ((27.0, -3.0, 3.0), 0.3, (7.0, 22.0)),
    ((13.0, 15.0, 6.0), 0.15, (5.0, 14.0)),
    ((36.0, -45.0, 22.0), 0.15, (7.0, 24.0)),
    ((40.0, 42.0, 20.0), 0.15, (7.0, 24.0)),
    ((46.0, 2.0, -16.0), 0.1, (6.0, 18.0)),
    ((22.0, 52.0, -44.0), 0.1, (6.0, 16.0)),
    ((2.0, 16.0, -32.0), 0.05, (4.0, 9.0)),
)
"""Putamen, thalamus, frontal, parietal and temporal lobe, cerebellum, pons of the left side: where,
how often, and between which radii in mm. Deep bleeds are the most frequent, as in hypertension.
"""
_UNEVEN: Final = 0.24
"""How far the surface departs from an ellipsoid, beside its radius."""


@dataclass(frozen=True, slots=True, eq=False)
class Intraparenchymal(EvenBlood):
    """An uneven clot with its rim of swollen brain, ``oedema_mm`` wide."""

    side: int
    hu: float
    centre: Point
    radii: Point
    oedema_mm: float
    surface: RandomField

    kind = BleedKind.INTRAPARENCHYMAL

    @classmethod
    def draw(cls, rng: np.random.Generator) -> Self:
        side = int(rng.choice((-1, 1)))
        (x, y, z), _, range_mm = _SITES[
            rng.choice(len(_SITES), p=[share for _, share, _ in _SITES])
        ]
        moved = np.array((side * x, y, z)) + rng.normal(0, 3.0, 3)
        radius = float(rng.uniform(*range_mm))
        radii = radius * rng.uniform(0.75, 1.25, 3)
        return cls(
            side=side,
            hu=float(rng.uniform(55, 82)),
            centre=(float(moved[0]), float(moved[1]), float(moved[2])),
            radii=(float(radii[0]), float(radii[1]), float(radii[2])),
            oedema_mm=float(rng.uniform(2.0, 8.0)),
            surface=RandomField.make(int(rng.integers(1 << 31)), "clot surface", 0.45 * radius + 2),
        )

    @property
    def push(self) -> Push:
        return Push(self.centre, -self.side * 0.35 * min(self.radii), 2.2 * max(self.radii))

    def depth_mm(self, plane: Plane) -> Field:
        return np.zeros_like(plane.hu)

    def distance(self, plane: Plane, spaces: Spaces) -> Field:
        return within_all(self._clot(plane), spaces.shell.cavity + 2.0, -spaces.ventricles)

    def oedema(self, plane: Plane, spaces: Spaces) -> Field:
        return within_all(self._clot(plane) - self.oedema_mm, spaces.brain, -spaces.ventricles)

    def _clot(self, plane: Plane) -> Field:
        smooth = ellipsoid(plane.x, plane.y, plane.z, self.centre, self.radii)
        uneven = self.surface.at(plane.x, plane.y, plane.z)
        rough: Field = smooth + np.float32(_UNEVEN * min(self.radii)) * uneven
        return rough
