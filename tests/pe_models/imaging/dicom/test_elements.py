"""Elements of rarer kinds are stepped over, and the walk goes on behind them."""

from collections.abc import Callable
from io import BytesIO
from struct import pack

import imagecodecs
import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.sequence import Sequence

from pe_models.imaging.dicom.data_set import ParsedFile, parse_head
from pe_models.imaging.dicom.elements import HeaderError
from pe_models.imaging.dicom.headers import WANTED


def parsed(data: bytes) -> ParsedFile:
    return parse_head(data, BytesIO(), WANTED)[0]


def a_compressed_icon() -> Sequence:
    """An IconImageSequence whose lengths are undefined throughout (PS3.3 C.7.6.1.1.6)."""
    grey = np.arange(256, dtype=np.uint8).reshape(16, 16)
    icon = Dataset()
    icon.Rows = icon.Columns = 16
    icon.BitsAllocated = 8
    icon.PixelData = encapsulate([imagecodecs.jpegls_encode(grey)])
    icon["PixelData"].VR = "OB"
    icon["PixelData"].is_undefined_length = True
    icon.is_undefined_length_sequence_item = True
    return Sequence([icon])


@pytest.fixture
def with_icon(write_series: Callable[..., object]) -> bytes:
    def edit(dataset: Dataset, index: int) -> None:
        dataset.IconImageSequence = a_compressed_icon()
        dataset["IconImageSequence"].is_undefined_length = True

    data: bytes = write_series(encoding="JPEG-LS", edit=edit).files[0].read_bytes()
    return data


def test_a_compressed_icon_is_stepped_over(write_series, with_icon):
    plain = write_series(folder="plain", encoding="JPEG-LS").files[0].read_bytes()

    found = parsed(with_icon)

    assert found.elements == parsed(plain).elements
    assert found.pixels.offset == with_icon.rindex(b"\xe0\x7f\x10\x00OB") + 12


def test_fragments_are_read_on_wherever_the_bytes_read_first_end(with_icon):
    start = with_icon.index(b"\x88\x00\x00\x02SQ")

    for n_read in range(start, parsed(with_icon).pixels.offset):
        first, rest = with_icon[:n_read], BytesIO(with_icon[n_read:])
        assert parse_head(first, rest, WANTED)[0] == parsed(with_icon)


def test_pixels_of_an_icon_that_are_no_fragments_are_damage(with_icon):
    first_item = with_icon.index(b"\xe0\x7f\x10\x00OB") + 12
    damaged = with_icon[:first_item] + b"\xfe\xff\x0d\xe0" + with_icon[first_item + 4 :]

    with pytest.raises(HeaderError, match="damaged header: pixels that are no fragments"):
        parsed(damaged)


EXPLICIT = pack("<HH2sH", 0x0009, 0x1001, b"LO", 4) + b"ABCD"
IMPLICIT = pack("<HHL", 0x0009, 0x1001, 4) + b"ABCD"
WITHOUT_VR = pack("<HH2sH", 0x0009, 0x1000, b"\0\0", 4) + b"ABCD"


def private_sequence(vr: bytes, item: bytes) -> bytes:
    """Of undefined length, with one item of defined length; without ``vr``, implicit."""
    tag = pack("<HH", 0x0009, 0x1000) + (vr and vr + b"\0\0")
    begin = pack("<LHHL", 0xFFFFFFFF, 0xFFFE, 0xE000, len(item))
    return tag + begin + item + pack("<HHL", 0xFFFE, 0xE0DD, 0)


@pytest.mark.parametrize(
    ("encoding", "element"),
    [
        ("explicit", private_sequence(b"UN", EXPLICIT)),
        ("explicit", private_sequence(b"UN", IMPLICIT)),
        ("explicit", private_sequence(b"SQ", EXPLICIT)),
        ("explicit", private_sequence(b"SQ", IMPLICIT)),
        ("implicit", private_sequence(b"", EXPLICIT)),
        ("implicit", private_sequence(b"", IMPLICIT)),
        ("explicit", WITHOUT_VR),
    ],
    ids=[
        *("explicit items in UN", "implicit items in UN"),
        *("explicit items in SQ", "implicit items in SQ"),
        *("explicit items in an implicit file", "implicit items in an implicit file"),
        "no value representation",
    ],
)
def test_a_private_element_is_stepped_over_however_it_is_written(write_series, encoding, element):
    plain = write_series(encoding=encoding).files[0].read_bytes()
    before = plain.index(b"\x10\x00\x10\x00")

    found = parsed(plain[:before] + element + plain[before:])

    assert found.elements == parsed(plain).elements
    assert found.pixels.offset == parsed(plain).pixels.offset + len(element)


@pytest.mark.parametrize(
    "element", [bytes(8), b"\x09\x00\x00\x10!!\x04\x00ABCD"], ids=["zeros", "text"]
)
def test_what_is_no_element_is_damage(write_series, element):
    plain = write_series().files[0].read_bytes()
    before = plain.index(b"\x10\x00\x10\x00")

    with pytest.raises(HeaderError, match=f"no value representation at byte {before}"):
        parsed(plain[:before] + element + plain[before:])


def test_pixels_without_a_value_representation_are_damage(write_series):
    data = write_series().files[0].read_bytes()

    with pytest.raises(HeaderError, match="no value representation"):
        parsed(data.replace(b"\xe0\x7f\x10\x00OW", b"\xe0\x7f\x10\x00\0\0"))
