"""The point that all planes go through: patient mm <-> voxels, and how it follows the slices.

``Voxels`` may count places without a slice (gaps); a ``slice_index`` here always counts slices.
"""

import numpy as np

from pe_models.imaging.geometry import Triple
from pe_models.imaging.reslicing.voxels import Voxels
from pe_viewer.display.planes import stored_kind

Voxel = tuple[int, int, int]
"""Slice, row, col."""


def nearest_voxel(voxels: Voxels, point_mm: Triple) -> Voxel:
    """The voxel whose centre is nearest to a point, along each of its axes."""
    level, row, col = voxels.geometry.to_index(point_mm).tolist()
    return _within(voxels, (_slice_at(voxels, level), round(row), round(col)))


def centre_mm(voxels: Voxels, voxel: Voxel) -> Triple:
    """Where a voxel's centre lies; of one outside, the nearest that exists."""
    slice_index, row, col = _within(voxels, voxel)
    return _triple(voxels.geometry.to_patient_mm((_level_of(voxels, slice_index), row, col)))


def middle_of_slice(voxels: Voxels, slice_index: int) -> Triple:
    """Where the crosshair stands at first."""
    _, n_rows, n_cols = voxels.geometry.shape
    return centre_mm(voxels, (slice_index, n_rows // 2, n_cols // 2))


def on_slice(voxels: Voxels, point_mm: Triple, slice_index: int) -> Triple:
    """The point moved onto a slice, along the patient's axis across it.

    The planes beside the slices go on through it as they are, however the gantry was tilted.
    """
    geometry = voxels.geometry
    axis = stored_kind(geometry).axis
    target = geometry.to_patient_mm((_level_of(voxels, slice_index), 0, 0))
    along = (target - np.asarray(point_mm)) @ geometry.normal / geometry.normal[axis]
    moved = list(point_mm)
    moved[axis] += float(along)
    return moved[0], moved[1], moved[2]


def stepped(voxels: Voxels, point_mm: Triple, axis: int, steps: int) -> Triple:
    """The centre of the voxel so many voxels away, toward +x, +y or +z (``axis`` 0, 1, 2)."""
    voxel = list(nearest_voxel(voxels, point_mm))
    along = np.asarray(voxels.geometry.directions)[:, axis]
    index = int(np.argmax(np.abs(along)))
    voxel[index] += steps if along[index] > 0 else -steps
    return centre_mm(voxels, (voxel[0], voxel[1], voxel[2]))


def row_col_at(voxels: Voxels, point_mm: Triple) -> tuple[float, float]:
    """Fractional row and col of a point within its slice."""
    _, row, col = voxels.geometry.to_index(point_mm).tolist()
    return row, col


def point_mm_at(voxels: Voxels, slice_index: int, row: float, col: float) -> Triple:
    """Patient mm of a fractional pixel of a slice."""
    return _triple(voxels.geometry.to_patient_mm((_level_of(voxels, slice_index), row, col)))


def _level_of(voxels: Voxels, slice_index: int) -> int:
    levels = voxels.level_of_slice
    return slice_index if levels is None else int(levels[slice_index])


def _slice_at(voxels: Voxels, level: float) -> int:
    levels = voxels.level_of_slice
    return round(level) if levels is None else int(np.argmin(np.abs(levels - level)))


def _within(voxels: Voxels, voxel: Voxel) -> Voxel:
    """The nearest voxel that exists."""
    last = [extent - 1 for extent in voxels.hu.shape]
    slice_index, row, col = (min(max(i, 0), end) for i, end in zip(voxel, last, strict=True))
    return slice_index, row, col


def _triple(point: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> Triple:
    x, y, z = point.tolist()
    return x, y, z
