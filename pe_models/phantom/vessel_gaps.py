"""Vessel gaps: the places in the lungs between two vessels, or beside one."""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np

from pe_models.phantom.habitus import Habitus
from pe_models.phantom.heart import Heart
from pe_models.phantom.lung_vessels import LungVessels
from pe_models.phantom.shapes import Field
from pe_models.phantom.thorax import lungs
from pe_models.phantom.tubes import FAR_MM, Tubes, joined

_VESSEL_MM: Final = (0.8, 3.4)
"""Radii of the vessels considered: seen at a glance, and not yet of the hilum."""
_SLOPE: Final = 0.3
"""How far apart along z, as a share of their distance, two vessels still lie in one slice."""
_BARE_MM: Final = 1.5
_ATTEMPTS: Final = 40


@dataclass(frozen=True, slots=True, eq=False)
class Gap:
    """The room between two vessels: its ``middle`` (3,) and the unit vector ``along`` (3,) it.

    ``length_mm`` is from axis to axis, ``radius_mm`` that of the thinner vessel.
    """

    middle: Field
    along: Field
    length_mm: float
    radius_mm: float


@dataclass(frozen=True, slots=True, eq=False)
class VesselGaps:
    """The vessels of the lungs that are seen at a glance, and what bounds the lungs."""

    vessels: Tubes
    habitus: Habitus
    heart: Heart

    @classmethod
    def of(cls, vessels: LungVessels, habitus: Habitus, heart: Heart) -> Self:
        both = joined((vessels.arteries, vessels.veins))
        radius = 0.5 * (both.start_radius + both.end_radius)
        seen = both.where((radius > _VESSEL_MM[0]) & (radius < _VESSEL_MM[1]))
        return cls(seen, habitus, heart)

    def pair(self, rng: np.random.Generator, least_mm: float, most_mm: float) -> Gap:
        """A gap so long, in the lungs; the nearest to that found where there is none."""
        gap = self._pair(rng, least_mm, most_mm)
        for _ in range(_ATTEMPTS):
            if self._is_bare(gap.middle) and self._is_in_lung(gap.middle, 0.3 * gap.length_mm):
                return gap
            gap = self._pair(rng, least_mm, most_mm)
        return gap

    def beside(self, rng: np.random.Generator, room_mm: float) -> tuple[Field, Field, float]:
        """A point (3,) on a vessel's axis, a unit vector (3,) across it, the radius (mm) there.

        Against the vector there are ``room_mm`` of lung, where such a place was found.
        """
        for _ in range(_ATTEMPTS):
            piece = int(rng.integers(len(self.vessels)))
            point = self.vessels.start[piece].astype(np.float64)
            course = self.vessels.end[piece] - point
            across = np.cross(course, rng.normal(size=3))
            across /= max(float(np.linalg.norm(across)), 1e-6)
            if self._is_in_lung(point - room_mm * across, 0.6 * room_mm):
                break
        return point, across, float(self.vessels.start_radius[piece])

    def _pair(self, rng: np.random.Generator, least_mm: float, most_mm: float) -> Gap:
        """The gap between some vessel and one of those about as far away as chance asks."""
        first = int(rng.integers(len(self.vessels)))
        here = self.vessels.start[first]
        way = self.vessels.start - here
        apart = np.linalg.norm(way, axis=1)
        wanted = rng.triangular(least_mm, least_mm + 4.0, most_mm)
        badness = np.abs(apart - wanted) + 10.0 * np.maximum(np.abs(way[:, 2]) - _SLOPE * apart, 0)
        is_same = self.vessels.owner == self.vessels.owner[first]
        second = int(np.argmin(np.where(is_same | (apart < least_mm), np.inf, badness)))
        length = float(apart[second])
        radius = min(float(self.vessels.start_radius[i]) for i in (first, second))
        along = way[second].astype(np.float64) / max(length, 1e-6)
        return Gap(here + 0.5 * way[second], along, length, radius)

    def _is_bare(self, point: Field) -> bool:
        """Whether no vessel runs through it, about; pieces are a few mm long."""
        vessels = self.vessels
        near = np.linalg.norm(0.5 * (vessels.start + vessels.end) - point, axis=1)
        return bool((near > vessels.start_radius + _BARE_MM).all())

    def _is_in_lung(self, point: Field, depth_mm: float) -> bool:
        x, y, z = np.asarray(point, np.float32)[:, None]
        far = np.full(1, FAR_MM, np.float32)
        heart = self.heart.fields(x, y, z).whole
        return bool(lungs(self.habitus, x, y, z, heart=heart, great=far, hilar=far) < -depth_mm)
