"""Elements of rarer kinds are stepped over, and the walk goes on behind them."""

from collections.abc import Callable
from io import BytesIO

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
