"""Pictures out of their files lie as readers see them."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
import pytest
from numpy.typing import NDArray

from pe_models.errors import InputError
from pe_models.imaging.volume import VolumeKind
from pe_models.pictures import read_picture

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
