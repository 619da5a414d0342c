"""Byte flips and cuts anywhere in a file: never a traceback, and no file unaccounted for."""

import random
import time
from contextlib import suppress

import pytest

from pe_models.errors import ReadError
from pe_models.imaging.read import read_volume
from pe_models.imaging.scan import scan_path

# A damaged size may turn a slice into a huge one; reading it is bounded, but not worth the wait.
MAX_VOXELS = 4_000_000
QUICK = 60
LONG_S = 60.0


def damaged(data: bytes, rng: random.Random) -> bytes:
    changed = bytearray(data)
    reach = rng.choice([400, 1200, len(changed)])
    for _ in range(rng.choice([1, 2, 5, 20])):
        changed[rng.randrange(min(reach, len(changed)))] = rng.choice([0, 255, rng.randrange(256)])
    return bytes(changed[: rng.randrange(len(changed))] if rng.random() < 0.2 else changed)


def open_damaged(file, data, rng):
    file.write_bytes(damaged(data, rng))
    scan = scan_path(file)
    found = [series for study in scan.studies for series in study.series]
    assert sum(series.n_files for series in found) + len(scan.skipped) == 1
    for series in found:
        if series.n_slices * series.rows * series.cols <= MAX_VOXELS:
            with suppress(ReadError):
                shape = read_volume(series).hu.shape
                assert shape == (series.n_slices, series.rows, series.cols)


@pytest.mark.parametrize("seed", range(3))
def test_damaged_files_are_read_or_named(write_series, tmp_path, lossless_encoding, seed):
    data = write_series(encoding=lossless_encoding).files[0].read_bytes()
    rng = random.Random(f"{lossless_encoding} {seed}")

    for _ in range(QUICK):
        open_damaged(tmp_path / "damaged", data, rng)


@pytest.mark.long
def test_damaged_files_are_read_or_named_for_a_minute(write_series, tmp_path, lossless_encoding):
    data = write_series(encoding=lossless_encoding).files[0].read_bytes()
    seed = random.randrange(1 << 30)
    rng = random.Random(seed)
    until = time.monotonic() + LONG_S / 10

    while time.monotonic() < until:
        state = rng.getstate()
        try:
            open_damaged(tmp_path / "damaged", data, rng)
        except Exception as error:
            error.add_note(f"seed {seed}, state {state[1][-1]}")
            raise
