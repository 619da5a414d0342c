"""Damaged frames end in a reason, never in the end of the process."""

import struct

import numpy as np
import pytest
from pydicom.pixels import get_encoder
from pydicom.uid import RLELossless

from pe_models.imaging.codecs import DecodeError, TruncatedError, decode
from pe_models.imaging.study import PixelFormat

ROWS, COLS = 40, 60
PIXELS = PixelFormat(str(RLELossless), ROWS, COLS, 16, 16, is_signed=False)


@pytest.fixture
def words() -> "np.ndarray[tuple[int, int], np.dtype[np.uint16]]":
    return np.arange(ROWS * COLS, dtype=np.uint16).reshape(ROWS, COLS)


@pytest.fixture
def frame(words: "np.ndarray[tuple[int, int], np.dtype[np.uint16]]") -> bytes:
    encoded: bytes = get_encoder(RLELossless).encode(
        words,
        rows=ROWS,
        columns=COLS,
        samples_per_pixel=1,
        bits_allocated=16,
        bits_stored=16,
        pixel_representation=0,
        number_of_frames=1,
        photometric_interpretation="MONOCHROME2",
    )
    return encoded


def test_a_whole_rle_frame_is_decoded_exactly(
    frame: bytes, words: "np.ndarray[tuple[int, int], np.dtype[np.uint16]]"
) -> None:
    np.testing.assert_array_equal(decode(frame, PIXELS), words)


@pytest.mark.parametrize(("position", "value"), [(0, 3), (1, 65), (2, 0), (2, 2**32 - 1)], ids=str)
def test_rle_offsets_that_lead_astray_are_refused(frame: bytes, position: int, value: int) -> None:
    damaged = bytearray(frame)
    struct.pack_into("<L", damaged, 4 * position, value)
    with pytest.raises(DecodeError):
        decode(bytes(damaged), PIXELS)


@pytest.mark.parametrize("length", [0, 63, 64, 70])
def test_an_rle_frame_that_ends_early_is_truncated(frame: bytes, length: int) -> None:
    with pytest.raises(TruncatedError):
        decode(frame[:length], PIXELS)
