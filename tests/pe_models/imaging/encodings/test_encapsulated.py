"""Fragments and offset tables -> frames, as PS3.5 A.4 lays them out."""

from io import BytesIO

import pytest
from pydicom.encaps import encapsulate

from pe_models.imaging.encodings.codecs import DecodeError, TruncatedError
from pe_models.imaging.encodings.encapsulated import frames_in, read_frame

JPEG_FRAMES = [
    b"\xff\xd8\xff" + bytes([number]) * (40 + 2 * number) + b"\xff\xd9" for number in (1, 2, 3)
]


def frames_of(value: bytes, n_frames: int) -> list[bytes]:
    stream = BytesIO(b"before" + value)
    return [read_frame(stream, frame) for frame in frames_in(stream, 6, n_frames)]


@pytest.mark.parametrize("has_table", [True, False])
@pytest.mark.parametrize("n_fragments", [1, 3])
def test_frames_are_found_with_and_without_a_table(has_table, n_fragments):
    value = encapsulate(JPEG_FRAMES, fragments_per_frame=n_fragments, has_bot=has_table)

    found = frames_of(value, 3)

    assert [frame.rstrip(b"\0") for frame in found] == JPEG_FRAMES


def test_all_fragments_of_a_single_frame_are_one():
    value = encapsulate(JPEG_FRAMES[:1], fragments_per_frame=5, has_bot=False)

    assert frames_of(value, 1)[0].rstrip(b"\0") == JPEG_FRAMES[0]


def test_fragments_that_nothing_tells_apart_are_refused():
    value = encapsulate([b"abcd" * 9, b"efgh" * 9], fragments_per_frame=3, has_bot=False)

    with pytest.raises(DecodeError, match="6 fragments for 2 frames"):
        frames_of(value, 2)


def test_pixels_that_are_not_encapsulated_are_refused():
    with pytest.raises(DecodeError, match="not encapsulated"):
        frames_of(b"\x01\x02\x03\x04" * 20, 1)


def test_a_value_without_fragments_is_truncated():
    with pytest.raises(TruncatedError, match="no pixel data"):
        frames_of(b"\xfe\xff\x00\xe0\0\0\0\0", 1)


def test_a_fragment_cut_off_by_the_end_of_the_file_is_truncated():
    with pytest.raises(TruncatedError, match="ends within its pixel data"):
        frames_of(encapsulate(JPEG_FRAMES[:1], has_bot=False)[:-20], 1)
