"""`pe-models scan` answers as the contract says, for people and as JSON."""

import json

import numpy as np
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian

from pe_models.cli import main


@pytest.fixture
def folder(tmp_path):
    for index in range(3):
        dataset = Dataset()
        dataset.file_meta = FileMetaDataset()
        dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        dataset.preamble = b"\0" * 128
        dataset.SOPClassUID = CTImageStorage
        dataset.SOPInstanceUID = f"1.2.3.{index}"
        dataset.StudyInstanceUID, dataset.SeriesInstanceUID = "1.2", "1.3"
        dataset.Modality, dataset.SeriesDescription = "CT", "CTPA"
        dataset.ImagePositionPatient = [0, 0, [0, 2, 6][index]]
        dataset.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
        dataset.PixelSpacing = [0.7, 0.5]
        dataset.Rows, dataset.Columns = 4, 6
        dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
        dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, 12, 11
        dataset.PixelRepresentation = 0
        dataset.RescaleIntercept, dataset.RescaleSlope = -1024, 1
        dataset.PixelData = np.arange(24, dtype="<u2").tobytes()
        dataset["PixelData"].VR = "OW"
        dataset.save_as(tmp_path / f"{index}.dcm")
    (tmp_path / "notes.txt").write_text("text", encoding="utf-8")
    return tmp_path


def test_json_holds_what_the_contract_names(folder, capsys):
    assert main(["scan", str(folder), "--json"]) == 0

    answer = json.loads(capsys.readouterr().out)
    assert answer["schema_version"] == 1
    (study,) = answer["studies"]
    (series,) = study["series"]
    assert study["study_uid"] == "1.2"
    assert series["series_uid"] == "1.3"
    assert series["description"] == "CTPA"
    assert (series["n_slices"], series["n_files"]) == (3, 3)
    assert (series["rows"], series["cols"]) == (4, 6)
    assert series["spacing_mm"][1:] == [0.7, 0.5]
    assert series["transfer_syntax"] == ExplicitVRLittleEndian
    assert series["is_ctpa_candidate"] is False
    assert series["rank"] == 0
    assert series["reasons"]
    assert {warning["code"] for warning in series["warnings"]} == {"gap"}
    assert series["warnings"][0].keys() == {"code", "message", "files"}
    assert answer["skipped"] == [{"path": str(folder / "notes.txt"), "reason": "not a DICOM file"}]


def test_the_table_names_series_reasons_and_what_was_skipped(folder, capsys):
    assert main(["scan", str(folder)]) == 0

    table = capsys.readouterr().out
    assert "CTPA: CT, 3 slices of 4 x 6" in table
    assert "A gap of 4.0 mm between slices 2 and 3" in table
    assert "notes.txt: not a DICOM file" in table


def test_an_empty_folder_is_said_to_be_empty(tmp_path, capsys):
    assert main(["scan", str(tmp_path)]) == 0
    assert "No images were found." in capsys.readouterr().out


def test_a_path_that_does_not_exist_fails_in_one_line(tmp_path, capsys):
    assert main(["scan", str(tmp_path / "nothing")]) == 1

    captured = capsys.readouterr()
    assert captured.out == ""
    assert len(captured.err.strip().splitlines()) == 1
    assert "does not exist" in captured.err


def test_a_scan_is_remembered_unless_it_is_asked_not_to_be(folder, home, capsys):
    assert main(["scan", str(folder), "--json", "--no-cache"]) == 0
    fresh = capsys.readouterr().out
    assert not list(home.rglob("headers.sqlite"))

    for _ in range(2):
        assert main(["scan", str(folder), "--json"]) == 0
        assert capsys.readouterr().out == fresh
    assert list(home.rglob("headers.sqlite"))
