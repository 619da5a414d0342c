"""Faults of headers: numbers that no scanner means, sizes that no file holds."""

from contextlib import suppress

import numpy as np
import pytest
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.tag import Tag

from pe_models.errors import ReadError
from pe_models.imaging.read import read_volume
from pe_models.imaging.scan import scan_path
from pe_models.imaging.study import Series
from pe_models.imaging.warnings import WarningCode

POSITION, ORIENTATION, LOCATION = 0x00200032, 0x00200037, 0x00201041
SPACING, SLOPE, INTERCEPT = 0x00280030, 0x00281053, 0x00281052


def all_series(path) -> list[Series]:
    return [series for study in scan_path(path).studies for series in study.series]


def codes(series: Series) -> set[WarningCode]:
    return {warning.code for warning in series.warnings}


def set_raw(dataset: Dataset, tag: int, vr: str, value: bytes) -> None:
    """A value that pydicom would refuse to write."""
    raw = RawDataElement(Tag(tag), vr, len(value), value, 0, False, True)
    dataset._dict[Tag(tag)] = raw


def setting(tag: int, value: bytes, *, only: int | None = None):
    def edit(dataset, index):
        if only is None or index == only:
            set_raw(dataset, tag, "DS", value + b" " * (len(value) % 2))

    return edit


@pytest.mark.parametrize("value", [rb"0\0\1e308", rb"-1e307\0\0", rb"1e154\1e154\1e154"])
def test_a_position_beyond_any_scanner_is_missing(write_series, value):
    written = write_series(edit=setting(POSITION, value, only=1))

    placed, unplaced = sorted(all_series(written.folder), key=lambda series: -series.n_slices)

    assert (placed.n_slices, unplaced.n_slices) == (2, 1)
    assert WarningCode.MISSING_POSITION in codes(placed) & codes(unplaced)


@pytest.mark.parametrize("value", [rb"1e308\0\0\0\1\0", rb"1e154\0\0\0\1e154\0"])
def test_an_orientation_beyond_unit_length_is_missing(write_series, value):
    (series,) = all_series(write_series(edit=setting(ORIENTATION, value)).folder)
    assert WarningCode.ASSUMED_ORIENTATION in codes(series)


def test_a_location_beyond_any_scanner_orders_nothing(write_series):
    def edit(dataset, index):
        del dataset.ImagePositionPatient
        set_raw(dataset, LOCATION, "DS", [b"-1e308 ", b"0 ", b"1e308 "][index])

    (series,) = all_series(write_series(edit=edit).folder)

    (warning,) = (w for w in series.warnings if w.code is WarningCode.MISSING_POSITION)
    assert "ordered by InstanceNumber" in warning.message
    assert series.geometry.spacing_mm == (2.5, 0.7, 0.5)


@pytest.mark.parametrize(
    "value",
    [
        *(rb"1e308\1e308", rb"1e-300\1e-300", rb"0.5\1e-320"),
        rb"700\700",  # micrometres
    ],
)
def test_a_spacing_beyond_any_scanner_is_assumed_and_said(write_series, value):
    (series,) = all_series(write_series(edit=setting(SPACING, value)).folder)

    assert series.geometry.spacing_mm == (2.5, 1.0, 1.0)
    assert codes(series) == {WarningCode.ASSUMED_SPACING}


def test_a_spacing_of_the_detector_in_place_of_an_impossible_one_is_said(write_series):
    def edit(dataset, index):
        setting(SPACING, rb"700\700")(dataset, index)
        dataset.ImagerPixelSpacing = [0.9, 0.8]

    (series,) = all_series(write_series(edit=edit).folder)

    assert series.geometry.spacing_mm == (2.5, 0.9, 0.8)
    assert codes(series) == {WarningCode.ASSUMED_SPACING}


def test_slices_that_lean_more_than_they_rise_are_shifted_not_tilted(write_series):
    def edit(dataset, index):
        dataset.ImagePositionPatient = [400.0 * index, 0, 0.05 * index]

    (series,) = all_series(write_series(edit=edit).folder)

    assert WarningCode.SHIFTED in codes(series)
    assert WarningCode.TILT not in codes(series)
    assert series.geometry.directions[0] == (0, 0, 1)


