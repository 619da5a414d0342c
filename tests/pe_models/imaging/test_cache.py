"""HeaderCache: a second opening reads no header; what is damaged is replaced."""

import os
import stat

import numpy as np
import pytest

from pe_models import places
from pe_models.imaging import scan as scan_module
from pe_models.imaging.cache import HeaderCache
from pe_models.imaging.elements import HeaderError
from pe_models.imaging.read import read_volume
from pe_models.imaging.scan import scan_path


@pytest.fixture
def no_reading(monkeypatch):
    """Makes any header that is read after all fail the test's expectation."""

    def refuse(*_):
        raise HeaderError("read after all")

    return lambda: monkeypatch.setattr(scan_module, "read_header", refuse)


def test_a_second_scan_gives_the_same_without_reading(write_series, no_reading):
    written = write_series(encoding="JPEG-LS")
    first = scan_path(written.folder, cache=HeaderCache())
    no_reading()

    second = scan_path(written.folder, cache=HeaderCache())

    assert second == first
    np.testing.assert_array_equal(read_volume(second.studies[0].series[0]).hu, written.hu)


def test_a_changed_file_is_read_again(write_series, no_reading):
    written = write_series()
    scan_path(written.folder, cache=HeaderCache())
    os.utime(written.files[0], ns=(1, 1))
    no_reading()

    scan = scan_path(written.folder, cache=HeaderCache())

    assert [skipped.path for skipped in scan.skipped] == [written.files[0]]
    assert scan.studies[0].series[0].n_slices == 2


def test_the_cache_is_private_to_its_user(write_series):
    scan_path(write_series().folder, cache=HeaderCache())

    (file,) = places.user_cache().iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_damaged_cache_is_replaced_silently(write_series):
    written = write_series()
    file = places.user_cache() / "headers.sqlite"
    file.write_bytes(b"no database" * 1000)

    first = scan_path(written.folder, cache=HeaderCache())
    again = scan_path(written.folder, cache=HeaderCache())

    assert first == again
    assert file.read_bytes().startswith(b"SQLite format 3")


def test_a_cache_that_cannot_be_written_is_no_obstacle(write_series, tmp_path):
    nowhere = HeaderCache(tmp_path / "missing folder" / "headers.sqlite")

    assert scan_path(write_series().folder, cache=nowhere).studies
