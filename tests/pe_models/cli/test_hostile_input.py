"""Odd paths, odd files and odd names get one clear line, whatever command they are given to."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import (
    EncapsulatedPDFStorage,
    EnhancedSRStorage,
    ExplicitVRLittleEndian,
)

from pe_models.cli import main


@pytest.fixture
def given(tmp_path, write_ct):
    """``given(kind)``: something that a person might hand to a program that reads CTs."""

    def make(kind: str) -> Path:
        path = tmp_path / kind
        match kind:
            case "empty folder":
                path.mkdir()
            case "empty file":
                path.touch()
            case "text":
                path.write_text("Patient was seen.", encoding="utf-8")
            case "picture":
                path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(64))
            case "structured report":
                _document(path, EnhancedSRStorage)
            case "pdf in dicom":
                _document(path, EncapsulatedPDFStorage)
            case "empty zip":
                zipfile.ZipFile(path, "w").close()
            case "truncated":
                write_ct(tmp_path / "ct", n_slices=1)
                (file,) = (tmp_path / "ct").iterdir()
                path.write_bytes(file.read_bytes()[:500])
            case "three slices":
                write_ct(path, n_slices=3)
        return path

    return make


def _document(path: Path, kind: str) -> None:
    document = Dataset()
    document.file_meta = FileMetaDataset()
    document.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    document.SOPClassUID, document.SOPInstanceUID = kind, "1.2.3"
    document.StudyInstanceUID, document.SeriesInstanceUID = "1.2", "1.3"
    document.save_as(path, enforce_file_format=True)


def one_line(text: str) -> str:
    (line,) = text.splitlines()
    assert "Traceback" not in line
    assert "Unexpected" not in line
    return line


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("empty folder", "holds no images that can be read."),
        ("empty file", "empty file"),
        ("text", "not a DICOM file"),
        ("picture", "not a DICOM file"),
        ("structured report", "holds no image (Enhanced SR Storage)"),
        ("pdf in dicom", "holds no image (Encapsulated PDF Storage)"),
        ("empty zip", "holds no images that can be read"),
        ("truncated", "the file ends within its header"),
    ],
)
def test_what_is_no_ct_is_told_in_one_line(given, tmp_path, capsys, kind, reason):
    path = given(kind)

    assert main(["analyze", str(path), "--out", str(tmp_path / "findings.json")]) == 1

    captured = capsys.readouterr()
    assert captured.out == ""
    assert reason in one_line(captured.err)
    assert not (tmp_path / "findings.json").exists()
    assert main(["scan", str(path)]) == 0
    assert "No images were found." in capsys.readouterr().out


@pytest.mark.parametrize("path", ["/dev/null", "nowhere", "x" * 5000, "nul\0byte"])
@pytest.mark.parametrize("command", [["scan"], ["analyze", "--out", "findings.json"]])
def test_a_path_that_cannot_be_opened_fails_in_one_line(
    tmp_path, monkeypatch, capsys, command, path
):
    monkeypatch.chdir(tmp_path)

    assert main([*command, path]) == 1

    assert "neither a file nor" in (line := one_line(capsys.readouterr().err)) or (
        "cannot be opened" in line
    )


@pytest.mark.parametrize("command", [["scan"], ["analyze", "--out", "findings.json"]])
def test_an_empty_path_is_not_the_current_folder(given, monkeypatch, capsys, command):
    monkeypatch.chdir(given("three slices"))

    assert main([*command, ""]) == 2

    assert "argument path: it is empty" in capsys.readouterr().err


@pytest.mark.parametrize("out", ["/dev/null", "pipe", "folder"])
def test_findings_take_the_place_of_nothing_but_a_file(given, tmp_path, monkeypatch, capsys, out):
    monkeypatch.chdir(tmp_path)
    os.mkfifo("pipe")
    Path("folder").mkdir()
    before = Path(out).stat()

    assert main(["analyze", str(given("three slices")), "--out", out]) == 1

    assert "--out names the file to be written" in one_line(capsys.readouterr().err)
    assert Path(out).stat().st_mode == before.st_mode


def test_names_and_descriptions_write_no_lines_and_no_colours_of_their_own(
    write_ct, tmp_path, capsys
):
    write_ct(tmp_path / "ct", description="\x1b[31mCTPA\n * 1 forged\x07")
    (tmp_path / "ct" / "a\x1b]0;title\x07\n  b").write_text("text", encoding="utf-8")

    assert main(["scan", str(tmp_path)]) == 0

    table = capsys.readouterr().out
    assert not any(ord(letter) < 32 and letter != "\n" for letter in table)
    assert not any(line.startswith((" * 1 forged", "  b:")) for line in table.splitlines())
    assert "title\\x07\\n  b: not a DICOM file" in table


@pytest.mark.parametrize("options", [[], ["--json"], ["--progress", "json"]])
def test_names_that_are_no_text_are_written_whatever_the_terminal_takes(tmp_path, options):
    for name in (b"M\xfcller", "肺動脈".encode(), b"a\nb"):
        (tmp_path / os.fsdecode(name)).write_text("text", encoding="utf-8")
    environment = {**os.environ, "LC_ALL": "C", "PYTHONIOENCODING": "ascii:strict"}

    done = subprocess.run(
        [sys.executable, "-m", "pe_models", "scan", str(tmp_path), *options],
        capture_output=True,
        env=environment,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.count(b"not a DICOM file") == 3
