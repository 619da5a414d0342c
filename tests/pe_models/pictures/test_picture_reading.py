"""Pictures out of their files lie as readers see them."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
import pytest
from numpy.typing import NDArray
from PIL import Image

from pe_models.errors import InputError
from pe_models.imaging.volume import VolumeKind
from pe_models.pictures import LEVELS, read_picture, shrunk

WriteCt = Callable[..., NDArray[np.int16]]


def _radiograph(folder: Path, write_ct: WriteCt, orientation: list[str]) -> NDArray[np.int16]:
    """One slice, made a radiograph of ``orientation``; gives its stored values."""
    stored = write_ct(folder, n_slices=1)[0]
    (path,) = folder.iterdir()
    image = pydicom.dcmread(path)
    del image.ImagePositionPatient, image.ImageOrientationPatient
    image.Modality, image.PatientOrientation = "DX", orientation
    image.save_as(path)
    return stored


@pytest.mark.parametrize(("letters", "step"), [(["L", "F"], 1), (["R", "F"], -1)])
def test_a_radiograph_has_the_patients_left_at_the_right(
    tmp_path: Path, write_ct: WriteCt, letters: list[str], step: int
) -> None:
    stored = _radiograph(tmp_path, write_ct, letters)
    found = read_picture(next(tmp_path.iterdir()))
    assert found.kind is VolumeKind.RAW
    assert np.array_equal(found.values, stored[:, ::step])


def test_what_is_no_picture_is_refused_by_the_name_of_its_file(tmp_path: Path) -> None:
    path = tmp_path / "x.dcm"
    path.write_bytes(b"no picture")
    with pytest.raises(InputError, match=r"x\.dcm cannot be used"):
        read_picture(path)


@pytest.mark.parametrize(
    ("bits", "mode"), [(12, "I;16"), (16, "I;16"), (16, "I"), (16, "F"), (16, "I;16B")]
)
def test_a_ramp_of_more_than_eight_bits_stays_a_ramp(tmp_path: Path, bits: int, mode: str) -> None:
    ramp = np.linspace(0, 2**bits - 1, 64 * 64).round().reshape(64, 64)
    dtype = {"I": np.int32, "F": np.float32, "I;16": np.uint16, "I;16B": ">u2"}[mode]
    path = tmp_path / "ramp.png"  # the others are no PNG, but Pillow goes by what a file holds
    kept_as = "PNG" if mode == "I;16" else "TIFF"
    Image.fromarray(ramp.astype(dtype)).save(path, format=kept_as)
    with Image.open(path) as kept:
        assert kept.mode == mode
    found = read_picture(path)
    assert found.kind is VolumeKind.RAW
    assert (np.diff(found.values.ravel()) > 0).all()
    eight = np.floor(ramp / 2 ** (bits - 8)).astype(np.int16)
    apart = shrunk(found.values, found.kind, 32).astype(int) - shrunk(eight, found.kind, 32)
    assert abs(apart).max() <= LEVELS / 255 + 1  # a step of eight bits


def test_a_picture_of_eight_bits_keeps_its_values(tmp_path: Path) -> None:
    grey = np.arange(200, dtype=np.uint8).reshape(10, 20)
    Image.fromarray(grey).save(tmp_path / "grey.png")
    assert np.array_equal(read_picture(tmp_path / "grey.png").values, grey)


def test_a_wide_picture_of_one_value_is_black_and_no_number_is_refused(tmp_path: Path) -> None:
    Image.fromarray(np.full((4, 4), 40_000, np.uint16)).save(tmp_path / "flat.png")
    assert not read_picture(tmp_path / "flat.png").values.any()
    path = tmp_path / "nan.png"
    Image.fromarray(np.full((4, 4), np.nan, np.float32)).save(path, format="TIFF")
    with pytest.raises(InputError, match=r"nan\.png holds values that are no numbers"):
        read_picture(path)
