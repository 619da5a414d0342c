"""HeaderCache: a second opening reads no file; what changed is read again, what broke replaced."""

import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from pe_models import places
from pe_models.imaging.files.cache import HeaderCache
from pe_models.imaging.read import read_volume
from pe_models.imaging.scan import scan_path, scan_paths

_opened: list[str] | None = None


def _hear(event: str, arguments: tuple) -> None:
    if _opened is not None and event == "open" and isinstance(arguments[0], str | Path):
        _opened.append(str(arguments[0]))


sys.addaudithook(_hear)


@pytest.fixture
def opened():
    """Runs a function; gives its result, and the names of the files below a folder it opened."""

    def listen(work, below):
        global _opened
        _opened = []
        try:
            return work(), sorted({Path(path).name for path in _opened if str(below) in path})
        finally:
            _opened = None

    return listen


def scan(path):
    return scan_path(path, cache=HeaderCache())


def cache_file() -> Path:
    return places.user_cache() / "headers.sqlite"


@pytest.mark.parametrize("encoding", ["explicit", "JPEG-LS", "deflated"])
def test_a_second_scan_gives_the_same_and_opens_no_file(write_series, opened, encoding):
    written = write_series(encoding=encoding)
    first = scan(written.folder)

    second, names = opened(lambda: scan(written.folder), written.folder)

    assert names == []
    assert second == first
    np.testing.assert_array_equal(read_volume(second.studies[0].series[0]).hu, written.hu)


def test_a_second_scan_of_a_zip_gives_the_same_without_opening_it(write_series, opened, tmp_path):
    written = write_series()
    packed = tmp_path / "study.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for file in written.files:
            archive.write(file, file.name)
    first = scan(packed)

    second, names = opened(lambda: scan(packed), tmp_path)

    assert (second, names) == (first, [])
    np.testing.assert_array_equal(read_volume(second.studies[0].series[0]).hu, written.hu)


def change(file: Path) -> None:
    data = file.read_bytes()
    file.write_bytes(data.replace(b"CTPA 1.0", b"CTPA 2.0"))


def replace_by_one_of_the_same_size_and_time(file: Path) -> None:
    before = file.stat()
    change(file)
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert (file.stat().st_size, file.stat().st_mtime_ns) == (before.st_size, before.st_mtime_ns)


def rename(file: Path) -> None:
    file.rename(file.with_name("renamed"))


def add(file: Path) -> None:
    shutil.copy(file, file.with_name("added"))


@pytest.mark.parametrize(
    ("alter", "read_again"),
    [
        (change, ["IM0003"]),
        (replace_by_one_of_the_same_size_and_time, ["IM0003"]),
        (rename, ["renamed"]),
        (Path.unlink, []),
        (lambda file: file.write_bytes(b""), ["IM0003"]),
    ],
)
def test_what_changed_is_noticed_and_read_again_alone(write_series, opened, alter, read_again):
    written = write_series()
    before = scan(written.folder)
    alter(written.files[2])  # the lowest slice, which speaks for the series

    after, names = opened(lambda: scan(written.folder), written.folder)

    assert names == read_again
    assert after == scan_path(written.folder) != before


def test_an_added_file_is_noticed(write_series):
    written = write_series()
    before = scan(written.folder)
    add(written.files[1])

    assert scan(written.folder) == scan_path(written.folder) != before


def test_opening_one_file_does_not_forget_the_others_of_its_folder(write_series, opened):
    written = write_series()
    scan(written.folder)
    scan(written.files[0])
    written.files[1].unlink()

    _, names = opened(lambda: scan(written.folder), written.folder)

    assert names == []


def test_a_folder_known_from_within_another_is_not_read_again(write_series, opened):
    written = write_series(folder="all/first")
    scan(written.folder)

    _, names = opened(lambda: scan(written.folder.parent), written.folder)

    assert names == []


def test_paths_that_were_opened_together_are_remembered_together(write_series, opened):
    written = write_series()
    paths, some = written.files[:2], written.files[1:2]
    first = scan_paths(paths, cache=HeaderCache())

    second, names = opened(lambda: scan_paths(paths, cache=HeaderCache()), written.folder)

    assert (second, names) == (first, [])
    assert scan_paths(some, cache=HeaderCache()) == scan_paths(some) != first


def test_the_same_names_in_another_folder_are_other_files(write_series, monkeypatch):
    def renamed(dataset, index):
        dataset.SeriesDescription = "CTPA 2.0"

    one, other = write_series(folder="one"), write_series(folder="other", edit=renamed)
    for file in (*one.files, *other.files):
        os.utime(file, ns=(1, 1))
    monkeypatch.chdir(one.folder)
    scan(".")
    monkeypatch.chdir(other.folder)

    assert scan(".") == scan_path(".")


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs a file that fails to read")
def test_what_could_not_be_read_is_tried_again(write_series, opened):
    written = write_series()
    (written.folder / "failing").symlink_to("/proc/self/mem")
    first = scan(written.folder)
    assert [file.path.name for file in first.skipped] == ["failing"]

    second, names = opened(lambda: scan(written.folder), written.folder)

    assert names == ["failing"]
    assert second == first


