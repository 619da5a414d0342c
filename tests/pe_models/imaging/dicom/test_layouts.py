"""Layouts: following what a series has in common gives exactly what walking each file gives."""

import random
import time
import tracemalloc
from io import BytesIO
from pathlib import Path

import pytest

from pe_models.imaging.dicom import layouts as layouts_module
from pe_models.imaging.dicom.data_set import parse_head
from pe_models.imaging.dicom.elements import HeaderError
from pe_models.imaging.dicom.headers import WANTED, HeaderReader, read_header
from pe_models.imaging.dicom.layouts import Layouts

ENCODINGS = ["explicit", "implicit", "big endian", "deflated", "JPEG-LS", "RLE"]
QUICK = 1500
LONG_S = 10.0


@pytest.fixture
def n_walked(monkeypatch):
    """Counts the files that were walked element by element."""
    walked = []

    def counting(head, rest, wanted):
        walked.append(len(head))
        return parse_head(head, rest, wanted)

    monkeypatch.setattr(layouts_module, "parse_head", counting)
    return lambda: len(walked)


def outcome(parse):
    """What parsing gives, or the reason why it gives nothing."""
    try:
        return parse()
    except HeaderError as error:
        return type(error), str(error)


def check(layouts: Layouts, data: bytes) -> None:
    n_read = layouts.head_bytes
    followed = outcome(lambda: layouts.parse(data[:n_read], BytesIO(data[n_read:])))
    walked = outcome(lambda: parse_head(data, BytesIO(), WANTED)[0])
    assert followed == walked


def elements_of_all_kinds(dataset, index):
    """Values that vary in bytes and in length, sequences that vary, and what is seldom there."""
    from pydicom.dataset import Dataset

    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID = f"1.2.3.{9**index}"
    dataset.ContentTime = f"1200{index:02d}"
    dataset.WindowCenter = [40, 100 * index]
    source = Dataset()
    source.ReferencedSOPInstanceUID = f"1.2.4.{9**index}"
    dataset.SourceImageSequence = [source] * (1 + index % 3)
    agent = Dataset()
    agent.CodeMeaning = f"agent {index // 4}"
    dataset.ContrastBolusAgentSequence = [agent]
    if index % 5 == 4:
        dataset.ImageComments = "x" * index
    dataset.add_new(0x00091001, "UN", bytes(3 * index))
    dataset.add_new(0x00091002, "OB", bytes(2 * index))


def series_of(write_series, series_hu, encoding: str) -> list[bytes]:
    written = write_series(
        hu=series_hu.repeat(8, axis=0), encoding=encoding, edit=elements_of_all_kinds
    )
    return [file.read_bytes() for file in written.files]


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_series_is_followed_as_it_is_walked(write_series, series_hu, encoding):
    layouts = Layouts(WANTED)

    for data in series_of(write_series, series_hu, encoding):
        check(layouts, data)


def test_all_but_the_first_files_of_a_series_are_followed(write_series, series_hu, n_walked):
    written = write_series(hu=series_hu.repeat(20, axis=0))
    layouts = Layouts(WANTED)

    for file in written.files:
        check(layouts, file.read_bytes())

    assert n_walked() <= 6


def test_series_that_take_turns_are_each_followed(write_series, series_hu, n_walked):
    def of_series(number):
        def edit(dataset, index):
            dataset.SeriesInstanceUID = f"1.2.3.{number}"
            dataset.SeriesDescription = "x" * number

        return edit

    hu = series_hu.repeat(10, axis=0)
    written = [write_series(folder=f"{n}", hu=hu, edit=of_series(n)) for n in range(3)]
    layouts = Layouts(WANTED)

    for files in zip(*(series.files for series in written), strict=True):
        for file in files:
            check(layouts, file.read_bytes())

    assert n_walked() <= 18


