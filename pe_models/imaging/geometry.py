"""Geometry of a Volume: voxel index <-> patient millimetres.

Patient coordinates are LPS (x toward the patient's left, y toward posterior, z toward superior),
as DICOM defines them (PS3.3 C.7.6.2.1.1). Voxel indices are ``(slice, row, col)``.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

Triple = tuple[float, float, float]

_UNIT_TOLERANCE = 1e-3
_ORTHOGONAL_TOLERANCE = 1e-3


@dataclass(frozen=True, slots=True)
class Geometry:
    """A regular grid of voxels in patient space.

    ``directions[axis]`` is the unit vector (LPS) along which the index of that axis grows, for the
    axes slice, row, col. Row and col are orthogonal; the slice axis may lean (gantry tilt).
    ``origin_mm`` is the centre of voxel (0, 0, 0).
    """

    shape: tuple[int, int, int]
    spacing_mm: Triple
    origin_mm: Triple
    directions: tuple[Triple, Triple, Triple]

    def __post_init__(self) -> None:
        if min(self.shape) < 1:
            raise ValueError(f"shape {self.shape} has an empty axis")
        if not all(np.isfinite(self.spacing_mm)) or min(self.spacing_mm) <= 0:
            raise ValueError(f"spacing_mm {self.spacing_mm} is not positive")
        if not np.all(np.isfinite(self.origin_mm)):
            raise ValueError(f"origin_mm {self.origin_mm} is not finite")
        axes = np.asarray(self.directions, dtype=np.float64)
        if not np.allclose(np.linalg.norm(axes, axis=1), 1.0, atol=_UNIT_TOLERANCE):
            raise ValueError("directions are not unit vectors")
        if abs(float(axes[1] @ axes[2])) > _ORTHOGONAL_TOLERANCE:
            raise ValueError("row and col directions are not orthogonal")
        if abs(float(np.linalg.det(axes))) < _ORTHOGONAL_TOLERANCE:
            raise ValueError("directions lie in one plane")

    @classmethod
    def axial(
        cls, shape: tuple[int, int, int], spacing_mm: Triple, origin_mm: Triple = (0.0, 0.0, 0.0)
    ) -> Self:
        """The usual axial stack: slice 0 most inferior, rows toward posterior, cols toward left."""
        directions = ((0.0, 0.0, 1.0), (0.0, 1.0, 0.0), (1.0, 0.0, 0.0))
        return cls(shape, spacing_mm, origin_mm, directions)

    @property
    def n_slices(self) -> int:
        return self.shape[0]

    @property
    def normal(self) -> NDArray[np.float64]:
        """Unit normal of the slices (LPS), on the side toward which the slice index grows."""
        slice_axis, row_axis, col_axis = np.asarray(self.directions, dtype=np.float64)
        normal = np.cross(col_axis, row_axis)
        return normal if normal @ slice_axis > 0 else -normal

    @property
    def tilt_degrees(self) -> float:
        """Angle between the slice axis and the normal of the slices; 0 for an upright stack."""
        cosine = float(np.clip(self.normal @ np.asarray(self.directions[0]), -1.0, 1.0))
        return float(np.degrees(np.arccos(cosine)))

    def to_patient_mm(self, index: ArrayLike) -> NDArray[np.float64]:
        """Patient mm (..., 3: x, y, z) of voxel indices (..., 3: slice, row, col)."""
        scaled = np.asarray(index, dtype=np.float64) * np.asarray(self.spacing_mm)
        points: NDArray[np.float64] = scaled @ np.asarray(self.directions) + np.asarray(
            self.origin_mm
        )
        return points

    def to_index(self, point_mm: ArrayLike) -> NDArray[np.float64]:
        """Fractional voxel indices (..., 3: slice, row, col) of patient mm (..., 3: x, y, z)."""
        offset = np.asarray(point_mm, dtype=np.float64) - np.asarray(self.origin_mm)
        along = np.linalg.solve(np.asarray(self.directions).T, offset.reshape(-1, 3).T).T
        index: NDArray[np.float64] = along.reshape(offset.shape) / np.asarray(self.spacing_mm)
        return index
