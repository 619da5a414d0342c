"""One picture out of its file: DICOM, JPEG, PNG, or a slice of a store's array."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pe_models.errors import InputError, ReadError
from pe_models.imaging.read import read_volume
from pe_models.imaging.scan import scan_path
from pe_models.imaging.volume import Volume, VolumeKind
from pe_models.orientation import InPlaneTurn

PHOTOGRAPHS: Final = frozenset({".jpg", ".jpeg", ".png"})
_ARRAY: Final = ".npy"
_WIDE_MODES: Final = ("I", "F")
"""Beginnings of Pillow's names of modes of more than 8 bits, which its ``convert`` cuts at 255."""
_BRIGHTEST: Final = 32_767


@dataclass(frozen=True, slots=True, eq=False)
class PictureValues:
    """``values`` (row, col), int16; what they mean is their ``kind``."""

    values: NDArray[np.int16]
    kind: VolumeKind

    @classmethod
    def of(cls, volume: Volume, index: int = 0) -> "PictureValues":
        """One slice of a Volume."""
        return cls(volume.hu[index], volume.kind)


def read_picture(path: Path, index: int = 0) -> PictureValues:
    """The picture in ``path``, or its slice ``index`` where it holds several.

    One of DICOM lies as readers see it, the patient's left at the right, however it is stored.

    Raises InputError, or OSError, where there is none.
    """
    if path.suffix == _ARRAY:
        return PictureValues(_slice_of_array(path, index), VolumeKind.HU)
    if path.suffix.lower() in PHOTOGRAPHS:
        return PictureValues(_photograph(path), VolumeKind.RAW)
    return PictureValues.of(_volume(path), index)


def _volume(path: Path) -> Volume:
    scan = scan_path(path)
    series = [series for study in scan.studies for series in study.series]
    if not series:
        reason = scan.skipped[0].reason if scan.skipped else "it holds no picture"
        raise InputError(f"{path.name} cannot be used: {reason}")
    volume = read_volume(series[0])
    if volume.missing_slices:
        raise ReadError(f"The pixels of {path.name} cannot be decoded.")
    return InPlaneTurn.of(volume.geometry).turned(volume)


def _slice_of_array(path: Path, index: int) -> NDArray[np.int16]:
    hu: NDArray[np.int16] = np.load(path, mmap_mode="r", allow_pickle=False)
    return np.array(hu[index])


def _photograph(path: Path) -> NDArray[np.int16]:
    """Grey values: 0 to 255, of more bits over the picture's range; colours as the eye weighs them.

    Whoever uses them scales them over their own range.
    """
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(path) as opened:
            if opened.mode.startswith(_WIDE_MODES):
                return _over_int16(np.asarray(opened, dtype=np.float64), path)
            grey: NDArray[np.uint8] = np.asarray(opened.convert("L"))
    except (UnidentifiedImageError, Image.DecompressionBombError, SyntaxError) as error:
        raise InputError(f"{path.name} is no picture that can be read.") from error
    return grey.astype(np.int16)


def _over_int16(values: NDArray[np.float64], path: Path) -> NDArray[np.int16]:
    """From 0, the darkest, to 32767. Raises InputError where one is no number."""
    if not np.isfinite(values).all():
        raise InputError(f"{path.name} holds values that are no numbers.")
    low, high = float(values.min()), float(values.max())
    share = (values - low) / ((high - low) or 1.0)
    return (share * _BRIGHTEST).round().astype(np.int16)
