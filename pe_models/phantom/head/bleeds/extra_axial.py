"""Blood between skull and brain: epidural lenses, subdural crescents, blood along the falx."""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np

from pe_models.phantom.head import cisterns
from pe_models.phantom.head.bleeds.bleed import EvenBlood, NoMass, Push
from pe_models.phantom.head.brain import Spaces
from pe_models.phantom.head.pose import Plane
from pe_models.phantom.head.solids import within_all
from pe_models.phantom.head.spec import BleedKind
from pe_models.phantom.shapes import Field, Point

_RADIUS_MM: Final = 74.0
"""Of a usual skull: angles about its middle become arcs along its inner table."""
_EPIDURAL_SITES: Final[tuple[Point, ...]] = (
    (0.97, 0.05, -0.2),
    (0.62, -0.75, 0.15),
    (0.82, 0.35, 0.45),
    (0.5, 0.82, 0.1),
)
"""Directions from the middle, on the left: temporal, frontal, parietal, occipital."""
_TO_SUTURE_MM: Final = 4.0
_SHIFT_SHARE: Final = 0.45
"""Of the blood's thickness, by which the midline moves."""


@dataclass(frozen=True, slots=True)
class Epidural(EvenBlood):
    """A lens under the inner table about the unit vector ``toward``; it ends at sutures.

    ``thickness_mm`` in its middle, ``radius_mm`` along the table.
    """

    side: int
    hu: float
    toward: Point
    thickness_mm: float
    radius_mm: float

    kind = BleedKind.EPIDURAL

    @classmethod
    def draw(cls, rng: np.random.Generator) -> Self:
        side = int(rng.choice((-1, 1)))
        site = np.array(_EPIDURAL_SITES[rng.integers(len(_EPIDURAL_SITES))])
        site += rng.normal(0, 0.06, 3)
        site /= np.linalg.norm(site)
        to_midline = _RADIUS_MM * float(np.arcsin(abs(site[0]))) - _TO_SUTURE_MM
        radius = min(float(rng.uniform(22, 40)), to_midline)
        toward = (side * abs(float(site[0])), float(site[1]), float(site[2]))
        thickness = radius * float(rng.uniform(0.3, 0.6))
        return cls(side, float(rng.uniform(58, 80)), toward, thickness, radius)

    @property
    def push(self) -> Push:
        x, y, z = (axis * 0.45 * _RADIUS_MM for axis in self.toward)
        return Push((x, y, z), -self.side * _SHIFT_SHARE * self.thickness_mm, 45.0)

    def depth_mm(self, plane: Plane) -> Field:
        far = np.maximum(np.sqrt(plane.x**2 + plane.y**2 + plane.z**2), 20.0)
        x, y, z = (np.float32(axis) for axis in self.toward)
        cosine = (plane.x * x + plane.y * y + plane.z * z) / far
        arc = np.float32(_RADIUS_MM) * np.arccos(np.clip(cosine, -1.0, 1.0))
        depth: Field = np.float32(self.thickness_mm) * (1.0 - (arc / self.radius_mm) ** 2)
        return depth

    def distance(self, plane: Plane, spaces: Spaces) -> Field:
        cavity = spaces.shell.cavity
        return within_all(cavity, -cavity - self.depth_mm(plane))


@dataclass(frozen=True, slots=True)
class Subdural(EvenBlood):
    """A crescent over one hemisphere; it crosses sutures, never the midline.

    Its angles are about the middle of the skull, in radians: ``azimuth`` of its middle from the
    side toward the back, and how far it reaches around (``breadth``) and up (``height``).
    ``older_hu`` is that of the blood that lies uppermost, the patient on the back.
    """

    side: int
    hu: float
    older_hu: float
    thickness_mm: float
    azimuth: float
    elevation: float
    breadth: float
    height: float

    kind = BleedKind.SUBDURAL

    @classmethod
    def draw(cls, rng: np.random.Generator) -> Self:
        hu = float(rng.uniform(52, 75))
        return cls(
            side=int(rng.choice((-1, 1))),
            hu=hu,
            older_hu=hu if rng.random() < 0.7 else float(rng.uniform(20, 45)),
            thickness_mm=float(rng.uniform(4.5, 15)),
            azimuth=float(rng.uniform(-0.35, 0.45)),
            elevation=float(rng.uniform(0.1, 0.55)),
            breadth=float(rng.uniform(0.75, 1.3)),
            height=float(rng.uniform(0.55, 0.95)),
        )

    @property
    def push(self) -> Push:
        centre = (self.side * 30.0, 10.0, 15.0)
        return Push(centre, -self.side * _SHIFT_SHARE * self.thickness_mm, 50.0)

    def blood_hu(self, plane: Plane) -> Field:
        """Cells sink: the older blood lies above a blurred level."""
        sunk = np.clip((plane.down + 5.0) / 20.0, 0.0, 1.0)
        blood: Field = self.older_hu + np.float32(self.hu - self.older_hu) * sunk
        return blood

    def depth_mm(self, plane: Plane) -> Field:
        out = np.float32(self.side) * plane.x
        around = np.arctan2(plane.y, np.maximum(out, 0.1)) - np.float32(self.azimuth)
        up = np.arctan2(plane.z, np.hypot(plane.x, plane.y)) - np.float32(self.elevation)
        along = 1.0 - (around / self.breadth) ** 4
        upward = 1.0 - (up / self.height) ** 2
        is_there = (out > 1.0) & (along > 0.0) & (upward > 0.0)
        depth: Field = np.where(is_there, np.float32(self.thickness_mm) * along * upward, -1.0)
        return depth

    def distance(self, plane: Plane, spaces: Spaces) -> Field:
        cavity = spaces.shell.cavity
        return within_all(cavity, -cavity - self.depth_mm(plane))


@dataclass(frozen=True, slots=True)
class FalcineSubdural(NoMass):
    """Subdural blood along one side of the falx, from ``front_y`` to ``back_y`` (mm)."""

    side: int
    hu: float
    width_mm: float
    front_y: float
    back_y: float

    kind = BleedKind.SUBDURAL

    @classmethod
    def draw(cls, rng: np.random.Generator) -> Self:
        front = float(rng.uniform(-65, 10))
        return cls(
            side=int(rng.choice((-1, 1))),
            hu=float(rng.uniform(55, 75)),
            width_mm=float(rng.uniform(3.0, 7.0)),
            front_y=front,
            back_y=front + float(rng.uniform(40, 75)),
        )

    def distance(self, plane: Plane, spaces: Spaces) -> Field:
        half = np.float32(0.5 * self.width_mm)
        middle, reach = 0.5 * (self.front_y + self.back_y), 0.5 * (self.back_y - self.front_y)
        taper = np.clip(1.3 - 1.3 * ((plane.y - middle) / reach) ** 2, -0.2, 1.0)
        aside = np.abs(plane.x * self.side - 0.5 - half) - half * taper
        above = within_all(6.0 - cisterns.callosum(plane), -cisterns.above_tentorium(plane))
        return within_all(aside, spaces.shell.cavity, above)
