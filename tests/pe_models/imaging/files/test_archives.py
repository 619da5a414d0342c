"""Zips as people and attackers make them, and archives that are not read."""

import io
import random
import struct
import tarfile
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest

from pe_models.imaging.files.archives import Opener, members
from pe_models.imaging.files.sources import Entry
from pe_models.imaging.read import read_volume
from pe_models.imaging.scan import scan_path
from pe_models.imaging.study import Scan, SkippedFile


def n_files(scan: Scan) -> int:
    return sum(series.n_files for study in scan.studies for series in study.series)


def reasons(scan: Scan) -> dict[str, str]:
    return {skipped.path.name: skipped.reason for skipped in scan.skipped}


def entry_of(path: Path) -> Entry:
    return Entry(str(path), path.stat().st_size, 0)


def zipped(files: list[Path], target: Path, folder: str = "", **options) -> Path:
    with zipfile.ZipFile(target, "w", **options) as archive:
        for file in files:
            archive.write(file, f"{folder}{file.name}")
    return target


@pytest.mark.parametrize(
    "compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]
)
def test_a_zip_reads_as_its_files_however_they_are_packed(write_series, tmp_path, compression):
    written = write_series()
    packed = zipped(written.files, tmp_path / "a.zip", "Müller/ÄÖ 1/肺/", compression=compression)

    scan = scan_path(packed)

    assert (n_files(scan), scan.skipped) == (3, ())
    np.testing.assert_array_equal(read_volume(scan.studies[0].series[0]).hu, written.hu)


class NotSeekable(io.RawIOBase):
    """A pipe, into which zips are written with data descriptors behind their members."""

    def __init__(self, target: Path) -> None:
        self._file = target.open("wb")

    def writable(self) -> bool:
        return True

    def write(self, content) -> int:
        return self._file.write(content)

    def close(self) -> None:
        self._file.close()
        super().close()


def test_a_zip_with_data_descriptors_is_read(write_series, tmp_path):
    written = write_series()
    with NotSeekable(tmp_path / "a.zip") as pipe, zipfile.ZipFile(pipe, "w") as archive:
        for file in written.files:
            archive.write(file, file.name)

    assert zipfile.ZipFile(tmp_path / "a.zip").infolist()[0].flag_bits & 0x8
    assert n_files(scan_path(tmp_path / "a.zip")) == 3


def test_zip64_members_are_read(write_series, tmp_path):
    written = write_series()
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for file in written.files:
            with archive.open(file.name, "w", force_zip64=True) as member:
                member.write(file.read_bytes())

    assert n_files(scan_path(tmp_path / "a.zip")) == 3


def test_names_in_the_old_code_page_are_opened(write_series, tmp_path):
    written = write_series()
    packed = zipped(written.files, tmp_path / "a.zip", "Pr\x81fung/")
    packed.write_bytes(packed.read_bytes().replace("Pr\x81fung".encode(), b"Pr\x81\x81fung"))
    content = bytearray(packed.read_bytes())
    for head, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):  # no longer said to be UTF-8
        at = content.find(head)
        while at >= 0:
            content[at + flags + 1] &= ~0x08
            at = content.find(head, at + 1)
    packed.write_bytes(content)

    scan = scan_path(packed)

    assert n_files(scan) == 3
    assert scan.studies[0].series[0].slices[0].member.startswith("Prüüfung/")


def test_a_zip_within_a_zip_is_read_in_memory(write_series, tmp_path):
    written = write_series()
    inner = zipped(
        written.files, tmp_path / "Inner.ZIP", "DICOM/", compression=zipfile.ZIP_DEFLATED
    )
    outer = zipped([inner, written.files[0]], tmp_path / "outer.zip", "exam/")

    scan = scan_path(outer)

    assert (n_files(scan), scan.skipped) == (4, ())
    members_read = {source.member for source in scan.studies[0].series[0].slices}
    assert "exam/Inner.ZIP!/DICOM/IM0003" in members_read
    np.testing.assert_array_equal(read_volume(scan.studies[0].series[0]).hu, written.hu)


def test_a_third_zip_within_is_named_and_not_opened(write_series, tmp_path):
    written = write_series()
    third = zipped(written.files, tmp_path / "third.zip")
    second = zipped([third], tmp_path / "second.zip")

    scan = scan_path(zipped([second], tmp_path / "first.zip"))

    assert "within a zip within a zip" in reasons(scan)["third.zip"]
    assert n_files(scan) == 0


