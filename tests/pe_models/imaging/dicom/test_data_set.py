"""Parsing a file: the same wherever the bytes that were read first happen to end."""

from io import BytesIO

import pydicom
import pytest

from pe_models.imaging.dicom.data_set import parse_file, parse_head
from pe_models.imaging.dicom.elements import HeaderError
from pe_models.imaging.dicom.headers import WANTED

ENCODINGS = ["explicit", "implicit", "big endian", "deflated", "JPEG-LS"]


class CountingStream(BytesIO):
    n_reads = 0

    def read(self, size=-1, /):
        self.n_reads += 1
        return super().read(size)


def whole(data: bytes):
    return parse_head(data, BytesIO(), WANTED)[0]


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_it_makes_no_difference_where_the_bytes_read_first_end(write_series, encoding):
    data = write_series(encoding=encoding).files[0].read_bytes()
    header_bytes = min(len(data), 1400)

    for n_read in range(140, header_bytes):
        assert parse_head(data[:n_read], BytesIO(data[n_read:]), WANTED)[0] == whole(data)


@pytest.mark.parametrize("encoding", ["explicit", "implicit", "JPEG-LS"])
def test_pixels_lie_where_pydicom_finds_them(write_series, encoding):
    file = write_series(encoding=encoding).files[0]
    element = pydicom.dcmread(file, defer_size=16).get_item("PixelData", keep_deferred=True)

    with file.open("rb") as stream:
        pixels = parse_file(stream, WANTED).pixels

    assert (pixels.tag, pixels.offset) == (0x7FE00010, element.value_tell)
    assert pixels.length == (None if encoding == "JPEG-LS" else element.length)


def test_a_meta_group_longer_than_the_first_read_is_read_on(write_series):
    def pad(dataset, index):
        dataset.file_meta.PrivateInformationCreatorUID = "1.2.3"
        dataset.file_meta.PrivateInformation = bytes(70_000)

    file = write_series(edit=pad).files[0]

    with file.open("rb") as stream:
        assert parse_file(stream, WANTED) == whole(file.read_bytes())


def test_zeros_behind_the_data_set_are_no_damage(write_series):
    def without_pixels(dataset, index):
        del dataset.PixelData

    data = write_series(edit_encoded=without_pixels).files[0].read_bytes()

    for n_zeros in range(1, 12):
        assert whole(data + bytes(n_zeros)) == whole(data)


def test_a_long_value_is_read_at_once(write_series):
    def icon(dataset, index):
        dataset.add_new(0x00091001, "OB", bytes(4_000_000))

    data = write_series(edit=icon).files[0].read_bytes()
    rest = CountingStream(data[4096:])

    assert parse_head(data[:4096], rest, WANTED)[0] == whole(data)
    assert rest.n_reads == 1


@pytest.mark.parametrize("encoding", ["explicit", "implicit", "big endian"])
def test_a_data_set_may_end_with_a_short_value(write_series, encoding):
    def report(dataset, index):
        del dataset.PixelData
        dataset.StructureSetLabel = "x"  # of ten bytes, the shortest element with a value

    data = write_series(encoding=encoding, edit_encoded=report).files[0].read_bytes()

    assert whole(data).pixels is None


def test_every_cut_within_the_header_is_named(write_series):
    data = write_series().files[0].read_bytes()
    first, last = data.index(b"\x08\x00\x08\x00"), whole(data).pixels.offset - 12

    for length in range(first + 1, last):
        try:
            told = "no pixels" if whole(data[:length]).pixels is None else "pixels"
        except HeaderError as error:
            told = str(error)
        # Where a cut falls between two elements, the rest of the file is not missed.
        assert told in ("no pixels", "the file ends within its header (truncated)")