@pytest.mark.skipif(sys.platform != "linux", reason="names are any bytes on Linux alone")
def test_names_that_are_no_text_are_remembered(write_series, opened):
    written = write_series()
    written.files[0].rename(os.fsdecode(os.fsencode(written.folder) + b"/\xff\xe4"))
    first = scan(written.folder)

    second, names = opened(lambda: scan(written.folder), written.folder)

    assert (second, names) == (first, [])


def test_the_cache_is_private_to_its_user(write_series):
    scan(write_series().folder)

    (file,) = places.user_cache().iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def damage_all(file: Path) -> None:
    file.write_bytes(b"no database" * 1000)


def damage_the_middle(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 64] = bytes(64)
    file.write_bytes(data)


def cut_off(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-5000])


def replace_by_another_database(file: Path) -> None:
    file.unlink()
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE piece (something TEXT)")
    connection.close()


@pytest.mark.parametrize(
    "damage", [damage_all, damage_the_middle, cut_off, replace_by_another_database, Path.unlink]
)
def test_a_damaged_cache_is_replaced_silently(write_series, opened, damage):
    written = write_series()
    first = scan(written.folder)
    damage(cache_file())

    assert scan(written.folder) == first
    again = scan(written.folder)
    third, names = opened(lambda: scan(written.folder), written.folder)

    assert (again, third, names) == (first, first, [])


def test_any_damaged_byte_is_noticed(write_series):
    written = write_series()
    first = scan(written.folder)
    whole = cache_file().read_bytes()

    for position in range(0, len(whole), 997):
        cache_file().write_bytes(whole[:position] + b"#" + whole[position + 1 :])
        assert scan(written.folder) == first


def test_a_cache_that_cannot_be_written_is_no_obstacle(write_series, tmp_path):
    nowhere = HeaderCache(tmp_path / "missing folder" / "headers.sqlite")

    assert scan_path(write_series().folder, cache=nowhere).studies


def test_a_home_that_cannot_be_written_is_no_obstacle(write_series, tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("PE_HOME", str(tmp_path / "file"))

    assert scan(write_series().folder).studies


def test_a_cache_that_is_being_written_is_left_alone(write_series, opened):
    written, other = write_series(), write_series(folder="other")
    first = scan(written.folder)
    with sqlite3.connect(cache_file(), isolation_level=None) as connection:
        connection.execute("BEGIN IMMEDIATE")
        assert scan(other.folder).studies
        connection.execute("ROLLBACK")
    connection.close()

    assert opened(lambda: scan(written.folder), written.folder) == (first, [])


def test_two_processes_may_use_it_at_once(write_series):
    written = write_series()
    program = (
        "import sys; from pe_models.imaging.files.cache import HeaderCache;"
        "from pe_models.imaging.scan import scan_path\n"
        "for turn in range(40):\n"
        "    cache = HeaderCache()\n"
        "    assert scan_path(sys.argv[1 + turn % 2], cache=cache).studies\n"
    )
    folders = [str(written.folder), str(written.folder.parent)]
    runs = [
        subprocess.Popen([sys.executable, "-c", program, *folders[::step]], text=True)
        for step in (1, -1)
    ]

    assert [run.wait(timeout=60) for run in runs] == [0, 0]
    with sqlite3.connect(cache_file()) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


def test_what_was_used_longest_ago_is_forgotten_first(write_series, opened):
    one, other = write_series(folder="one"), write_series(folder="other")
    n_bytes = 4_000

    scan_path(one.folder, cache=HeaderCache(most_bytes=n_bytes))
    scan_path(other.folder, cache=HeaderCache(most_bytes=n_bytes))

    assert opened(lambda: scan(other.folder), other.folder)[1] == []
    assert len(opened(lambda: scan(one.folder), one.folder)[1]) == 3


def test_what_another_version_wrote_is_not_read(write_series, opened, monkeypatch):
    from pe_models.imaging.files import cache

    written = write_series()
    scan(written.folder)
    monkeypatch.setattr(cache, "_SCHEMA", "of another version")

    assert len(opened(lambda: scan(written.folder), written.folder)[1]) == 3


@pytest.mark.parametrize(
    "name",
    [
        "lidc-chest",
        "rider-ctpa",
        "hilum-slabs",
        "nema-wg04-ct",
        "enhanced-ct",
        "duplicate-positions",
        "sbu-ctpa-slices",
        "rsna-format",
    ],
)
def test_a_remembered_scan_of_real_data_equals_a_fresh_one(real_data, name):
    folder = real_data / name
    if not folder.exists():
        pytest.skip(f"{name} is not among the real CT data")
    fresh = scan_path(folder)

    assert scan(folder) == fresh
    assert scan(folder) == fresh
