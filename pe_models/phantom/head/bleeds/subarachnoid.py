"""Blood in sulci and cisterns: it takes the place of the fluid there."""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np

from pe_models.phantom.head.bleeds.bleed import NoMass
from pe_models.phantom.head.brain import Spaces
from pe_models.phantom.head.pose import Plane
from pe_models.phantom.head.random_field import RandomField
from pe_models.phantom.head.solids import within_all, within_any
from pe_models.phantom.head.spec import BleedKind
from pe_models.phantom.shapes import Field, Point, ellipsoid

_BASAL: Final[tuple[tuple[Point, Point], ...]] = (((0.0, 0.0, -20.0), (32.0, 34.0, 17.0)),)
_SYLVIAN: Final[tuple[Point, Point]] = ((46.0, -12.0, -3.0), (26.0, 22.0, 20.0))
_FRAY_MM: Final = 11.0
_WIDER_MM: Final = 0.9
"""Sulci that hold blood are distended by so much on each side."""


@dataclass(frozen=True, slots=True, eq=False)
class Subarachnoid(NoMass):
    """``regions`` are ellipsoids (centre, radii) within which the fluid is blood, frayed."""

    side: int
    hu: float
    regions: tuple[tuple[Point, Point], ...]
    fray: RandomField

    kind = BleedKind.SUBARACHNOID

    @classmethod
    def draw(cls, rng: np.random.Generator) -> Self:
        side = int(rng.choice((-1, 1)))
        pattern = rng.choice(("cisterns", "fissure", "convexity"), p=(0.4, 0.2, 0.4))
        if pattern == "cisterns":
            both = (_on_side(_SYLVIAN, 1), _on_side(_SYLVIAN, -1))
            regions, side = (*_BASAL, *both[: int(rng.integers(1, 3))]), 0
        elif pattern == "fissure":
            regions = (_on_side(_SYLVIAN, side),)
        else:
            regions = (_convexity(rng, side),)
        hu = float(rng.uniform(48, 72))
        return cls(side, hu, regions, RandomField.make(int(rng.integers(1 << 31)), "fray", 9.0))

    def distance(self, plane: Plane, spaces: Spaces) -> Field:
        inside = within_any(
            *(ellipsoid(plane.x, plane.y, plane.z, *region) for region in self.regions)
        )
        frayed = inside + np.float32(_FRAY_MM) * self.fray.at(plane.x, plane.y, plane.z)
        return within_all(spaces.outer_fluid - _WIDER_MM, spaces.shell.cavity, frayed)


def _on_side(region: tuple[Point, Point], side: int) -> tuple[Point, Point]:
    (x, y, z), radii = region
    return (side * x, y, z), radii


def _convexity(rng: np.random.Generator, side: int) -> tuple[Point, Point]:
    """Over one lobe: from the middle toward the surface, upward."""
    azimuth, up = rng.uniform(-1.1, 1.1), rng.uniform(0.15, 0.9)
    flat = 62.0 * float(np.cos(up))
    centre = (side * flat * float(np.cos(azimuth)), flat * 1.2 * float(np.sin(azimuth)),
              66.0 * float(np.sin(up)))  # fmt: skip
    reach = float(rng.uniform(24, 40))
    return centre, (reach, reach, reach)
