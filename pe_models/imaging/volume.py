"""Volume: the CT of a Series in HU, with its Geometry; and which of its slices are loaded."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from pe_models.imaging.geometry import Geometry
from pe_models.imaging.study import Series
from pe_models.imaging.warnings import WarningCode

PADDING_HU: Final = -1024
"""What padding reads as, exactly."""

_NOT_HU: Final = frozenset({"US", "OD", "PCT", "Z_EFF", "ED", "EDW", "MGML"})
"""Rescale types of a CT that are not Hounsfield units (PS3.3 C.11.1.1.2)."""


class VolumeKind(StrEnum):
    HU = "hu"
    RAW = "raw"
    """Stored values without a meaning in HU, such as a radiograph or an MR."""


def kind_of(series: Series) -> VolumeKind:
    """HU for a CT, unless it says that its values are something else, such as a perfusion map."""
    is_hu = series.modality == "CT" and means_hu(series.slices[0].pixels.rescale_type)
    return VolumeKind.HU if is_hu else VolumeKind.RAW


def means_hu(rescale_type: str) -> bool:
    """Whether rescaled values of a CT are HU; a CT that does not say so is taken to mean them."""
    return rescale_type not in _NOT_HU


@dataclass(frozen=True, slots=True)
class SliceStamp:
    """Identity of one slice of a Volume; ``position_mm`` lies along the slice normal."""

    sop_instance_uid: str
    instance_number: int | None
    frame_number: int | None
    position_mm: float


@dataclass(frozen=True, slots=True)
class VolumeOrigin:
    """Which Series a Volume was read from; no patient data, so that it may cross processes."""

    study_uid: str
    series_uid: str
    slices: tuple[SliceStamp, ...]
    slice_thickness_mm: float | None = None
    warning_codes: frozenset[WarningCode] = frozenset()

    @classmethod
    def of(cls, series: Series) -> Self:
        return cls(
            study_uid=series.study_uid,
            series_uid=series.series_uid,
            slices=tuple(
                SliceStamp(s.sop_instance_uid, s.instance_number, s.frame_number, s.position_mm)
                for s in series.slices
            ),
            slice_thickness_mm=series.slice_thickness_mm,
            warning_codes=frozenset(warning.code for warning in series.warnings),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Volume:
    """Read-only ``hu[slice, row, col]`` (int16), slice 0 most inferior.

    ``padding`` holds one bit a voxel, packed along columns (``numpy.packbits``), 1 where the file
    declares padding; None where there is none. Such voxels read ``PADDING_HU``.
    ``missing_slices`` could not be decoded; they read ``PADDING_HU`` throughout and are drawn as
    missing, never as air.
    """

    hu: NDArray[np.int16]
    geometry: Geometry
    origin: VolumeOrigin
    kind: VolumeKind = VolumeKind.HU
    padding: NDArray[np.uint8] | None = None
    missing_slices: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        if self.hu.dtype != np.int16 or self.hu.shape != self.geometry.shape:
            raise ValueError(
                f"hu is {self.hu.dtype} {self.hu.shape}, geometry is {self.geometry.shape}"
            )
        if len(self.origin.slices) != self.n_slices:
            raise ValueError(f"{len(self.origin.slices)} slice stamps for {self.n_slices} slices")
        view = self.hu.view()
        view.flags.writeable = False
        object.__setattr__(self, "hu", view)

    @property
    def n_slices(self) -> int:
        return self.geometry.n_slices

    def padding_mask(self, slice_index: int) -> NDArray[np.bool_]:
        """True where the slice (row, col) is padding."""
        rows, cols = self.geometry.shape[1:]
        if self.padding is None:
            return np.zeros((rows, cols), dtype=np.bool_)
        return np.unpackbits(self.padding[slice_index], axis=1, count=cols).astype(np.bool_)


@dataclass(frozen=True, slots=True)
class LoadedSlices:
    """A frozen set of loaded slice indices out of ``n_slices``, one bit each."""

    n_slices: int
    bits: int = 0

    @classmethod
    def all_of(cls, n_slices: int) -> Self:
        return cls(n_slices, (1 << n_slices) - 1)

    def __contains__(self, slice_index: int) -> bool:
        return slice_index >= 0 and bool(self.bits >> slice_index & 1)

    def __len__(self) -> int:
        return self.bits.bit_count()

    @property
    def is_complete(self) -> bool:
        return len(self) == self.n_slices

    def with_slices(self, indices: range | list[int]) -> Self:
        """This set and ``indices``; each must lie in [0, n_slices)."""
        bits = self.bits
        for index in indices:
            if not 0 <= index < self.n_slices:
                raise ValueError(f"slice {index} is outside 0..{self.n_slices - 1}")
            bits |= 1 << index
        return type(self)(self.n_slices, bits)

    def mask(self) -> NDArray[np.bool_]:
        """Boolean array (slice,), True where loaded."""
        n_bytes = (self.n_slices + 7) // 8
        raw = np.frombuffer(self.bits.to_bytes(n_bytes, "little"), dtype=np.uint8)
        return np.unpackbits(raw, count=self.n_slices, bitorder="little").astype(np.bool_)
