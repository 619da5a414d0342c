"""Ventricles: the fluid within the brain, as a union of tubes."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Self

import numpy as np

from pe_models.phantom.chance import stream
from pe_models.phantom.head.pose import Plane
from pe_models.phantom.head.solids import solid, within_all, within_any
from pe_models.phantom.shapes import Field, Point, capsule, smooth_union

_TUBES: Final[tuple[tuple[Point, Point, tuple[float, float]], ...]] = (
    ((8.5, -32.0, 6.0), (9.0, -6.0, 16.0), (4.6, 3.8)),
    ((9.0, -6.0, 16.0), (23.0, 30.0, 10.0), (3.8, 5.2)),
    ((23.0, 30.0, 10.0), (25.0, 54.0, 1.0), (4.6, 2.4)),
    ((25.0, 28.0, 7.0), (33.0, 2.0, -19.0), (3.4, 1.8)),
)
"""Frontal horn, body, occipital and temporal horn of the left side: ends and radii at them."""
_THIRD: Final = ((0.0, 4.0, -1.0), (2.2, 14.0, 10.0))
_FOURTH: Final = ((0.0, 33.0, -42.0), (6.5, 4.5, 8.0))
_LATERAL_Z: Final = (-1.0, 36.0)
"""Their middle height, and how far from it they may reach."""
_FAR_MM: Final = 60.0
_SEPTUM_MM: Final = 0.7


@dataclass(frozen=True, slots=True)
class Ventricles:
    """``scales`` widen the lateral ventricles (right, left) beside the usual."""

    scales: tuple[float, float]

    @classmethod
    def draw(cls, seed: int) -> Self:
        rng = stream(seed, "ventricles")
        scale = float(np.clip(np.exp(rng.normal(0.05, 0.3)), 0.55, 2.0))
        lopsided = rng.uniform(0.88, 1.14)
        return cls((scale, float(scale * lopsided)))

    def distance(self, plane: Plane) -> Field:
        """Distance (mm) to the nearest ventricle, negative inside."""
        if plane.reaches(*_LATERAL_Z):
            sides = (self._lateral(plane, scale) for scale in self.scales[::-1])
            lateral = within_all(np.where(plane.x > 0, *sides), _SEPTUM_MM - np.abs(plane.x))
        else:
            lateral = np.full_like(plane.hu, _FAR_MM)
        centre, (thin, long, high) = _THIRD
        third = solid(plane, centre, (thin * self.scales[0], long, high))
        fourth = solid(plane, *_FOURTH)
        return within_any(lateral, third, fourth)

    def _lateral(self, plane: Plane, scale: float) -> Field:
        tubes = self._tubes(plane, scale)
        joined = next(tubes)
        for tube in tubes:
            joined = smooth_union(joined, tube, 2.0)
        return joined

    def _tubes(self, plane: Plane, scale: float) -> Iterator[Field]:
        x = np.abs(plane.x)
        for start, end, (first, last) in _TUBES:
            yield capsule(x, plane.y, plane.z, start, end, (first * scale, last * scale))
