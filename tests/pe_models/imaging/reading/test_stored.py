"""Stored words become HU exactly as slope * value + intercept, rounded and clipped to int16."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pe_models.imaging.reading.stored import Meaning, to_hu
from pe_models.imaging.study import PixelFormat


def a_format(**changes) -> PixelFormat:
    fields = {
        "transfer_syntax": "1.2.840.10008.1.2.1",
        "rows": 2,
        "cols": 3,
        "bits_allocated": 16,
        "bits_stored": 16,
        "is_signed": False,
    }
    return PixelFormat(**{**fields, **changes})


slopes = st.one_of(st.just(1.0), st.sampled_from([0.5, 2.0, -1.0, 1.7]))
intercepts = st.one_of(st.integers(-70000, 70000).map(float), st.sampled_from([-1024.0, 0.25]))


@given(
    words=st.lists(st.integers(0, 65535), min_size=6, max_size=6),
    bits_stored=st.integers(8, 16),
    is_signed=st.booleans(),
    slope=slopes,
    intercept=intercepts,
)
def test_hu_is_the_formula_of_the_standard(words, bits_stored, is_signed, slope, intercept):
    pixels = a_format(
        bits_stored=bits_stored, is_signed=is_signed, slope=slope, intercept=intercept
    )
    stored = [word % (1 << bits_stored) for word in words]
    if is_signed:
        half = 1 << (bits_stored - 1)
        stored = [value - 2 * half if value >= half else value for value in stored]
    exact = np.clip(np.rint(np.array(stored) * slope + intercept), -32768, 32767)

    # In place, over the same memory, as native pixels are read.
    out = np.array(words, dtype=np.uint16).reshape(2, 3).view(np.int16)
    padding = to_hu(out.view(np.uint16), pixels, Meaning.RESCALED, out)

    assert padding is None
    np.testing.assert_array_equal(out.ravel(), exact)


@given(st.lists(st.integers(0, 255), min_size=6, max_size=6))
def test_bytes_become_hu(words):
    out = np.empty((2, 3), dtype=np.int16)
    pixels = a_format(bits_allocated=8, bits_stored=8, intercept=-1000.0)

    to_hu(np.array(words, dtype=np.uint8).reshape(2, 3), pixels, Meaning.RESCALED, out)

    assert out.ravel().tolist() == [word - 1000 for word in words]


def test_left_aligned_pixels_are_shifted_by_their_high_bit():
    out = np.empty((2, 3), dtype=np.int16)
    words = np.array([[0, 16, 32], [4095 << 4, 5 << 4 | 7, 1 << 4]], dtype=np.uint16)

    to_hu(words, a_format(bits_stored=12, high_bit=15), Meaning.RESCALED, out)

    assert out.tolist() == [[0, 1, 2], [4095, 5, 1]]


def test_what_loss_carries_above_the_stored_bits_is_clipped_and_other_bits_there_are_no_value():
    words = np.array([[0, 4094, 4095], [4096, 4098, 12]], dtype=np.uint16)
    pixels, out = a_format(bits_stored=12, intercept=-1024.0), np.empty((2, 3), dtype=np.int16)

    to_hu(words, pixels, Meaning.RESCALED, out, is_lossy=True)
    assert out.tolist() == [[-1024, 3070, 3071], [3071, 3071, -1012]]

    to_hu(words, pixels, Meaning.RESCALED, out)
    assert out.tolist() == [[-1024, 3070, 3071], [-1024, -1022, -1012]]


def test_words_of_32_bits_are_clipped():
    out = np.empty((2, 3), dtype=np.int16)
    words = np.array([[0, 1, 70000], [2**31, 2**32 - 1, 40]], dtype=np.uint32)

    to_hu(words, a_format(bits_allocated=32, bits_stored=32), Meaning.RESCALED, out)
    assert out.tolist() == [[0, 1, 32767], [32767, 32767, 40]]

    to_hu(words, a_format(bits_allocated=32, bits_stored=32), Meaning.STORED, out)
    assert out.tolist() == [[0, 1, 32767], [32767, 32767, 40]]