@pytest.mark.parametrize(
    ("slope", "intercept", "hu"),
    [(b"1e308", b"0", 32767), (b"-1e308", b"0", -32768), (b"1", b"-1e308", -32768)],
)
def test_a_rescale_beyond_all_bounds_is_clipped(write_series, slope, intercept, hu):
    def edit(dataset, index):
        setting(SLOPE, slope)(dataset, index)
        setting(INTERCEPT, intercept)(dataset, index)

    (series,) = all_series(write_series(edit=edit).folder)

    brightest = read_volume(series).hu[2, -2, -3]
    assert brightest == hu


@pytest.mark.parametrize("length", [b"\xfe\xff\xff\xff", b"\xff\xff\xff\x7f"])
@pytest.mark.parametrize("item", ["offset table", "fragment"])
def test_a_damaged_length_takes_no_memory(write_series, limit_memory, length, item):
    written = write_series(encoding="JPEG-LS")
    data = written.files[0].read_bytes()
    table = data.index(b"\xfe\xff\x00\xe0")
    where = table if item == "offset table" else data.index(b"\xfe\xff\x00\xe0", table + 4)
    written.files[0].write_bytes(data[: where + 4] + length + data[where + 8 :])

    with limit_memory(256 << 20):
        volume = read_volume(all_series(written.folder)[0])

    assert volume.missing_slices == {2}
    np.testing.assert_array_equal(volume.hu[:2], written.hu[:2])


@pytest.mark.parametrize("encoding", ["explicit", "JPEG-LS"])
@pytest.mark.parametrize(
    ("keyword", "value"),
    [("Rows", 65535), ("Columns", 0xFFFFFFFF), ("Columns", 0), ("NumberOfFrames", 65536)],
)
def test_a_size_that_the_file_cannot_hold_is_skipped(
    write_series, limit_memory, encoding, keyword, value
):
    def edit(dataset, index):
        if keyword == "NumberOfFrames":
            dataset.NumberOfFrames = value
        elif index == 1:
            dataset.Rows = dataset.Columns = 65535
            set_raw(dataset, Tag(keyword), "US", value.to_bytes(2 + 2 * (value > 65535), "little"))

    written = write_series(encoding=encoding, edit_encoded=edit)

    with limit_memory(256 << 20):
        scan = scan_path(written.folder)

    n_damaged = 3 if keyword == "NumberOfFrames" else 1
    assert len(scan.skipped) == n_damaged
    assert all("its header d" in skipped.reason for skipped in scan.skipped)
    assert sum(series.n_files for study in scan.studies for series in study.series) == (
        3 - n_damaged
    )


def test_a_large_image_cut_off_early_still_opens(write_series):
    rows, cols = np.indices((2048, 2048))
    hu = (rows - cols).astype(np.int16)[None]
    written = write_series(hu=np.clip(hu, -1000, 1000))
    written.files[0].write_bytes(written.files[0].read_bytes()[:3000])

    (series,) = all_series(written.folder)

    assert WarningCode.TRUNCATED in codes(series)


@pytest.mark.parametrize(
    "declared",
    [
        *("1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2"),
        *("1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.5", "1.2.840.10008.1.2.4.50"),
        *("1.2.840.10008.1.2.4.70", "1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.90"),
        *("1.2.840.10008.1.2.4.201", "1.2.840.10008.1.2.4.102", "", "nonsense"),
    ],
)
def test_a_wrong_encoding_declared_gives_the_right_hu_or_none(
    write_series, lossless_encoding, declared
):
    written = write_series(encoding=lossless_encoding)
    for file in written.files:
        file.write_bytes(declaring(file.read_bytes(), declared))

    for series in all_series(written.folder):
        with suppress(ReadError):
            volume = read_volume(series)
            for index, source in enumerate(series.slices):
                if index not in volume.missing_slices:
                    expected = written.hu[100 - (source.instance_number or 0)]
                    np.testing.assert_array_equal(volume.hu[index], expected)


def declaring(data: bytes, transfer_syntax: str) -> bytes:
    """``data`` with another transfer syntax in its meta group."""
    start = data.index(b"\x02\x00\x10\x00UI") + 6
    end = start + 2 + int.from_bytes(data[start : start + 2], "little")
    uid = transfer_syntax.encode() + b"\0" * (len(transfer_syntax) % 2)
    return data[:start] + len(uid).to_bytes(2, "little") + uid + data[end:]