def test_a_damaged_zip_within_a_zip_is_skipped_and_the_rest_is_read(write_series, tmp_path):
    written = write_series()
    (tmp_path / "bad.zip").write_bytes(b"PK\x03\x04" + b"x" * 200)

    scan = scan_path(zipped([tmp_path / "bad.zip", *written.files], tmp_path / "outer.zip"))

    assert n_files(scan) == 3
    assert reasons(scan) == {"bad.zip": "a damaged zip file"}


def test_a_zip_of_zeros_within_a_zip_is_not_unpacked(tmp_path):
    with zipfile.ZipFile(tmp_path / "outer.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inner.zip", bytes(70 << 20))

    assert "unpacks to 70 MB" in reasons(scan_path(tmp_path / "outer.zip"))["inner.zip"]


def a_zip_of_empty_files(n_files: int) -> bytes:
    """Its directory alone, which is all that is looked at before it is judged."""
    entry = b"PK\x01\x02" + bytes(42)
    size = n_files * len(entry)
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, size, 0, 0)
    return b"PK\x03\x04" + bytes(26) + entry * n_files + end


@pytest.mark.parametrize("is_inner", [False, True])
def test_a_directory_that_would_fill_the_memory_is_not_read(tmp_path, limit_memory, is_inner):
    bomb = a_zip_of_empty_files(1_400_000)
    with zipfile.ZipFile(tmp_path / "outer.zip", "w") as archive:
        archive.writestr("inner.zip", bomb)
    (tmp_path / "plain.zip").write_bytes(bomb)
    path = tmp_path / ("outer.zip" if is_inner else "plain.zip")

    with limit_memory(400 << 20):
        (skipped,) = scan_path(path).skipped

    assert "more than 200000 files" in skipped.reason


def test_a_directory_whose_size_stands_in_the_zip64_record_is_not_read_either(tmp_path):
    zip64 = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, 1, 1, 40 << 20, 0)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, 0, 1)
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    (tmp_path / "a.zip").write_bytes(b"PK\x03\x04" + bytes(200) + zip64 + locator + end)

    assert "more than 200000 files" in reasons(scan_path(tmp_path / "a.zip"))["a.zip"]


def test_a_zip_within_a_zip_that_is_too_large_for_memory_is_named(write_series, tmp_path):
    written = write_series()
    inner = zipped(written.files, tmp_path / "inner.zip")
    outer = zipped([inner], tmp_path / "outer.zip")
    content = bytearray(outer.read_bytes())
    entry = content.rfind(b"PK\x01\x02")
    struct.pack_into("<LL", content, entry + 20, 3 << 29, 3 << 29)  # it says 1.5 GB
    outer.write_bytes(content)

    assert "a zip of 1536 MB within a zip" in reasons(scan_path(outer))["inner.zip"]


@pytest.mark.parametrize("name", ["../../outside/IM1", "/etc/IM1", "..\\..\\IM1", "C:\\IM1"])
def test_names_that_lead_out_of_a_zip_lead_nowhere(write_series, tmp_path, name):
    written = write_series()
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.write(written.files[0], name)
        archive.writestr(f"{name}.txt", "text")
    before = set(tmp_path.rglob("*"))

    scan = scan_path(tmp_path / "a.zip")

    assert n_files(scan) == 1
    assert read_volume(scan.studies[0].series[0]).n_slices == 1
    assert scan.skipped[0].path.is_relative_to(tmp_path / "a.zip")
    assert ".." not in scan.skipped[0].path.parts
    assert set(tmp_path.rglob("*")) == before


def test_an_encrypted_member_is_named(write_series, tmp_path):
    written = write_series()
    packed = zipped(written.files, tmp_path / "a.zip")
    content = bytearray(packed.read_bytes())
    content[content.find(b"PK\x01\x02") + 8] |= 0x1
    packed.write_bytes(content)

    scan = scan_path(packed)

    assert n_files(scan) == 2
    assert "encrypted" in scan.skipped[0].reason


def test_of_two_members_of_one_name_the_later_is_read(write_series, tmp_path):
    written = write_series()
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("IM", "an older file")
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.write(written.files[0], "IM")

    scan = scan_path(tmp_path / "a.zip")

    assert n_files(scan) == 1
    assert "same name" in reasons(scan)["IM"]


