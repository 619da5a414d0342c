"""A DICOMDIR: the files that it names, however the disc was copied, and nothing outside it."""

from pathlib import Path

import pytest
from pydicom.config import IGNORE
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import (
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    MediaStorageDirectoryStorage,
)

from pe_models.imaging.scan import scan_path
from pe_models.imaging.study import Scan

FileId = list[str]


def a_record(kind: str, file_id: FileId | None = None, *, flag: int = 0xFFFF) -> Dataset:
    record = Dataset()
    record.OffsetOfTheNextDirectoryRecord = 0
    record.RecordInUseFlag = flag
    record.OffsetOfReferencedLowerLevelDirectoryEntity = 0
    record.DirectoryRecordType = kind
    if file_id is not None:
        record.add(DataElement(0x00041500, "CS", file_id, validation_mode=IGNORE))
    return record


def write_dicomdir(
    path: Path, file_ids: list[FileId], *, flag: int = 0xFFFF, syntax: str = ExplicitVRLittleEndian
) -> Path:
    index = Dataset()
    index.file_meta = FileMetaDataset()
    index.file_meta.TransferSyntaxUID = syntax
    index.file_meta.MediaStorageSOPClassUID = MediaStorageDirectoryStorage
    index.preamble = b"\0" * 128
    index.FileSetID = "DISC"
    index.DirectoryRecordSequence = [
        a_record("PATIENT"),
        a_record("STUDY"),
        a_record("SERIES"),
        *(a_record("IMAGE", file_id, flag=flag) for file_id in file_ids),
    ]
    index.save_as(path, enforce_file_format=False)
    return path


def n_files(scan: Scan) -> int:
    return sum(series.n_files for study in scan.studies for series in study.series)


def reasons(scan: Scan) -> dict[str, str]:
    return {skipped.path.name: skipped.reason for skipped in scan.skipped}


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian])
def test_the_files_that_a_dicomdir_names_are_opened_and_no_others(write_series, syntax):
    written = write_series(folder="disc/DICOM/A")
    disc = written.folder.parent.parent
    index = write_dicomdir(
        disc / "DICOMDIR", [["DICOM", "A", "IM0001"], ["DICOM", "A", "IM0003"]], syntax=syntax
    )

    scan = scan_path(index)

    assert n_files(scan) == 2
    assert reasons(scan) == {"DICOMDIR": "the index of a disc; the files that it names were opened"}


@pytest.mark.parametrize(
    ("named", "found"),
    [
        ("IM0001", "im0001"),
        ("IM0001", "IM0001.;1"),
        ("IM0001", "im0001;1"),
        ("im0001", "IM0001"),
        ("IM0001;1", "IM0001"),
    ],
)
def test_names_are_found_whatever_copying_did_to_them(write_series, named, found):
    written = write_series(folder="disc/Dicom")
    written.files[0].rename(written.folder / found)

    scan = scan_path(write_dicomdir(written.folder.parent / "dicomdir", [["DICOM", named]]))

    assert n_files(scan) == 1


def test_an_exact_name_goes_before_one_of_another_case(write_series):
    written = write_series(folder="disc/A")
    written.files[0].rename(written.folder / "im")
    written.files[1].rename(written.folder / "IM")

    scan = scan_path(write_dicomdir(written.folder.parent / "DICOMDIR", [["A", "im"]]))

    assert scan.studies[0].series[0].slices[0].path.name == "im"


def test_a_file_that_is_named_but_not_there_is_reported(write_series):
    written = write_series(folder="disc/A")
    index = write_dicomdir(
        written.folder.parent / "DICOMDIR", [["A", "IM0001"], ["A", "IM0009"], ["B", "IM0001"]]
    )

    scan = scan_path(index)

    assert n_files(scan) == 1
    missing = [item.path for item in scan.skipped if "not there" in item.reason]
    assert missing == [written.folder / "IM0009", written.folder.parent / "B" / "IM0001"]


def test_a_file_that_is_named_twice_is_counted_once(write_series):
    written = write_series(folder="disc/A")
    names = [["A", "IM0001"], ["A", "im0001"], ["A", "IM0001"]]

    scan = scan_path(write_dicomdir(written.folder.parent / "DICOMDIR", names))

    assert n_files(scan) == 1
    assert scan.studies[0].series[0].warnings[0].code == "single_slice"


@pytest.mark.parametrize(
    "trick",
    [["..", "outside", "IM0001"], ["A", "..", "..", "outside", "IM0001"], ["", "etc", "passwd"],
     ["C:", "IM0001"], ["/etc/passwd"], ["../outside/IM0001"]],
)  # fmt: skip
def test_names_that_lead_out_of_the_disc_are_refused(write_series, trick):
    write_series(folder="outside")
    written = write_series(folder="disc/A")

    scan = scan_path(write_dicomdir(written.folder.parent / "DICOMDIR", [["A", "IM0001"], trick]))

    assert n_files(scan) == 1
    assert "1 of its names lead out of the disc; not followed" in [
        item.reason for item in scan.skipped
    ]


def test_a_dicomdir_that_names_nothing_that_exists_stands_for_its_tree(write_series):
    written = write_series(folder="disc/moved/A")

    scan = scan_path(write_dicomdir(written.folder.parents[1] / "DICOMDIR", [["A", "IM0001"]]))

    assert n_files(scan) == 3
    assert reasons(scan)["DICOMDIR"] == "holds no image"


@pytest.mark.parametrize("content", [b"", b"no index at all", "half"])
def test_a_damaged_dicomdir_stands_for_its_tree(write_series, content):
    written = write_series(folder="disc/A")
    index = write_dicomdir(written.folder.parent / "DICOMDIR", [["A", "IM0001"]] * 5)
    index.write_bytes(index.read_bytes()[:-20] if content == "half" else content)

    assert n_files(scan_path(index)) == 3


def test_records_that_are_no_longer_in_use_are_left_out(write_series):
    written = write_series(folder="disc/A")
    index = write_dicomdir(written.folder.parent / "DICOMDIR", [["A", "IM0001"]], flag=0)

    assert n_files(scan_path(index)) == 3  # nothing is named, so the tree


def test_a_folder_that_holds_a_dicomdir_is_read_as_a_tree(write_series):
    written = write_series(folder="disc/A")
    write_dicomdir(written.folder.parent / "DICOMDIR", [["A", "IM0001"]])

    assert n_files(scan_path(written.folder.parent)) == 3
