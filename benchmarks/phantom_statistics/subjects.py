"""Subjects: axial slices of one study, real or phantom, as every measurement takes them."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pe_models.errors import InputError
from pe_models.imaging.read import read_volume
from pe_models.imaging.scan import scan_folder
from pe_models.imaging.volume import Volume
from pe_models.phantom.sampler import PhantomSampler
from pe_models.phantom.spec import Kernel

_FIRST, _LAST = 0.2, 0.85
"""Of a whole chest, the share of slices below and up to which slices are taken: those with lung."""


@dataclass(frozen=True, slots=True, eq=False)
class CtSlice:
    """``hu`` (row, col), float32; ``pixel_mm`` is the pitch of its square pixels."""

    hu: NDArray[np.float32]
    pixel_mm: float

    def px(self, length_mm: float) -> float:
        return length_mm / self.pixel_mm


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """One study by some of its slices; ``is_opacified`` is False for a CT without contrast."""

    name: str
    kernel: Kernel
    slices: tuple[CtSlice, ...]
    is_opacified: bool = True


@dataclass(frozen=True, slots=True)
class RealSeries:
    """Where one real series lies below the data's folder, and what is known of it."""

    name: str
    folder: str
    kernel: Kernel
    is_opacified: bool
    is_whole_chest: bool

    def read(self, data: Path) -> Volume:
        """Raises InputError where the folder holds no study."""
        studies = scan_folder(data / self.folder)
        if not studies:
            raise InputError(f"{self.folder} holds no study.")
        return read_volume(studies[0].series[0])

    def subject(self, data: Path, n_slices: int) -> Subject:
        volume = self.read(data)
        hu = [volume.hu[k] for k in _spread(volume.n_slices, n_slices, whole=self.is_whole_chest)]
        return _subject(self.name, self.kernel, hu, volume.geometry.spacing_mm[1],
                        is_opacified=self.is_opacified)  # fmt: skip


REAL_SERIES: Final = (
    RealSeries("LIDC-IDRI-0003", "hilum-slabs/LIDC-IDRI-0003", Kernel.SOFT, True, False),
    RealSeries("LIDC-IDRI-0001", "hilum-slabs/LIDC-IDRI-0001", Kernel.SOFT, True, False),
    RealSeries("rider-ctpa", "rider-ctpa", Kernel.SOFT, True, False),
    RealSeries("lidc-chest", "lidc-chest", Kernel.SHARP, False, True),
)
"""GE STANDARD is a soft kernel; Philips D a sharp one."""


def real_subjects(data: Path, n_slices: int) -> Iterator[Subject]:
    """Every real series; raises InputError where one is missing."""
    for series in REAL_SERIES:
        yield series.subject(data, n_slices)


def phantom_subject(sampler: PhantomSampler, n_slices: int) -> Subject:
    """Slices of a phantom of the whole chest."""
    hu = [sampler.plane(k).hu for k in _spread(sampler.geometry.n_slices, n_slices, whole=True)]
    return _subject(f"phantom {sampler.seed}", sampler.acquisition.response.kernel, hu,
                    sampler.geometry.spacing_mm[1], is_opacified=True)  # fmt: skip


def _subject(
    name: str, kernel: Kernel, hu: list[NDArray[np.int16]], pixel_mm: float, *, is_opacified: bool
) -> Subject:
    slices = tuple(CtSlice(plane.astype(np.float32), pixel_mm) for plane in hu)
    return Subject(name, kernel, slices, is_opacified)


def _spread(n_slices: int, n_wanted: int, *, whole: bool) -> list[int]:
    """Indices of at most ``n_wanted`` slices, evenly over a slab, or the lungs of a whole chest."""
    first, last = (_FIRST, _LAST) if whole else (0.0, 1.0)
    at = np.linspace(first * (n_slices - 1), last * (n_slices - 1), min(n_wanted, n_slices))
    return sorted({round(float(index)) for index in at})
