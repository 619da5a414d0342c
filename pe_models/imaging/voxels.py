"""Voxels: what planes are cut from, which of it is there, and where an index falls between.

Indices along an axis are in fixed point, ``ONE`` a voxel: exact to 1e-5 of a voxel, which is
0.05 HU where bone meets air, and faster than floating point.
"""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from pe_models.errors import InputError
from pe_models.imaging.geometry import Geometry
from pe_models.imaging.volume import LoadedSlices, Volume

FRACTION_BITS: Final = 16
ONE: Final = 1 << FRACTION_BITS
HALF: Final = ONE // 2
_MAX_EXTENT: Final = 1 << (31 - FRACTION_BITS)


@dataclass(frozen=True, slots=True, eq=False)
class Voxels:
    """HU that may still be loading: ``hu[slice, row, col]`` with its Geometry, not copied.

    ``present`` (slice,) is False for slices that cannot be read or are not loaded yet, and None
    where all are there; ``padding`` is packed as ``Volume.padding`` is. A slice that is absent
    ends the volume as its edges do, half a voxel beyond the last centre: nothing is interpolated
    across it.
    """

    hu: NDArray[np.int16]
    geometry: Geometry
    present: NDArray[np.bool_] | None = None
    padding: NDArray[np.uint8] | None = None

    def __post_init__(self) -> None:
        if self.hu.dtype != np.int16 or self.hu.shape != self.geometry.shape:
            raise ValueError(
                f"hu is {self.hu.dtype} {self.hu.shape}, geometry is {self.geometry.shape}"
            )
        if not self.hu.flags.c_contiguous:
            raise ValueError("hu is not contiguous; sampling it would copy all of it")
        if self.present is not None and self.present.shape != self.hu.shape[:1]:
            raise ValueError(f"present is {self.present.shape} for {self.hu.shape[0]} slices")
        if max(self.hu.shape) >= _MAX_EXTENT:
            raise InputError(
                f"A volume of {' x '.join(map(str, self.hu.shape))} voxels is too long to be cut "
                f"along other planes than its slices; a side may have {_MAX_EXTENT - 1:,}."
            )

    @classmethod
    def of(cls, volume: Volume) -> Self:
        """Those of a Volume; its missing slices are absent."""
        everything = LoadedSlices.all_of(volume.n_slices)
        present = _presence(everything, volume.missing_slices)
        return cls(volume.hu, volume.geometry, present, volume.padding)

    @classmethod
    def loading(cls, hu: NDArray[np.int16], geometry: Geometry, loaded: LoadedSlices) -> Self:
        """Those of a Series that is being read; what is not loaded yet is absent."""
        return cls(hu, geometry, _presence(loaded, frozenset()))

    def placed(
        self, axis: int, index: NDArray[np.int32] | NDArray[np.int64]
    ) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
        """Fixed-point indices (any shape) along an axis, moved to where they may be interpolated.

        Beyond an outer centre the outer voxel goes on for half its width, as every voxel does; so
        does a slice toward an absent one. The second array is False farther out, where nothing is.
        """
        last = (self.hu.shape[axis] - 1) * ONE
        is_there = (index >= -HALF) & (index <= last + HALF)
        moved = np.clip(index, 0, last).astype(np.int32, copy=False)
        if axis == 0 and self.present is not None:
            nearest = (moved + HALF) >> FRACTION_BITS
            is_there &= self.present[nearest]
            is_between = self.present & np.append(self.present[1:], True)
            moved = np.where(is_between[moved >> FRACTION_BITS], moved, nearest << FRACTION_BITS)
        return moved, is_there


def _presence(loaded: LoadedSlices, missing: frozenset[int]) -> NDArray[np.bool_] | None:
    if loaded.is_complete and not missing:
        return None
    present = loaded.mask()
    present[list(missing)] = False
    return present
