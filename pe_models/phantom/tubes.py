"""Tubes: chains of round cones, the stuff of vessels and airways, and their distance fields."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pe_models.phantom.shapes import Canvas, Field, Place, between

FAR_MM: Final = 1e3
"""What a distance field reads where no tube is near."""

_PATCH_SIZES: Final = (8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 1024)
_CHUNK: Final = 400_000


@dataclass(frozen=True, slots=True, eq=False)
class Tubes:
    """Pieces ``start``, ``end`` (piece, 3: x, y, z in mm) with their radii (piece,) in mm.

    ``owner`` (piece,) tells which branch or embolus a piece belongs to.
    """

    start: Field
    end: Field
    start_radius: Field
    end_radius: Field
    owner: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.start)

    def where(self, chosen: NDArray[np.bool_]) -> "Tubes":
        return Tubes(
            self.start[chosen],
            self.end[chosen],
            self.start_radius[chosen],
            self.end_radius[chosen],
            self.owner[chosen],
        )

    def near(self, canvas: Canvas, margin_mm: float) -> NDArray[np.bool_]:
        """Which pieces (piece,) come within ``margin_mm`` of the canvas: of its box."""
        reach = np.maximum(self.start_radius, self.end_radius) + np.float32(margin_mm)
        low = np.minimum(self.start[:, 2], self.end[:, 2]) - reach
        high = np.maximum(self.start[:, 2], self.end[:, 2]) + reach
        close = np.flatnonzero((low <= canvas.z) & (canvas.z <= high))
        reach = reach[close]
        for axis, values in ((0, canvas.x[0]), (1, canvas.y[:, 0])):
            low = np.minimum(self.start[close, axis], self.end[close, axis]) - reach
            high = np.maximum(self.start[close, axis], self.end[close, axis]) + reach
            within = (low <= values[-1]) & (values[0] <= high)
            close, reach = close[within], reach[within]
        chosen = np.zeros(len(self), np.bool_)
        chosen[close] = True
        return chosen

    def place_on(self, canvas: Canvas, margin_mm: float) -> Place:
        """The rows and columns of ``canvas`` that hold all pieces and ``margin_mm`` about them."""
        reach = np.maximum(self.start_radius, self.end_radius)[:, None] + margin_mm
        low = (np.minimum(self.start, self.end) - reach).min(axis=0)
        high = (np.maximum(self.start, self.end) + reach).max(axis=0)
        return canvas.place((float(low[0]), float(high[0])), (float(low[1]), float(high[1])))


def tube(points: ArrayLike, radii: ArrayLike, *, owner: int = 0) -> Tubes:
    """One chain through ``points`` (point, 3)."""
    path = np.asarray(points, dtype=np.float32)
    radius = np.broadcast_to(np.asarray(radii, dtype=np.float32), (len(path),))
    return Tubes(
        path[:-1], path[1:], radius[:-1], radius[1:], np.full(len(path) - 1, owner, np.int32)
    )


def joined(parts: Iterable[Tubes]) -> Tubes:
    """All pieces of ``parts`` in one; at least one part."""
    every = tuple(parts)
    return Tubes(
        np.concatenate([p.start for p in every]),
        np.concatenate([p.end for p in every]),
        np.concatenate([p.start_radius for p in every]),
        np.concatenate([p.end_radius for p in every]),
        np.concatenate([p.owner for p in every]),
    )


def owned(parts: Iterable[Tubes]) -> Tubes:
    """All pieces of ``parts`` in one; ``owner`` is the place of the part. At least one part."""
    return joined(
        replace(part, owner=np.full(len(part), place, np.int32)) for place, part in enumerate(parts)
    )


def smooth_path(knots: ArrayLike, radii: ArrayLike, *, step_mm: float = 4.0) -> tuple[Field, Field]:
    """Points (point, 3) and radii (point,) of a Catmull-Rom spline through ``knots`` (knot, 3)."""
    given = np.asarray(knots, dtype=np.float64)
    radius = np.broadcast_to(np.asarray(radii, dtype=np.float64), (len(given),))
    track = np.column_stack([given, radius])
    ends = np.vstack([2 * track[0] - track[1], track, 2 * track[-1] - track[-2]])
    pieces = [_spline_piece(ends[i : i + 4], step_mm) for i in range(len(track) - 1)]
    path = np.vstack([*pieces, track[-1:]]).astype(np.float32)
    return path[:, :3], path[:, 3]


def distance_on(canvas: Canvas, tubes: Tubes, *, margin_mm: float) -> Field:
    """Signed distance (rows, cols) to ``tubes`` in mm; FAR_MM beyond ``margin_mm`` of them."""
    return _nearest_on(canvas, tubes, margin_mm, np.ones(len(tubes), np.float32))


def blurred_distance_on(canvas: Canvas, tubes: Tubes, *, margin_mm: float = 0.0) -> Field:
    """A distance (rows, cols) whose coverage is that of ``tubes`` as the scanner blurs them.

    A tube thinner than the blur is drawn as wide as the blur, and as much fainter as the blur
    thins it: 1 - exp(-r^2 / 2 s^2) on its axis, with s = edge / sqrt(12), the standard deviation
    of a box ``edge_mm`` wide. Thick tubes keep their distance.
    """
    edge = canvas.edge_mm
    half = np.float32(0.5 * edge)
    margin = max(float(half), margin_mm)
    near = tubes.where(tubes.near(canvas, margin + float(half)))
    mean = 0.5 * (near.start_radius + near.end_radius)
    strength = 1.0 - np.exp(-6.0 * (mean / edge) ** 2)
    wide = replace(near, start_radius=np.maximum(near.start_radius, half),
                   end_radius=np.maximum(near.end_radius, half))  # fmt: skip
    return _nearest_on(canvas, wide, margin, strength.astype(np.float32))


def distance_at(points: Field, tubes: Tubes, *, reach_mm: float = np.inf) -> Field:
    """Signed distance (point,) of ``points`` (point, 3) to the nearest of ``tubes``.

    FAR_MM where no tube is within ``reach_mm`` along z.
    """
    order = np.argsort(points[:, 2])
    upward = points[order]
    reach = np.maximum(tubes.start_radius, tubes.end_radius) + reach_mm
    low = np.searchsorted(upward[:, 2], np.minimum(tubes.start[:, 2], tubes.end[:, 2]) - reach)
    high = np.searchsorted(upward[:, 2], np.maximum(tubes.start[:, 2], tubes.end[:, 2]) + reach)
    nearest = np.full(len(points), FAR_MM, dtype=np.float32)
    for index in range(len(tubes)):
        part = slice(low[index], high[index])
        distance = _distance_from_piece(upward[part], tubes, index)
        np.minimum(nearest[part], distance, out=nearest[part])
    unsorted = np.empty_like(nearest)
    unsorted[order] = nearest
    return unsorted


def _distance_from_piece(points: Field, tubes: Tubes, index: int) -> Field:
    a, ba = tubes.start[index], tubes.end[index] - tubes.start[index]
    pa = points - a
    h = np.clip(pa @ ba / max(float(ba @ ba), 1e-6), 0.0, 1.0)
    radius = tubes.start_radius[index] * (1 - h) + tubes.end_radius[index] * h
    off = pa - h[:, None] * ba
    distance: Field = np.sqrt(np.einsum("ij,ij->i", off, off)) - radius
    return distance


def _nearest_on(canvas: Canvas, tubes: Tubes, margin_mm: float, strength: Field) -> Field:
    """The least distance; within half an edge of a tube lessened to its ``strength`` (piece,)."""
    rows, cols = canvas.hu.shape
    out: Field = np.full(rows * cols, FAR_MM, dtype=np.float32)
    close = tubes.near(canvas, margin_mm)
    near, strong = tubes.where(close), strength[close]
    half = np.float32(0.5 * canvas.edge_mm)
    if len(near) and rows > 1 and cols > 1:
        for chosen, row, col, size in _patches(canvas, near, margin_mm):
            inside, index, distance = _patch_distances(canvas, near.where(chosen), row, col, size)
            weak = strong[chosen][:, None, None]
            if (weak < 1.0).any():
                distance = np.where(distance < half, half - weak * (half - distance), distance)
            if inside.all():
                np.minimum.at(out, index.ravel(), distance.ravel())
            else:
                np.minimum.at(out, index[inside], distance[inside])
    return out.reshape(rows, cols)


def _spline_piece(four: NDArray[np.float64], step_mm: float) -> NDArray[np.float64]:
    before, a, b, after = four
    n_steps = max(1, int(np.ceil(np.linalg.norm(b[:3] - a[:3]) / step_mm)))
    t = (np.arange(n_steps) / n_steps)[:, None]
    point: NDArray[np.float64] = 0.5 * (
        2 * a
        + (b - before) * t
        + (2 * before - 5 * a + 4 * b - after) * t**2
        + (3 * a - before - 3 * b + after) * t**3
    )
    return point


def _patches(
    canvas: Canvas, tubes: Tubes, margin_mm: float
) -> Iterator[tuple[NDArray[np.bool_], NDArray[np.int64], NDArray[np.int64], int]]:
    """Which pieces, the first row and col of each one's square patch, and its size in pixels."""
    reach = np.maximum(tubes.start_radius, tubes.end_radius) + margin_mm
    low, high = _clipped_to_slab(tubes, canvas.z, reach)
    pitch = (float(canvas.x[0, 1] - canvas.x[0, 0]), float(canvas.y[1, 0] - canvas.y[0, 0]))
    first = np.column_stack([canvas.x[0, 0], canvas.y[0, 0]])
    centre = ((low + high) / 2 - first) / pitch
    half_px = (np.abs(high - low) / 2 + reach[:, None]) / pitch
    needed = 2 * np.ceil(half_px.max(axis=1)).astype(np.int64) + 1
    sizes = np.asarray(_PATCH_SIZES)
    size_index = np.minimum(np.searchsorted(sizes, needed), len(sizes) - 1)
    for which in np.unique(size_index):
        size = int(sizes[which])
        members = np.flatnonzero(size_index == which)
        for group in np.array_split(members, -(-len(members) * size * size // _CHUNK)):
            chosen = np.zeros(len(tubes), dtype=np.bool_)
            chosen[group] = True
            corner = np.floor(centre[group]).astype(np.int64) - size // 2
            yield chosen, corner[:, 1], corner[:, 0], size


def _clipped_to_slab(tubes: Tubes, z: float, reach: Field) -> tuple[Field, Field]:
    """The ends (piece, 2: x, y) of the part of each piece that lies within ``reach`` of ``z``."""
    a, b = tubes.start, tubes.end
    rise = b[:, 2] - a[:, 2]
    steep = np.where(np.abs(rise) < 1e-4, 1e-4, rise)
    t = np.stack([(z - reach - a[:, 2]) / steep, (z + reach - a[:, 2]) / steep])
    level = np.abs(rise) < 1e-4
    low = np.where(level, 0.0, between(t.min(axis=0), 0.0, 1.0))[:, None]
    high = np.where(level, 1.0, between(t.max(axis=0), 0.0, 1.0))[:, None]
    run = (b - a)[:, :2]
    return (a[:, :2] + low * run).astype(np.float32), (a[:, :2] + high * run).astype(np.float32)


def _patch_distances(
    canvas: Canvas, tubes: Tubes, row: NDArray[np.int64], col: NDArray[np.int64], size: int
) -> tuple[NDArray[np.bool_], NDArray[np.int64], Field]:
    """Distances (piece, row, col), where they lie on the canvas, and their flat indices in it."""
    n_rows, n_cols = canvas.hu.shape
    rows = row[:, None] + np.arange(size)  # (piece, row)
    cols = col[:, None] + np.arange(size)  # (piece, col)
    y = canvas.y[:, 0].take(rows, mode="clip")
    x = canvas.x[0].take(cols, mode="clip")
    ba = tubes.end - tubes.start
    length2 = np.maximum((ba * ba).sum(axis=1), 1e-6)
    dx = (x - tubes.start[:, :1])[:, None, :]  # (piece, 1, col)
    dy = (y - tubes.start[:, 1:2])[:, :, None]  # (piece, row, 1)
    dz = (np.float32(canvas.z) - tubes.start[:, 2])[:, None, None]
    bx, by, bz = ((ba[:, i] / length2)[:, None, None] for i in range(3))
    h = dx * bx + dy * by  # (piece, row, col); in place from here on, for these are large
    h += dz * bz
    between(h, 0.0, 1.0, out=h)
    ex, ey, ez = (ba[:, i][:, None, None] for i in range(3))
    square, off = _square_off(dx, h, ex), _square_off(dy, h, ey)
    square += off
    square += _square_off(dz, h, ez)
    distance = np.sqrt(square, out=square)
    distance -= tubes.start_radius[:, None, None]
    h *= (tubes.end_radius - tubes.start_radius)[:, None, None]
    distance -= h
    inside = ((rows >= 0) & (rows < n_rows))[:, :, None] & ((cols >= 0) & (cols < n_cols))[:, None]
    index = rows[:, :, None] * n_cols + cols[:, None, :]
    return inside, index, distance.astype(np.float32, copy=False)


def _square_off(along_axis: Field, h: Field, extent: Field) -> Field:
    """The square of how far points lie off the place ``h`` of their piece, along one axis."""
    off: Field = h * extent
    np.subtract(along_axis, off, out=off)
    off *= off
    return off
