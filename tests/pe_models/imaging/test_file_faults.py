"""Faults of files and folders: what may not be read, vanishes, changes, or is no file at all."""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pe_models.errors import ReadError, ScanError
from pe_models.imaging.files.cache import HeaderCache
from pe_models.imaging.read import read_volume
from pe_models.imaging.scan import scan_path
from pe_models.imaging.study import Scan, Series
from pe_models.imaging.warnings import WarningCode

NOBODY = 65534
SCAN_AS_NOBODY = """
import json, os, sys
import pydicom.charset  # modules are loaded while this process may still reach them
from pe_models.cli.scan import as_json
from pe_models.errors import ScanError
from pe_models.imaging.scan import scan_path

if os.geteuid() == 0:
    os.setgroups([])
    os.setgid(int(sys.argv[2]))
    os.setuid(int(sys.argv[2]))
try:
    print(json.dumps(as_json(scan_path(sys.argv[1]))))
except ScanError as error:
    print(json.dumps(str(error)))
"""


needs_permissions = pytest.mark.skipif(
    not hasattr(os, "geteuid"), reason="this system has no POSIX permissions"
)


def the_series(folder: Path) -> Series:
    (study,) = scan_path(folder).studies
    (series,) = study.series
    return series


def n_counted(scan: Scan) -> int:
    return len(scan.skipped) + sum(s.n_files for study in scan.studies for s in study.series)


def reasons(scan: Scan) -> dict[str, str]:
    return {skipped.path.name: skipped.reason for skipped in scan.skipped}


def in_another_process(script: str, *arguments: object) -> None:
    subprocess.run([sys.executable, "-c", script, *map(str, arguments)], check=True)


@pytest.fixture
def public(write_series):
    """A folder with a series that every user may reach, which pytest's own folders are not."""
    folder = Path(tempfile.mkdtemp(prefix="pe-public-"))
    folder.chmod(0o755)
    shutil.copytree(write_series().folder, folder / "series")
    yield folder
    for below, _, _ in os.walk(folder):
        Path(below).chmod(0o755)
    shutil.rmtree(folder)


