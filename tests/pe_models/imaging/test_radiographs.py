"""Radiographs: each a series of its own, the right way round, and no value lost."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom.dataset import Dataset

from pe_models.imaging.read import read_volume
from pe_models.imaging.reading.stored import stored_value
from pe_models.imaging.scan import scan_folder
from pe_models.imaging.study import Series
from pe_models.imaging.volume import VolumeKind
from pe_models.imaging.warnings import WarningCode

WriteSeries = Callable[..., Any]
Edit = Callable[[Dataset, int], None]


def radiograph(
    *, modality: str = "CR", orientation: list[str] | None = None, **elements: Any
) -> Edit:
    """Makes a slice what a radiograph is: no place in depth, and a direction in letters."""

    def edit(image: Dataset, index: int) -> None:
        del image.ImagePositionPatient, image.ImageOrientationPatient
        del image.SliceThickness, image.FrameOfReferenceUID
        del image.RescaleSlope, image.RescaleIntercept
        image.Modality = modality
        image.ImageType = ["ORIGINAL", "PRIMARY"]
        image.PatientOrientation = ["L", "F"] if orientation is None else orientation
        for name, value in elements.items():
            setattr(image, name, value)

    return edit


def stored_as(words: np.ndarray, *, bits: int, photometric: str = "MONOCHROME2") -> Edit:
    """The pixels themselves, of so many bits."""

    def edit(image: Dataset, index: int) -> None:
        radiograph()(image, index)
        image.BitsAllocated = 8 if bits <= 8 else 16
        image.BitsStored, image.HighBit = bits, bits - 1
        image.PhotometricInterpretation = photometric
        image.PixelData = words.astype("u1" if bits <= 8 else "<u2").tobytes()

    return edit


def all_series(folder: Path) -> list[Series]:
    return [series for study in scan_folder(folder) for series in study.series]


@pytest.mark.parametrize("modality", ["CR", "DX"])
def test_a_radiograph_is_raw_and_warned_of_as_what_it_is(
    write_series: WriteSeries, series_hu: np.ndarray, modality: str
) -> None:
    written = write_series(hu=series_hu[:1], edit=radiograph(modality=modality))
    (series,) = all_series(written.folder)
    assert series.is_radiograph
    assert not series.is_axial
    assert [warning.code for warning in series.warnings] == [WarningCode.RADIOGRAPH]
    assert series.reasons[0] == f"a radiograph ({modality})"
    assert not series.is_ctpa_candidate
    volume = read_volume(series)
    assert volume.kind is VolumeKind.RAW
    np.testing.assert_array_equal(volume.hu, series_hu[:1] + 1024)


def test_radiographs_of_one_series_are_no_stack(write_series: WriteSeries) -> None:
    written = write_series(edit=radiograph())
    series = all_series(written.folder)
    assert [each.n_slices for each in series] == [1, 1, 1]
    assert len({each.key for each in series}) == 3
    found = sorted(int(read_volume(each).hu.astype(int).sum()) for each in series)
    assert found == sorted((written.hu.astype(int) + 1024).sum(axis=(1, 2)).tolist())


def test_slices_of_a_tomosynthesis_stay_a_stack(write_series: WriteSeries) -> None:
    def tomosynthesis(image: Dataset, index: int) -> None:
        image.Modality = "DX"

    (series,) = all_series(write_series(edit=tomosynthesis).folder)
    assert series.n_slices == 3
    assert not series.is_radiograph
    assert WarningCode.NOT_CT in {warning.code for warning in series.warnings}


@pytest.mark.parametrize(
    ("letters", "rows_toward", "cols_toward"),
    [
        (["L", "F"], (0, 0, -1), (1, 0, 0)),
        (["R", "F"], (0, 0, -1), (-1, 0, 0)),
        (["A", "F"], (0, 0, -1), (0, -1, 0)),
        (["LP", "FA"], (0, 0, -1), (1, 0, 0)),
    ],
)
def test_letters_tell_how_a_radiograph_lies(
    write_series: WriteSeries,
    series_hu: np.ndarray,
    letters: list[str],
    rows_toward: tuple[int, ...],
    cols_toward: tuple[int, ...],
) -> None:
    written = write_series(hu=series_hu[:1], edit=radiograph(orientation=letters))
    (series,) = all_series(written.folder)
    assert series.geometry.directions[1:] == (rows_toward, cols_toward)


@pytest.mark.parametrize("letters", [[], ["L"], ["L", "R"], ["L", "L"], ["X", "Y"]])
def test_without_such_letters_it_is_taken_as_frontal_and_that_is_said(
    write_series: WriteSeries, series_hu: np.ndarray, letters: list[str]
) -> None:
    written = write_series(hu=series_hu[:1], edit=radiograph(orientation=letters))
    (series,) = all_series(written.folder)
    assert series.geometry.directions[1:] == ((0, 0, -1), (1, 0, 0))
    codes = [warning.code for warning in series.warnings]
    assert codes == [WarningCode.RADIOGRAPH, WarningCode.ASSUMED_ORIENTATION]


def test_letters_do_not_turn_a_ct(write_series: WriteSeries) -> None:
    def lettered(image: Dataset, index: int) -> None:
        del image.ImageOrientationPatient, image.ImagePositionPatient
        image.PatientOrientation = ["A", "F"]

    (series,) = all_series(write_series(edit=lettered).folder)
    assert series.geometry.directions[1:] == ((0, 1, 0), (1, 0, 0))
    assert WarningCode.MISSING_POSITION in {warning.code for warning in series.warnings}


@pytest.mark.parametrize("photometric", ["MONOCHROME1", "MONOCHROME2"])
@pytest.mark.parametrize("bits", [8, 10, 12, 14, 15, 16])
def test_no_value_is_lost_whatever_its_bits_and_bright_is_bright(
    write_series: WriteSeries, bits: int, photometric: str
) -> None:
    words = np.linspace(0, (1 << bits) - 1, 40 * 60).round().astype(np.int64).reshape(40, 60)
    written = write_series(
        hu=np.zeros((1, 40, 60), np.int16),
        edit=stored_as(words, bits=bits, photometric=photometric),
    )
    (series,) = all_series(written.folder)
    shown = read_volume(series).hu[0].astype(np.int64)
    steps = np.diff(shown.ravel()) * (1 if photometric == "MONOCHROME2" else -1)
    np.testing.assert_array_equal(steps, np.diff(words.ravel()))
    pixels = series.slices[0].pixels
    back = [stored_value(int(value), pixels) for value in shown[::13, ::7].ravel()]
    assert back == words[::13, ::7].ravel().tolist()


@pytest.mark.parametrize("photometric", ["MONOCHROME1", "MONOCHROME2"])
@pytest.mark.parametrize("bits", [12, 16])
def test_padding_is_as_dark_as_the_darkest_value_and_known(
    write_series: WriteSeries, bits: int, photometric: str
) -> None:
    words = np.full((40, 60), 900)
    words[10:, 20:] = np.linspace(100, 800, 30 * 40).round().reshape(30, 40)
    words[:10] = 5

    def padded(image: Dataset, index: int) -> None:
        stored_as(words, bits=bits, photometric=photometric)(image, index)
        image.add_new(0x00280120, "US", 5)

    written = write_series(hu=np.zeros((1, 40, 60), np.int16), edit=padded)
    (series,) = all_series(written.folder)
    volume = read_volume(series)
    assert volume.padding_mask(0)[:10].all()
    assert not volume.padding_mask(0)[10:].any()
    assert np.unique(volume.hu[0, :10]).tolist() == [volume.hu[0, 10:].min()]


def test_a_picture_of_padding_alone_is_dark_throughout(write_series: WriteSeries) -> None:
    def blank(image: Dataset, index: int) -> None:
        stored_as(np.full((40, 60), 7), bits=12)(image, index)
        image.add_new(0x00280120, "US", 7)

    written = write_series(hu=np.zeros((1, 40, 60), np.int16), edit=blank)
    volume = read_volume(all_series(written.folder)[0])
    assert volume.padding_mask(0).all()
    assert len(np.unique(volume.hu)) == 1


def test_the_spacing_of_the_detector_serves_where_there_is_no_other(
    write_series: WriteSeries, series_hu: np.ndarray
) -> None:
    def at_detector(image: Dataset, index: int) -> None:
        radiograph()(image, index)
        del image.PixelSpacing
        image.ImagerPixelSpacing = [0.3, 0.2]

    (series,) = all_series(write_series(hu=series_hu[:1], edit=at_detector).folder)
    assert series.geometry.spacing_mm[1:] == (0.3, 0.2)
    assert [warning.code for warning in series.warnings] == [WarningCode.RADIOGRAPH]