def test_a_layout_of_bare_files_is_not_taken_for_that_of_files_with_a_preamble(write_series):
    bare = []
    for file in write_series(encoding="implicit").files:
        data = file.read_bytes()
        bare.append(data[data.index(b"\x08\x00\x08\x00") :])
    layouts = Layouts(WANTED)

    for data in (*bare, *bare):
        check(layouts, data)
    for data in bare:
        check(layouts, data[:128] + b"DICM" + data[132:])


def test_how_much_is_read_at_first_follows_the_headers(write_series):
    def longer(dataset, index):
        dataset.add_new(0x00091001, "OB", bytes(50_000))

    layouts = Layouts(WANTED)
    for file in write_series(folder="short").files:
        check(layouts, file.read_bytes())
    short = layouts.head_bytes
    for file in write_series(folder="long", edit=longer).files:
        check(layouts, file.read_bytes())

    assert short == 4096
    assert 50_000 < layouts.head_bytes < 60_000


def test_headers_too_long_to_be_read_at_first_are_not_kept(write_series):
    def longest(dataset, index):
        dataset.add_new(0x00091001, "OB", bytes(1_000_000))

    layouts = Layouts(WANTED)
    tracemalloc.start()
    for file in write_series(edit=longest).files:
        check(layouts, file.read_bytes())
    kept_bytes = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()

    assert kept_bytes < 500_000


def varied(files: list[bytes], rng: random.Random) -> bytes:
    """One of the files, sometimes with bytes flipped, taken from another file, cut out or off."""
    data = bytearray(rng.choice(files))
    other = rng.choice(files)
    for _ in range(rng.choice([0, 0, 1, 1, 2, 6])):
        position = rng.randrange(min(len(data), rng.choice([200, 700, 1400])))
        length = rng.choice([1, 1, 2, 4, 8, 20])
        change = rng.randrange(5)
        if change == 0:
            data[position] = rng.randrange(256)
        elif change == 1:
            data[position] ^= 1 << rng.randrange(8)
        elif change == 2:
            data[position : position + length] = other[position : position + length]
        elif change == 3:
            data[position : position + length] = b""
        else:
            data[position:position] = bytes(rng.choices([0, 1, 255, 32], k=length))
    return bytes(data[: rng.randrange(1, len(data))] if rng.random() < 0.1 else data)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_damaged_files_are_followed_as_they_are_walked(write_series, series_hu, encoding):
    files = series_of(write_series, series_hu, encoding)
    rng = random.Random(encoding)
    layouts = Layouts(WANTED)

    for _ in range(QUICK // len(ENCODINGS)):
        check(layouts, varied(files, rng))


@pytest.mark.long
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_damaged_files_are_followed_as_they_are_walked_for_long(write_series, series_hu, encoding):
    files = series_of(write_series, series_hu, encoding)
    seed = random.randrange(1 << 30)
    rng = random.Random(seed)
    layouts = Layouts(WANTED)
    until = time.monotonic() + LONG_S

    while time.monotonic() < until:
        try:
            check(layouts, varied(files, rng))
        except Exception as error:
            error.add_note(f"seed {seed}")
            raise


def test_every_real_file_gives_the_header_that_it_gives_alone(real_data):
    files = [file for file in sorted(real_data.rglob("*")) if file.is_file()]
    reader = HeaderReader()

    for file in files:
        data, size = file.read_bytes(), file.stat().st_size
        n_read = reader.head_bytes
        together = outcome(lambda: reader.read(data[:n_read], BytesIO(data[n_read:]), size))  # noqa: B023
        alone = outcome(lambda: read_header(BytesIO(data), size))  # noqa: B023
        assert together == alone


def test_damaged_real_headers_are_followed_as_they_are_walked(real_data):
    folder: Path = real_data / "lidc-chest"
    if not folder.exists():
        pytest.skip("lidc-chest is not among the real CT data")
    files = [file.read_bytes()[:5000] for file in sorted(folder.glob("*.dcm"))[:40]]
    rng = random.Random(1)
    layouts = Layouts(WANTED)

    for _ in range(QUICK):
        check(layouts, varied(files, rng))
