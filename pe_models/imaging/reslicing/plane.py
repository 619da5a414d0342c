"""Plane: a picture's place in the patient; which pixel lies where, and how planes are turned.

Patient coordinates are LPS millimetres, as in ``geometry``. Pictures follow the convention of
radiology: axial seen from the feet, coronal from the front, sagittal from the patient's left.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pe_models.imaging.geometry import Geometry, Triple

_UNIT_TOLERANCE: Final = 1e-6
_EDGE_TOLERANCE: Final = 1e-6
"""Of a pixel: what lies on the edge of the volume but for rounding lies in it."""

_TOWARD_LEFT: Final[Triple] = (1.0, 0.0, 0.0)
_TOWARD_POSTERIOR: Final[Triple] = (0.0, 1.0, 0.0)
_TOWARD_INFERIOR: Final[Triple] = (0.0, 0.0, -1.0)


class PlaneAxis(StrEnum):
    """What a plane is turned about, by the right-hand rule: +ROW, +COL or the normal."""

    ROW = "row"
    """The direction in which rows are counted: down the picture."""
    COL = "col"
    """The direction in which columns are counted: to the right of the picture."""
    NORMAL = "normal"


@dataclass(frozen=True, slots=True)
class Plane:
    """A grid of square pixels in patient space.

    ``origin_mm`` is the centre of pixel (0, 0); ``row_direction`` and ``col_direction`` are
    orthogonal unit vectors (LPS) along which rows and columns are counted.
    """

    origin_mm: Triple
    row_direction: Triple
    col_direction: Triple
    spacing_mm: float
    shape: tuple[int, int]

    def __post_init__(self) -> None:
        if min(self.shape) < 1:
            raise ValueError(f"shape {self.shape} has an empty axis")
        if not (np.isfinite(self.spacing_mm) and self.spacing_mm > 0):
            raise ValueError(f"spacing_mm {self.spacing_mm} is not positive")
        if not np.all(np.isfinite(self.origin_mm)):
            raise ValueError(f"origin_mm {self.origin_mm} is not finite")
        axes = np.asarray((self.row_direction, self.col_direction), dtype=np.float64)
        if not np.allclose(axes @ axes.T, np.eye(2), atol=_UNIT_TOLERANCE):
            raise ValueError("directions are not orthogonal unit vectors")

    @classmethod
    def axial(cls, geometry: Geometry, through_mm: Triple) -> Self:
        """The patient's right on the left of the picture, anterior up."""
        return cls.covering(geometry, through_mm, _TOWARD_POSTERIOR, _TOWARD_LEFT)

    @classmethod
    def coronal(cls, geometry: Geometry, through_mm: Triple) -> Self:
        """The patient's right on the left of the picture, superior up."""
        return cls.covering(geometry, through_mm, _TOWARD_INFERIOR, _TOWARD_LEFT)

    @classmethod
    def sagittal(cls, geometry: Geometry, through_mm: Triple) -> Self:
        """Anterior on the left of the picture, superior up."""
        return cls.covering(geometry, through_mm, _TOWARD_INFERIOR, _TOWARD_POSTERIOR)

    @classmethod
    def covering(
        cls,
        geometry: Geometry,
        through_mm: Triple,
        row_direction: Triple,
        col_direction: Triple,
    ) -> Self:
        """The plane through a point on which the whole volume, seen along the normal, has room.

        Planes of one direction have one shape, so that a picture keeps its place while it is
        scrolled. Pixels are as wide as the smallest spacing, and where the directions are those of
        the voxels, they lie on voxel centres: nothing is interpolated that need not be.
        """
        spacing_mm = min(geometry.spacing_mm)
        axes = np.asarray((row_direction, col_direction), dtype=np.float64)  # (2, 3)
        anchor = axes @ np.asarray(geometry.origin_mm)  # of the grid of pixels, (2,)
        corners = (_corners_mm(geometry) @ axes.T - anchor) / spacing_mm  # (8, 2) in pixels
        first = np.ceil(corners.min(axis=0) - _EDGE_TOLERANCE)
        last = np.floor(corners.max(axis=0) + _EDGE_TOLERANCE)
        start = (anchor + first * spacing_mm) @ axes  # (3,) without its part along the normal
        normal = np.cross(axes[1], axes[0])
        origin = start + (normal @ np.asarray(through_mm)) * normal
        n_rows, n_cols = (int(n) for n in np.maximum(last - first + 1, 1))
        return cls(_triple(origin), row_direction, col_direction, spacing_mm, (n_rows, n_cols))

    @property
    def normal(self) -> NDArray[np.float64]:
        """Unit normal (LPS), away from the viewer."""
        return np.cross(np.asarray(self.col_direction), np.asarray(self.row_direction))

    @property
    def centre_mm(self) -> Triple:
        """Of the picture."""
        return _triple(self.to_patient_mm(((self.shape[0] - 1) / 2, (self.shape[1] - 1) / 2)))

    def to_patient_mm(self, pixel: ArrayLike) -> NDArray[np.float64]:
        """Patient mm (..., 3: x, y, z) of pixels (..., 2: row, col)."""
        axes = np.asarray((self.row_direction, self.col_direction))
        offset_mm = np.asarray(pixel, dtype=np.float64) * self.spacing_mm
        points: NDArray[np.float64] = offset_mm @ axes + np.asarray(self.origin_mm)
        return points

    def to_pixel(self, point_mm: ArrayLike) -> NDArray[np.float64]:
        """Fractional pixels (..., 2: row, col) onto which patient mm (..., 3) project."""
        axes = np.asarray((self.row_direction, self.col_direction))
        offset_mm = np.asarray(point_mm, dtype=np.float64) - np.asarray(self.origin_mm)
        pixel: NDArray[np.float64] = offset_mm @ axes.T / self.spacing_mm
        return pixel

    def distance_mm(self, point_mm: ArrayLike) -> NDArray[np.float64]:
        """How far (...) patient mm (..., 3) lie behind the plane; negative before it."""
        offset_mm = np.asarray(point_mm, dtype=np.float64) - np.asarray(self.origin_mm)
        distance: NDArray[np.float64] = offset_mm @ self.normal
        return distance

    def to_voxel(self, pixel: ArrayLike, geometry: Geometry) -> NDArray[np.float64]:
        """Fractional voxel indices (..., 3: slice, row, col) of pixels (..., 2: row, col)."""
        return geometry.to_index(self.to_patient_mm(pixel))

    def depths_mm(self, geometry: Geometry) -> tuple[float, float]:
        """How far behind the plane the volume begins and ends."""
        depths = self.distance_mm(_corners_mm(geometry))
        return float(depths.min()), float(depths.max())

    def index_map(self, geometry: Geometry) -> "IndexMap":
        """How pixels, and millimetres behind them, become voxel indices."""
        origin = geometry.to_index(self.origin_mm)
        moves_mm = np.stack(
            (
                self.normal,
                np.asarray(self.row_direction) * self.spacing_mm,
                np.asarray(self.col_direction) * self.spacing_mm,
            )
        )
        steps = geometry.to_index(moves_mm + np.asarray(geometry.origin_mm)).T
        return IndexMap(origin, np.ascontiguousarray(steps))

    def moved(self, distance_mm: float) -> Self:
        """The parallel plane that lies so far behind this one; before it where negative."""
        return replace(self, origin_mm=_triple(self.origin_mm + distance_mm * self.normal))

    def through(self, point_mm: Triple) -> Self:
        """The parallel plane through a point."""
        return self.moved(float(self.distance_mm(point_mm)))

    def turned(self, axis: PlaneAxis, degrees: float, *, pivot_mm: Triple | None = None) -> Self:
        """Turned about its own axis through ``pivot_mm``, or through the centre of the picture.

        The pivot stays on its pixel; shape and spacing stay.
        """
        pivot = np.asarray(self.centre_mm if pivot_mm is None else pivot_mm)
        about = {
            PlaneAxis.ROW: np.asarray(self.row_direction),
            PlaneAxis.COL: np.asarray(self.col_direction),
            PlaneAxis.NORMAL: self.normal,
        }[axis]
        turn = _rotation(about, np.radians(degrees))
        return replace(
            self,
            origin_mm=_triple(pivot + turn @ (np.asarray(self.origin_mm) - pivot)),
            row_direction=_unit(turn @ np.asarray(self.row_direction)),
            col_direction=_unit(turn @ np.asarray(self.col_direction)),
        )


