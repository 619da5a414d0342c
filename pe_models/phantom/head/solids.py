"""Solids of a head on one of its slices: signed distances in mm, negative inside."""

import numpy as np

from pe_models.phantom.head.pose import Plane
from pe_models.phantom.shapes import Field, Point, ellipsoid


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
    """An ellipsoid."""
    return ellipsoid(plane.x, plane.y, plane.z, centre, radii)


def mirrored(plane: Plane, centre: Point, radii: Point) -> Field:
    """The same on both sides; ``centre`` is that on the left."""
    return ellipsoid(np.abs(plane.x), plane.y, plane.z, centre, radii)
