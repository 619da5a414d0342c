"""Signed distances (mm, negative inside) of simple solids, and the canvas they are painted on.

All coordinates are those of the reference chest: x toward the patient's left, y toward posterior,
z toward superior, in mm, with the carina at z = 0. Arrays broadcast, so that one function serves a
slice (y of shape (rows, 1), x of shape (1, cols), one z) and a list of points.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.floating[Any]]
"""Values on a slice or at points; float32 wherever it is large."""

Scalar = float | np.floating[Any] | Field
Point = tuple[float, float, float]
Axes = tuple[Point, Point, Point]
Place = tuple[slice, slice]
"""Rows and columns of a canvas."""


@dataclass(frozen=True, slots=True)
class Canvas:
    """One slice under the brush: ``hu`` (rows, cols) is painted in place.

    ``edge_mm`` is the width over which a surface fades from one material into the other: the
    blur of the scanner and of the voxel together.
    """

    x: Field
    y: Field
    z: float
    edge_mm: float
    hu: Field

    def box(self, x_mm: tuple[float, float], y_mm: tuple[float, float]) -> "Canvas":
        """The part within the box; its ``hu`` is a view. May be empty."""
        return self.part(self.place(x_mm, y_mm))

    def place(self, x_mm: tuple[float, float], y_mm: tuple[float, float]) -> "Place":
        """The rows and columns within the box."""
        cols = slice(*(int(i) for i in np.searchsorted(self.x[0], x_mm)))
        rows = slice(*(int(i) for i in np.searchsorted(self.y[:, 0], y_mm)))
        return rows, cols

    def part(self, place: "Place") -> "Canvas":
        """Those rows and columns; their ``hu`` is a view."""
        rows, cols = place
        return Canvas(self.x[:, cols], self.y[rows], self.z, self.edge_mm, self.hu[place])

    @property
    def is_empty(self) -> bool:
        return self.hu.size == 0

    def paint(self, distance: Field, hu: Scalar, *, edge_mm: float | None = None) -> None:
        """Blends ``hu`` in where ``distance`` is negative."""
        cover = coverage(distance, self.edge_mm if edge_mm is None else edge_mm)
        np.add(self.hu, (hu - self.hu) * cover, out=self.hu, casting="same_kind")


def coverage(distance: Field, edge_mm: float) -> Field:
    """Share of a voxel that is inside, in [0, 1]: linear over ``edge_mm`` about the surface."""
    cover = distance * np.float32(-1.0 / edge_mm)
    cover += np.float32(0.5)
    return between(cover, 0.0, 1.0, out=cover)


def between(values: Field, least: float, most: float, *, out: Field | None = None) -> Field:
    """As ``np.clip``, at a third of its cost on the many small arrays here."""
    held: Field = np.maximum(values, least, out=out)
    return np.minimum(held, most, out=held)


def smooth_union(a: Field, b: Field, blend_mm: Scalar) -> Field:
    """Union whose inner corners are filled over about ``blend_mm`` (Quilez, polynomial smin)."""
    h = between(0.5 + 0.5 * (b - a) / blend_mm, 0.0, 1.0)
    joined: Field = b + (a - b) * h - blend_mm * h * (1.0 - h)
    return joined


def ellipse(x: Field, y: Field, centre: tuple[float, float], radii: tuple[float, float]) -> Field:
    """Ellipse in the plane."""
    return _scaled(x - np.float32(centre[0]), y - np.float32(centre[1]), radii=radii)


def ellipsoid(
    x: Field, y: Field, z: Scalar, centre: Point, radii: Point, axes: Axes | None = None
) -> Field:
    """Ellipsoid; ``axes`` are the unit vectors of its radii, those of the chest by default."""
    dx, dy, dz = x - np.float32(centre[0]), y - np.float32(centre[1]), z - np.float32(centre[2])
    if axes is None:
        return _scaled(dx, dy, np.float32(dz), radii=radii)
    along = [dx * np.float32(a[0]) + dy * np.float32(a[1]) + dz * np.float32(a[2]) for a in axes]
    return _scaled(*along, radii=radii)


def capsule(
    x: Field, y: Field, z: Scalar, start: Point, end: Point, radii: tuple[float, float]
) -> Field:
    """A tube with round ends, of ``radii`` at ``start`` and ``end``."""
    (ax, ay, az), (bx, by, bz) = start, np.subtract(end, start).astype(np.float32)
    dx, dy, dz = x - np.float32(ax), y - np.float32(ay), np.float32(z) - np.float32(az)
    along = between((dx * bx + dy * by + dz * bz) / (bx * bx + by * by + bz * bz), 0.0, 1.0)
    off = (dx - along * bx) ** 2 + (dy - along * by) ** 2 + (dz - along * bz) ** 2
    first, last = radii
    distance: Field = np.sqrt(off) - (np.float32(first) + np.float32(last - first) * along)
    return distance


def superellipse(
    x: Field, y: Field, half_width: Scalar, half_depth: Scalar, exponent: float
) -> Field:
    """Rounded box |x/a|^n + |y/b|^n = 1 about the origin; distance measured along the ray."""
    q = (np.abs(x / half_width) ** exponent + np.abs(y / half_depth) ** exponent) ** np.float32(
        1.0 / exponent
    )
    ray = np.sqrt(x * x + y * y)
    distance: Field = ray * (1.0 - 1.0 / np.maximum(q, 1e-3))
    return np.maximum(distance, -np.minimum(half_width, half_depth)).astype(np.float32, copy=False)


def segment(
    x: Field, y: Field, start: tuple[float, float], end: tuple[float, float]
) -> tuple[Field, Field]:
    """Distance from a straight line in the plane, and where along it (0 start, 1 end)."""
    bx, by = end[0] - start[0], end[1] - start[1]
    dx, dy = x - np.float32(start[0]), y - np.float32(start[1])
    along = between((dx * bx + dy * by) / (bx * bx + by * by), 0.0, 1.0)
    distance: Field = np.hypot(dx - along * bx, dy - along * by)
    return distance, along


def _scaled(*offsets: Scalar, radii: tuple[float, ...]) -> Field:
    # Quilez' bound: k0 (k0 - 1) / k1, exact at the surface to first order.
    k0 = np.sqrt(sum((o / np.float32(r)) ** 2 for o, r in zip(offsets, radii, strict=True)))
    k1 = np.sqrt(sum((o / np.float32(r * r)) ** 2 for o, r in zip(offsets, radii, strict=True)))
    # At the very centre both vanish; their ratio is set to the least radius there.
    k0 = np.maximum(k0, 1e-6)
    distance: Field = k0 * (k0 - 1.0) / np.maximum(k1, 1e-6 / min(radii))
    return distance