@dataclass(frozen=True, slots=True, eq=False)
class IndexMap:
    """Voxel index = ``origin`` + ``steps`` @ (mm behind the plane, pixel row, pixel col).

    ``origin`` (3,) and the rows of ``steps`` (3, 3) belong to the axes slice, row, col.
    """

    origin: NDArray[np.float64]
    steps: NDArray[np.float64]


def _corners_mm(geometry: Geometry) -> NDArray[np.float64]:
    """The eight corners of the volume, half a voxel beyond the outer centres: (8, 3: x, y, z)."""
    ends = [(-0.5, extent - 0.5) for extent in geometry.shape]
    return geometry.to_patient_mm(np.stack(np.meshgrid(*ends), axis=-1).reshape(8, 3))


def _rotation(axis: NDArray[np.float64], radians: float) -> NDArray[np.float64]:
    """Rotation matrix (3, 3) about a unit vector: Rodrigues' formula."""
    x, y, z = axis
    cross = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    turn: NDArray[np.float64] = (
        np.eye(3) + np.sin(radians) * cross + (1.0 - np.cos(radians)) * (cross @ cross)
    )
    return turn


def _unit(vector: NDArray[np.float64]) -> Triple:
    """Normalised again, so that rounding does not gather over many small turns."""
    return _triple(vector / np.linalg.norm(vector))


def _triple(vector: NDArray[np.float64]) -> Triple:
    x, y, z = vector.tolist()
    return (x, y, z)