@pytest.mark.parametrize("cut", ["end", "directory"])
def test_a_zip_without_its_directory_is_skipped_with_a_reason(write_series, tmp_path, cut):
    written = write_series()
    packed = zipped(written.files, tmp_path / "a.zip")
    content = packed.read_bytes()
    if cut == "end":
        packed.write_bytes(content[: len(content) // 2])
    else:
        packed.write_bytes(content.replace(b"PK\x01\x02", b"PKxx"))

    assert reasons(scan_path(tmp_path / "a.zip")) == {"a.zip": "a damaged zip file"}


def test_a_zip_with_any_byte_changed_is_read_or_skipped(write_series, tmp_path):
    written = write_series()
    packed = zipped(written.files, tmp_path / "a.zip", compression=zipfile.ZIP_DEFLATED)
    content = packed.read_bytes()
    directory = content.find(b"PK\x01\x02")
    rng = random.Random(11)
    for _ in range(300):
        changed = bytearray(content)
        for _ in range(rng.randrange(1, 4)):
            changed[rng.randrange(directory, len(content))] = rng.randrange(256)
        packed.write_bytes(changed)

        scan = scan_path(packed)

        assert n_files(scan) + len(scan.skipped) >= 1


def test_folders_of_a_zip_are_no_files(write_series, tmp_path):
    written = write_series()
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("DICOM/", "")
        archive.writestr("DICOM\\", "")
        archive.write(written.files[0], "DICOM\\IM1")

    scan = scan_path(tmp_path / "a.zip")

    assert (n_files(scan), scan.skipped) == (1, ())


def a_tar(target: Path, files: list[Path], mode: str) -> Path:
    with tarfile.open(target, mode) as archive:
        for file in files:
            archive.add(file, file.name)
    return target


@pytest.mark.parametrize(
    ("name", "mode", "kind"),
    [
        ("a.tar", "w", "tar"),
        ("no suffix", "w", "tar"),
        ("a.tar.gz", "w:gz", "gzip"),
        ("a.tar.bz2", "w:bz2", "bzip2"),
        ("a.tar.xz", "w:xz", "xz"),
    ],
)
def test_another_archive_is_named_and_not_read(write_series, tmp_path, name, mode, kind):
    path = a_tar(tmp_path / name, write_series().files, mode)

    assert reasons(scan_path(path)) == {
        name: f"an archive of kind {kind}, which is not read; unpack it first"
    }


@pytest.mark.parametrize(
    ("kind", "magic"), [("7z", b"7z\xbc\xaf\x27\x1c"), ("rar", b"Rar!\x1a\x07\x01\x00")]
)
def test_archives_of_other_programs_are_named(tmp_path, kind, magic):
    (tmp_path / "archive").write_bytes(magic + bytes(400))

    assert f"kind {kind}" in reasons(scan_path(tmp_path / "archive"))["archive"]


def test_an_archive_within_a_zip_is_named(write_series, tmp_path):
    packed = zipped([a_tar(tmp_path / "a.tar", write_series().files, "w")], tmp_path / "a.zip")

    assert "kind tar" in reasons(scan_path(packed))["a.tar"]


@pytest.mark.wall_clock
def test_listing_and_opening_grow_with_the_number_of_members_and_not_its_square(tmp_path):
    def seconds(n_members: int) -> float:
        path = tmp_path / f"{n_members}.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for index in range(n_members):
                archive.writestr(f"{index}", b"x")
        started = time.perf_counter()
        with Opener() as opener:
            for entry in members(entry_of(path)):
                assert not isinstance(entry, SkippedFile)
                opener.open(entry.path, entry.member).close()
        return time.perf_counter() - started

    few = min(seconds(500) for _ in range(3))
    assert min(seconds(4000) for _ in range(3)) < 8 * 4 * few


def test_many_zips_are_read_with_few_files_open(write_series, tmp_path):
    resource = pytest.importorskip("resource")
    written = write_series()
    (tmp_path / "zips").mkdir()
    for index in range(120):
        zipped(written.files[:1], tmp_path / "zips" / f"{index}.zip")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (100, hard))
    try:
        scan = scan_path(tmp_path / "zips")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    assert scan.skipped == ()
    assert n_files(scan) == 120


def test_a_member_without_a_name_is_read(write_series, tmp_path):
    written = write_series()
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as packed:
        packed.writestr(zipfile.ZipInfo(""), written.files[0].read_bytes())

    scan = scan_path(tmp_path / "a.zip")

    assert (n_files(scan), scan.skipped) == (1, ())
    np.testing.assert_array_equal(read_volume(scan.studies[0].series[0]).hu[0], written.hu[-1])


def test_a_member_that_needs_too_much_memory_to_unpack_is_skipped(
    write_series, tmp_path, limit_memory
):
    packed = zipped(write_series().files[:1], tmp_path / "a.zip", compression=zipfile.ZIP_LZMA)
    content = packed.read_bytes()
    properties = content.index(b"IM0001") + len(b"IM0001") + 4  # behind version and size (5.8.8)
    damaged = content[: properties + 1] + b"\xff\xff\xff\xff" + content[properties + 5 :]
    packed.write_bytes(damaged)

    with limit_memory(256 << 20):
        scan = scan_path(packed)

    assert reasons(scan) == {"IM0001": "not readable: damaged in its zip"}