def scan_as_nobody(path: Path) -> Any:
    """What a user without rights gets: the JSON of a scan, or the message of its ScanError."""
    command = [sys.executable, "-c", SCAN_AS_NOBODY, str(path), str(NOBODY)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


@needs_permissions
def test_a_file_that_may_not_be_read_is_skipped(public):
    locked = public / "series" / "IM0002"
    locked.chmod(0)

    answer = scan_as_nobody(public)

    assert answer["studies"][0]["series"][0]["n_files"] == 2
    assert answer["skipped"] == [{"path": str(locked), "reason": "not readable: permission denied"}]


@needs_permissions
def test_a_folder_that_may_not_be_listed_is_skipped(public):
    locked = public / "locked"
    shutil.copytree(public / "series", locked)
    locked.chmod(0)

    answer = scan_as_nobody(public)

    assert answer["studies"][0]["series"][0]["n_files"] == 3
    assert answer["skipped"] == [
        {"path": str(locked), "reason": "the folder cannot be listed: permission denied"}
    ]


@needs_permissions
def test_files_that_may_be_listed_but_not_looked_at_are_skipped(public):
    (public / "series").chmod(0o444)

    answer = scan_as_nobody(public)

    assert answer["studies"] == []
    assert [item["reason"] for item in answer["skipped"]] == ["permission denied"] * 3


@needs_permissions
@pytest.mark.parametrize("path", [".", "series"])
def test_a_path_that_may_not_be_opened_is_told_in_words(public, path):
    public.chmod(0)

    answer = scan_as_nobody(public / path)

    assert answer.startswith(("The folder", str(public)))
    assert answer.endswith(": permission denied.")


@pytest.mark.parametrize("encoding", ["explicit", "JPEG-LS", "deflated"])
def test_a_file_deleted_by_another_process_after_the_scan_is_a_missing_slice(
    write_series, encoding
):
    written = write_series(encoding=encoding)
    series = the_series(written.folder)
    in_another_process("import os, sys; os.remove(sys.argv[1])", written.files[0])

    volume = read_volume(series)

    assert volume.missing_slices == {2}
    assert WarningCode.UNDECODABLE in volume.origin.warning_codes
    np.testing.assert_array_equal(volume.hu[:2], written.hu[:2])


def test_a_folder_deleted_after_the_scan_is_told_in_words(write_series):
    written = write_series()
    series = the_series(written.folder)
    in_another_process("import shutil, sys; shutil.rmtree(sys.argv[1])", written.folder)

    with pytest.raises(ReadError, match=r"None of the 3 slices .* it does not exist"):
        read_volume(series)


def test_a_zip_deleted_after_the_scan_is_told_in_words(write_series, tmp_path):
    archive = Path(shutil.make_archive(str(tmp_path / "study"), "zip", write_series().folder))
    series = the_series(archive)
    archive.unlink()

    with pytest.raises(ReadError, match="it does not exist"):
        read_volume(series)


@pytest.mark.parametrize("what", ["files", "folder"])
def test_what_is_deleted_by_another_process_during_the_scan_is_still_counted(write_series, what):
    written = write_series(hu=np.zeros((60, 8, 10), np.int16))
    doomed = written.files[30:] if what == "files" else [written.folder]
    deleting: list[object] = []

    def delete(progress):
        if not deleting:
            script = "import os, shutil, sys\nfor path in sys.argv[1:]:\n    "
            remove = "os.remove(path)" if what == "files" else "shutil.rmtree(path)"
            deleting.append(in_another_process(script + remove, *doomed))

    scan = scan_path(written.folder, on_progress=delete)

    assert deleting
    assert n_counted(scan) == 60
    assert all(reason.endswith("it does not exist") for reason in reasons(scan).values())


@pytest.mark.parametrize("second", [-(2**31), 2**33, 2**40])
def test_files_dated_before_1970_or_far_ahead_are_scanned_and_remembered(write_series, second):
    written = write_series()
    os.utime(written.files[1], (second, second))
    cache = HeaderCache()

    scan = scan_path(written.folder, cache=cache)

    assert n_counted(scan) == 3
    assert scan_path(written.folder, cache=cache) == scan
    np.testing.assert_array_equal(read_volume(the_series(written.folder)).hu, written.hu)


@pytest.mark.parametrize("encoding", ["explicit", "JPEG-LS"])
def test_a_file_that_shrinks_after_the_scan_is_a_missing_slice(write_series, encoding):
    written = write_series(encoding=encoding)
    series = the_series(written.folder)
    os.truncate(written.files[0], written.files[0].stat().st_size // 2)

    volume = read_volume(series)

    assert volume.missing_slices == {2}
    np.testing.assert_array_equal(volume.hu[:2], written.hu[:2])


@pytest.mark.parametrize("encoding", ["explicit", "JPEG-LS", "deflated", "zip"])
def test_a_file_that_another_replaces_after_the_scan_is_not_read_for_it(
    write_series, tmp_path, encoding
):
    def of_another_series(dataset, index):
        dataset.SOPInstanceUID = f"1.2.9.{index}"

    is_zip = encoding == "zip"
    kind = {"encoding": "explicit" if is_zip else encoding}
    written = write_series(**kind)
    other = write_series(folder="other", hu=written.hu[::-1], edit=of_another_series, **kind)
    if is_zip:
        shutil.make_archive(str(tmp_path / "read"), "zip", written.folder)
        shutil.make_archive(str(tmp_path / "other"), "zip", other.folder)
    series = the_series(tmp_path / "read.zip" if is_zip else written.folder)
    if is_zip:
        (tmp_path / "other.zip").replace(tmp_path / "read.zip")
    else:
        other.files[0].replace(written.files[0])

    if is_zip:
        with pytest.raises(ReadError, match="was replaced after it was scanned"):
            read_volume(series)
        return
    volume = read_volume(series)
    assert volume.missing_slices == {2}
    np.testing.assert_array_equal(volume.hu[:2], written.hu[:2])


def test_a_multi_frame_file_that_another_replaces_is_not_read_for_it(write_series, tmp_path):
    def multi_frame(uid, hu):
        def edit(dataset, index):
            dataset.NumberOfFrames = 2
            dataset.SOPInstanceUID = uid
            dataset.PixelData = dataset.PixelData * 2

        return write_series(folder=uid, hu=hu, edit=edit)

    hu = np.zeros((1, 40, 60), np.int16)
    read, other = multi_frame("1.2.1", hu), multi_frame("1.2.2", hu + 100)
    (study,) = scan_path(read.folder).studies
    other.files[0].replace(read.files[0])

    for series in study.series:
        with pytest.raises(ReadError, match="was replaced"):
            read_volume(series)


@pytest.mark.parametrize("encoding", ["explicit", "JPEG-LS", "deflated"])
@pytest.mark.parametrize("how", ["touched", "copied", "grown", "completed"])
def test_a_file_that_is_still_the_same_after_a_change_is_read(write_series, encoding, how):
    written = write_series(encoding=encoding)
    file = written.files[0]
    whole = file.read_bytes()
    if how == "completed":  # scanned while it was still being received
        file.write_bytes(whole[:-100])
    series = the_series(written.folder)
    file.write_bytes(whole + bytes(1000) if how == "grown" and encoding == "explicit" else whole)
    if how == "touched":
        os.utime(file, (1, 1))

    volume = read_volume(series)

    assert not volume.missing_slices
    np.testing.assert_array_equal(volume.hu, written.hu)


def test_a_file_that_becomes_a_folder_after_the_scan_is_a_missing_slice(write_series):
    written = write_series()
    series = the_series(written.folder)
    file = written.files[0]
    file.unlink()
    file.mkdir()

    assert read_volume(series).missing_slices == {2}


@pytest.mark.timeout(20)
def test_what_is_no_file_is_named_and_never_waited_for(write_series):
    written = write_series()
    os.mkfifo(written.folder / "pipe")
    (written.folder / "endless").symlink_to("/dev/zero")
    (written.folder / "itself").symlink_to(written.folder / "itself")
    with closing(socket.socket(socket.AF_UNIX)) as listening:
        os.chdir(written.folder)  # the path of a socket is short
        listening.bind("socket")
        scan = scan_path(written.folder)

    assert reasons(scan) == {
        "endless": "not a regular file",
        "itself": "a link that leads nowhere",
        "pipe": "not a regular file",
        "socket": "not a regular file",
    }
    assert n_counted(scan) == 3 + 4


@pytest.mark.timeout(20)
@pytest.mark.parametrize("path", ["/dev/null", "/dev/zero", "pipe"])
def test_a_path_that_is_no_file_is_refused_at_once(tmp_path, path):
    os.mkfifo(tmp_path / "pipe")

    with pytest.raises(ScanError, match="is neither a file nor a folder"):
        scan_path(tmp_path / path)


@pytest.fixture
def nested() -> Iterator[Callable[[Path, int], Path]]:
    """``nested(folder, depth)`` makes folders in one another and gives the innermost one.

    They go with the test: removing them later takes one call a level, too many for a thousand.
    """
    made: list[Path] = []

    def nest(folder: Path, depth: int) -> Path:
        for _ in range(depth):
            folder = folder / "d"
            folder.mkdir()
            made.append(folder)
        return folder

    yield nest
    for folder in reversed(made):
        for file in folder.iterdir():
            file.unlink()
        folder.rmdir()


@pytest.mark.parametrize("depth", [30, 1020])
def test_folders_may_be_nested_as_deeply_as_paths_may_be_long(write_series, nested, depth):
    written = write_series()
    files, innermost = written.files, nested(written.folder, depth)
    for file in files:
        file.rename(innermost / file.name)

    scan = scan_path(written.folder)

    assert n_counted(scan) == 3
    np.testing.assert_array_equal(read_volume(scan.studies[0].series[0]).hu, written.hu)


def test_folders_nested_beyond_what_a_path_may_be_are_skipped(write_series, monkeypatch):
    written = write_series()
    monkeypatch.chdir(written.folder)
    for _ in range(20):
        Path("d" * 250).mkdir()
        os.chdir("d" * 250)

    scan = scan_path(written.folder)

    assert scan.studies[0].series[0].n_files == 3
    (skipped,) = scan.skipped
    assert "cannot be listed: File name too long" in skipped.reason


def test_the_same_folder_reached_by_two_links_is_read_once(write_series):
    written = write_series(folder="tree/series")
    (written.folder.parent / "again").symlink_to(written.folder)

    assert n_counted(scan_path(written.folder.parent)) == 3


def test_twenty_thousand_texts_are_skipped_one_by_one_within_seconds(tmp_path):
    for number in range(20_000):
        (tmp_path / f"{number}.txt").touch()
    (tmp_path / "7.txt").write_text("not a CT", encoding="utf-8")

    scan = scan_path(tmp_path)

    assert len(scan.skipped) == 20_000
    assert set(reasons(scan).values()) == {"empty file", "not a DICOM file"}
