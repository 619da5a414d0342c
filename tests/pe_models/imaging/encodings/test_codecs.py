"""Whole frames of rarer kinds are decoded; damaged ones end in a reason, never the process."""

import io
import struct
from dataclasses import replace
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from pydicom.pixels import get_encoder
from pydicom.uid import RLELossless

from pe_models.imaging.encodings.codecs import (
    SYNTAXES,
    DecodeError,
    TruncatedError,
    decode,
    is_lossy,
)
from pe_models.imaging.encodings.codestream import Stream, recognized
from pe_models.imaging.study import PixelFormat
from tests.pe_models.imaging.conftest import ENCODERS

ROWS, COLS = 40, 60
WITH_END_MARKER = [name for name in ENCODERS if name.startswith(("JPEG lossless", "JPEG-LS"))]
WITH_END_MARKER += ["JPEG 2000", "HTJ2K"]
DOCS = Path(__file__).resolve().parents[4] / "docs"
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


@pytest.mark.parametrize("short", [0, 1])
def test_an_rle_segment_that_is_too_short_is_truncated_and_never_filled_up(short: int) -> None:
    segments = [bytes(imagecodecs.packbits_encode(bytes(ROWS * COLS))) for _ in range(2)]
    segments[short] = bytes(imagecodecs.packbits_encode(bytes(ROWS * COLS // 2)))
    header = struct.pack("<16L", 2, 64, 64 + len(segments[0]), *[0] * 13)

    with pytest.raises(TruncatedError):
        decode(header + b"".join(segments), PIXELS)


@pytest.mark.parametrize("bits", [8, 16, 32])
def test_rle_words_of_any_width_are_put_together(bits: int) -> None:
    pixels = replace(PIXELS, bits_allocated=bits, bits_stored=bits)
    values = np.arange(ROWS * COLS, dtype=np.uint64) * 1_234_567 % (1 << bits)
    planes = [(values >> shift & 0xFF).astype(np.uint8) for shift in range(bits - 8, -8, -8)]
    segments = [bytes(imagecodecs.packbits_encode(plane.tobytes())) for plane in planes]
    starts = [64 + sum(map(len, segments[:n])) for n in range(len(segments))]
    header = struct.pack("<16L", len(segments), *starts, *[0] * (15 - len(segments)))

    found = decode(header + b"".join(segments), pixels)

    np.testing.assert_array_equal(found.ravel(), values)


@pytest.mark.parametrize("length", [0, 63, 64, 70])
def test_an_rle_frame_that_ends_early_is_truncated(frame: bytes, length: int) -> None:
    with pytest.raises(TruncatedError):
        decode(frame[:length], PIXELS)


def declared_as(syntax: str, *, bits: int = 16) -> PixelFormat:
    return replace(PIXELS, transfer_syntax=syntax, bits_allocated=bits, bits_stored=bits)


def test_a_retired_progressive_jpeg_is_decoded(words) -> None:
    grey = (words % 251).astype(np.uint8)
    encoded = io.BytesIO()
    Image.fromarray(grey).save(encoded, "JPEG", progressive=True, quality=100)

    decoded = decode(encoded.getvalue(), declared_as("1.2.840.10008.1.2.4.55", bits=8))

    theirs = np.asarray(Image.open(io.BytesIO(encoded.getvalue())))
    assert np.abs(decoded.astype(int) - theirs).max() <= 1


def test_jpeg_2000_in_the_boxes_of_a_file_is_decoded(words) -> None:
    boxed = imagecodecs.jpeg2k_encode(words, codecformat="jp2", reversible=True)
    assert not boxed.startswith(b"\xff\x4f")

    np.testing.assert_array_equal(decode(boxed, declared_as("1.2.840.10008.1.2.4.90")), words)


@pytest.mark.parametrize("missing", [1, 20, 60])
def test_a_jpeg_xl_frame_that_ends_early_is_refused(words, missing: int) -> None:
    encoded = imagecodecs.jpegxl_encode(words, lossless=True)

    with pytest.raises(DecodeError):
        decode(encoded[:-missing], declared_as("1.2.840.10008.1.2.4.110"))


def test_a_jpeg_xl_frame_of_another_size_is_refused_before_it_is_decoded(words) -> None:
    encoded = imagecodecs.jpegxl_encode(np.tile(words, (2, 1)), lossless=True)

    with pytest.raises(DecodeError, match="80 x 60 pixels, the header declares 40 x 60"):
        decode(encoded, declared_as("1.2.840.10008.1.2.4.110"))


@given(rows=st.integers(1, 300), cols=st.integers(1, 300), is_boxed=st.booleans())
def test_the_size_of_a_jpeg_xl_frame_is_read_from_its_header(rows, cols, is_boxed) -> None:
    blank = np.zeros((rows, cols), np.uint16)
    encoded = imagecodecs.jpegxl_encode(blank, effort=1, distance=1.0, usecontainer=is_boxed)

    stream = recognized(encoded)

    assert stream is not None
    assert (stream.kind, stream.rows, stream.cols) == (Stream.JPEG_XL, rows, cols)


@pytest.mark.parametrize(("bytes_missing", "error"), [(2, DecodeError), (60, TruncatedError)])
def test_a_deflated_frame_that_ends_early_is_refused(bytes_missing: int, error) -> None:
    noise = np.random.default_rng(0).integers(0, 65536, (ROWS, COLS)).astype("<u2")
    encoded = imagecodecs.deflate_encode(noise.tobytes(), raw=True)

    with pytest.raises(error):
        decode(encoded[:-bytes_missing], declared_as("1.2.840.10008.1.2.8.1"))


LOSSY_STREAMS = {
    "JPEG baseline": lambda words: imagecodecs.jpeg8_encode((words % 251).astype(np.uint8), 90),
    "JPEG-LS near-lossless": lambda words: imagecodecs.jpegls_encode(words, level=2),
    "JPEG 2000 irreversible": lambda words: imagecodecs.jpeg2k_encode(
        words, level=40, codecformat="j2k", reversible=False
    ),
    "JPEG 2000 irreversible in boxes": lambda words: imagecodecs.jpeg2k_encode(
        words, level=40, codecformat="jp2", reversible=False
    ),
    "HTJ2K irreversible": lambda words: imagecodecs.htj2k_encode(words, reversible=False),
}


@pytest.mark.parametrize("encode", LOSSY_STREAMS.values(), ids=LOSSY_STREAMS)
def test_a_codestream_that_lost_detail_says_so(words, encode) -> None:
    assert is_lossy(encode(words))


@pytest.mark.parametrize("encoding", ENCODERS)
def test_a_codestream_that_lost_nothing_says_so(words, encoding) -> None:
    assert not is_lossy(ENCODERS[encoding][1](words))


@pytest.mark.parametrize("n_bytes", range(80))
def test_a_codestream_cut_short_in_its_header_is_looked_at_all_the_same(words, n_bytes) -> None:
    for encode in LOSSY_STREAMS.values():
        assert isinstance(is_lossy(encode(words)[:n_bytes]), bool)


@pytest.mark.parametrize("encoding", WITH_END_MARKER)
@pytest.mark.parametrize("n_zeros", [1, 64, 65, 5000])
def test_zeros_behind_the_end_of_an_image_are_padding(words, encoding, n_zeros) -> None:
    uid, encode = ENCODERS[encoding]

    padded = encode(words) + bytes(n_zeros)

    np.testing.assert_array_equal(decode(padded, declared_as(uid)), words)


@pytest.mark.parametrize("encoding", WITH_END_MARKER)
def test_zeros_in_place_of_the_end_of_an_image_are_no_padding(words, encoding) -> None:
    uid, encode = ENCODERS[encoding]

    with pytest.raises(TruncatedError):
        decode(encode(words)[:-40] + bytes(500), declared_as(uid))


def test_the_table_for_users_lists_every_encoding_as_it_is() -> None:
    table = (DOCS / "encodings.md").read_text(encoding="utf-8")
    rows = {
        cells[1].strip("` "): [cell.strip() for cell in cells]
        for cells in (line.split("|")[1:-1] for line in table.splitlines() if "`1.2.840" in line)
    }

    assert set(rows) == set(SYNTAXES)
    for uid, syntax in SYNTAXES.items():
        name, _, _, loss = rows[uid]
        assert name == syntax.name
        assert (loss == "yes, marked") is syntax.is_lossy
