"""Voxels: what planes are cut from, where it lies, and which of it is there.

Indices along an axis are in fixed point, ``ONE`` a voxel: exact to 1e-5 of a voxel, which is
0.05 HU where bone meets air, and faster than floating point.
"""

from dataclasses import dataclass, replace
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from pe_models.errors import InputError
from pe_models.imaging.geometry import Geometry
from pe_models.imaging.study import Series
from pe_models.imaging.volume import LoadedSlices, Volume
from pe_models.imaging.warnings import WarningCode

FRACTION_BITS: Final = 16
ONE: Final = 1 << FRACTION_BITS
HALF: Final = ONE // 2
_MAX_EXTENT: Final = 1 << (31 - FRACTION_BITS)


@dataclass(frozen=True, slots=True, eq=False)
class Voxels:
    """HU that may still be loading, ``hu[slice, row, col]``, and where in the patient they lie.

    The first axis of ``geometry`` counts *levels*: the places of slices, those of gaps included, in
    which the file has none. ``level_of_slice`` (slice,) rises; None where there is no gap.
    ``present`` (level,) is False where there is no slice, or one that cannot be read or is not
    loaded yet; None where all are there. ``padding`` is packed as ``Volume.padding`` is.

    An absent level ends the volume as its edges do, half a voxel beyond the last centre: nothing is
    interpolated across it. Nothing is copied.
    """

    hu: NDArray[np.int16]
    geometry: Geometry
    present: NDArray[np.bool_] | None = None
    padding: NDArray[np.uint8] | None = None
    level_of_slice: NDArray[np.intp] | None = None

    def __post_init__(self) -> None:
        n_levels, n_rows, n_cols = self.geometry.shape
        levels = self.level_of_slice
        if self.hu.dtype != np.int16 or self.hu.shape[1:] != (n_rows, n_cols):
            raise ValueError(
                f"hu is {self.hu.dtype} {self.hu.shape}, geometry is {self.geometry.shape}"
            )
        if not self.hu.flags.c_contiguous:
            raise ValueError("hu is not contiguous; sampling it would copy all of it")
        if self.hu.shape[0] != (n_levels if levels is None else len(levels)):
            raise ValueError(f"{self.hu.shape[0]} slices do not fill their levels")
        if levels is not None and (levels[0], levels[-1]) != (0, n_levels - 1):
            raise ValueError(f"levels run from {levels[0]} to {levels[-1]}, not over {n_levels}")
        if self.present is not None and self.present.shape != (n_levels,):
            raise ValueError(f"present is {self.present.shape} for {n_levels} levels")
        if max(self.geometry.shape) >= _MAX_EXTENT:
            raise InputError(
                f"The series reaches over {' x '.join(map(str, self.geometry.shape))} voxels, gaps "
                "included; planes other than its own slices can be cut from at most "
                f"{_MAX_EXTENT - 1:,} a side."
            )

    @classmethod
    def of(cls, volume: Volume) -> Self:
        """Those of a Volume; its missing slices are absent."""
        everything = cls(volume.hu, volume.geometry, padding=volume.padding)
        is_there = np.ones(volume.n_slices, dtype=np.bool_)
        is_there[list(volume.missing_slices)] = False
        if WarningCode.GAP in volume.origin.warning_codes:
            everything = everything._spread([s.position_mm for s in volume.origin.slices])
        return everything._with(is_there)

    @classmethod
    def loading(cls, series: Series, hu: NDArray[np.int16], loaded: LoadedSlices) -> Self:
        """Those of a Series that is being read into ``hu``; what is not loaded yet is absent."""
        everything = cls(hu, series.geometry)
        if any(warning.code is WarningCode.GAP for warning in series.warnings):
            everything = everything._spread([s.position_mm for s in series.slices])
        return everything._with(loaded.mask())

    def _spread(self, positions_mm: list[float]) -> Self:
        """With the gaps between slices, whose positions lie along the normal.

        A gap has as many levels as slices would have filled it, to the nearest.
        """
        geometry = self.geometry
        step_mm = geometry.spacing_mm[0] * np.cos(np.radians(geometry.tilt_degrees))
        n_steps = np.maximum(np.rint(np.diff(positions_mm) / step_mm), 1)
        levels = np.concatenate(([0], np.cumsum(n_steps))).astype(np.intp)
        shape = (int(levels[-1]) + 1, *geometry.shape[1:])
        return replace(self, geometry=replace(geometry, shape=shape), level_of_slice=levels)

    def _with(self, is_there: NDArray[np.bool_]) -> Self:
        """With only those slices (slice,) present."""
        if self.level_of_slice is None:
            return self if is_there.all() else replace(self, present=is_there)
        present = np.zeros(self.geometry.n_slices, dtype=np.bool_)
        present[self.level_of_slice] = is_there
        return replace(self, present=present)

    def placed(
        self, axis: int, index: NDArray[np.int32] | NDArray[np.int64]
    ) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
        """Indices into ``hu``, in fixed point, of those along an axis of ``geometry``; any shape.

        Beyond an outer centre the outer voxel goes on for half its width, as every voxel does; so
        does a slice toward an absent level. The second array is False farther out.
        """
        last = (self.geometry.shape[axis] - 1) * ONE
        is_there = (index >= -HALF) & (index <= last + HALF)
        moved = np.clip(index, 0, last).astype(np.int32, copy=False)
        if axis > 0 or self.present is None:
            return moved, is_there
        nearest = (moved + HALF) >> FRACTION_BITS
        is_there &= self.present[nearest]
        is_between = self.present & np.append(self.present[1:], True)
        moved = np.where(is_between[moved >> FRACTION_BITS], moved, nearest << FRACTION_BITS)
        return self._of_slices(moved), is_there

    def _of_slices(self, index: NDArray[np.int32]) -> NDArray[np.int32]:
        """Fixed-point slice indices of those of levels."""
        if self.level_of_slice is None:
            return index
        level = np.arange(self.geometry.n_slices)
        slice_below = np.searchsorted(self.level_of_slice, level, side="right") - 1
        n_empty_below = (level - slice_below).astype(np.int32)
        of_slices: NDArray[np.int32] = index - n_empty_below[index >> FRACTION_BITS] * ONE
        return of_slices
