"""Solids of a head on one of its slices: signed distances in mm, negative inside."""

from typing import Final

import numpy as np

from pe_models.phantom.head.pose import Plane
from pe_models.phantom.shapes import Field, Point, ellipsoid

_NEAR_MM: Final = 6.0
_FAR_MM: Final = 60.0
"""So far a solid is said to be from a slice that it misses by _NEAR_MM and more."""


def within_all(*distances: Field | float) -> Field:
    """The intersection."""
    joined = distances[0]
    for distance in distances[1:]:
        joined = np.maximum(joined, distance)
    return np.asarray(joined, dtype=np.float32)


def within_any(*distances: Field | float) -> Field:
    """The union."""
    joined = distances[0]
    for distance in distances[1:]:
        joined = np.minimum(joined, distance)
    return np.asarray(joined, dtype=np.float32)


def solid(plane: Plane, centre: Point, radii: Point) -> Field:
    """An ellipsoid; on slices that it does not reach, no more than that it is far."""
    if not plane.reaches(centre[2], radii[2] + _NEAR_MM):
        return np.full_like(plane.hu, _FAR_MM)
    return ellipsoid(plane.x, plane.y, plane.z, centre, radii)


def mirrored(plane: Plane, centre: Point, radii: Point) -> Field:
    """The same on both sides; ``centre`` is that on the left."""
    if not plane.reaches(centre[2], radii[2] + _NEAR_MM):
        return np.full_like(plane.hu, _FAR_MM)
    return ellipsoid(np.abs(plane.x), plane.y, plane.z, centre, radii)
