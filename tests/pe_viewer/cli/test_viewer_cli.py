"""``pe-viewer`` from a shell: report, usage, bad input; no display and no torch in its process."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pydicom
import pytest
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from pe_viewer.cli import main, platform

if TYPE_CHECKING:
    from pe_models.bundle import ModelBundle

WriteCt = Callable[..., NDArray[np.int16]]


def pe_viewer(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {k: v for k, v in os.environ.items() if k not in ("QT_QPA_PLATFORM", "DISPLAY")}
    return subprocess.run(
        [sys.executable, "-m", "pe_viewer", *map(str, arguments)],
        env={**clean, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture(scope="session")
def phantom_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One small phantom study as DICOM files."""
    from pe_models.cli import main as pe_models

    folder = tmp_path_factory.mktemp("phantom")
    arguments = ["--studies", "1", "--seed", "5", "--matrix", "128", "--slices", "24"]
    assert pe_models(["phantom", "--out", str(folder), *arguments]) == 0
    return folder / "train"


def test_a_report_needs_no_display_whatever_the_environment_says(
    phantom_folder: Path, tiny_bundle: "ModelBundle", tmp_path: Path
) -> None:
    done = pe_viewer(
        "report", phantom_folder, "--out", tmp_path / "out", "--bundle", tiny_bundle.source,
        "--formats", "pdf,json", "--device", "cpu",
        QT_QPA_PLATFORM="xcb", DISPLAY=":99", QT_PLUGIN_PATH="/nowhere",
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert [name.split("-")[0] for name in names] == ["json", "pdf"]
    report = json.loads((tmp_path / "out" / names[0]).read_text())
    assert len(report["findings"]["slices"]) == 24


def of_another(file: Path) -> None:
    image = pydicom.dcmread(file)
    image.StudyInstanceUID = "2.25.1"
    image.PatientID = "PHANTOM-OTHER"
    image.save_as(file)


def test_of_several_studies_a_report_says_which_series_it_took(
    phantom_folder: Path, tiny_bundle: "ModelBundle", tmp_path: Path
) -> None:
    for folder in ("one", "other"):
        shutil.copytree(phantom_folder, tmp_path / "in" / folder)
    for file in (tmp_path / "in" / "other").rglob("*.dcm"):
        of_another(file)
    done = pe_viewer(
        "report", tmp_path / "in", "--out", tmp_path / "out", "--bundle", tiny_bundle.source,
        "--formats", "json", "--device", "cpu",
    )  # fmt: skip
    assert "2 studies were found" in done.stderr


def test_reports_of_several_calls_into_one_folder_keep_apart(
    phantom_folder: Path, tiny_bundle: "ModelBundle", tmp_path: Path
) -> None:
    """Also of patients who share a StudyInstanceUID, and of two series of one study."""
    changes = {"anna": {}, "berta": {"PatientName": "B", "PatientID": "2"}}
    for name, tags in {**changes, "series": {"SeriesInstanceUID": "2.25.7"}}.items():
        shutil.copytree(phantom_folder, tmp_path / name)
        for file in (tmp_path / name).rglob("*.dcm"):
            image = pydicom.dcmread(file)
            for tag, value in tags.items():
                setattr(image, tag, value)
            image.save_as(file)
    for name in ("anna", "berta", "series", "anna"):
        done = pe_viewer(
            "report", tmp_path / name, "--out", tmp_path / "out", "--bundle", tiny_bundle.source,
            "--formats", "json", "--device", "cpu",
        )  # fmt: skip
        assert (done.returncode, done.stderr) == (0, "")
    reports = [json.loads(path.read_text()) for path in (tmp_path / "out").iterdir()]
    told = {(r["study"]["patient"]["patient_id"], r["series"]["series_uid"]) for r in reports}
    assert (len(reports), len(told)) == (3, 3), "the second of Anna's took the place of the first"


def test_a_snapshot_is_the_window_at_1600_by_1000_px(
    phantom_folder: Path, tiny_bundle: "ModelBundle", tmp_path: Path
) -> None:
    done = pe_viewer(
        "snapshot", phantom_folder, "--out", tmp_path / "out", "--bundle", tiny_bundle.source,
        "--slice", "3", QT_SCALE_FACTOR="2",
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    picture = QImage(str(tmp_path / "out" / "window.png"))
    assert (picture.width(), picture.height()) == (1600, 1000)
    colours = {picture.pixel(x, y) for x in range(300, 1200, 7) for y in range(100, 900, 7)}
    assert len(colours) > 50
    assert str(tmp_path / "out" / "window-overlay.png") in done.stdout.splitlines()


def test_a_snapshot_of_a_slice_that_does_not_exist_names_those_that_do(
    phantom_folder: Path, tiny_bundle: "ModelBundle", tmp_path: Path
) -> None:
    done = pe_viewer(
        "snapshot", phantom_folder, "--out", tmp_path / "out", "--bundle", tiny_bundle.source,
        "--slice", "24",
    )  # fmt: skip
    assert done.returncode == 1
    assert "indices are 0 to 23" in done.stderr
    assert not (tmp_path / "out").exists()


def test_the_window_can_be_timed_without_a_display() -> None:
    done = pe_viewer("--exit-after-first-paint")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("content", "words"),
    [({}, "no files"), ({"a.txt": "text", "b.txt": "more"}, "2 files were looked at")],
)
def test_a_path_without_ct_ends_in_one_clear_line(
    content: dict[str, str], words: str, tmp_path: Path
) -> None:
    (tmp_path / "in").mkdir()
    for name, text in content.items():
        (tmp_path / "in" / name).write_text(text)
    done = pe_viewer("report", tmp_path / "in", "--out", tmp_path / "out")
    assert done.returncode == 1
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_what_is_no_chest_is_refused_and_leaves_no_report(
    write_ct: WriteCt, tiny_bundle: "ModelBundle", tmp_path: Path
) -> None:
    write_ct(tmp_path / "mr", modality="MR", description="T1 BRAIN")
    done = pe_viewer(
        "report", tmp_path / "mr", "--out", tmp_path / "out", "--bundle", tiny_bundle.source
    )
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


def test_an_unknown_format_is_refused_before_the_work_begins(
    write_ct: WriteCt, tmp_path: Path
) -> None:
    write_ct(tmp_path / "ct")
    done = pe_viewer("report", tmp_path / "ct", "--out", tmp_path / "out", "--formats", "docx")
    assert done.returncode == 1
    assert "docx" in done.stderr
    assert "pdf" in done.stderr


def test_a_series_that_is_not_there_is_refused(write_ct: WriteCt, tmp_path: Path) -> None:
    write_ct(tmp_path / "ct")
    done = pe_viewer("report", tmp_path / "ct", "--out", tmp_path / "out", "--series", "1.2.3")
    assert done.returncode == 1
    assert "pe-models scan" in done.stderr


def test_without_a_display_the_window_says_what_works_instead(tmp_path: Path) -> None:
    if sys.platform in ("win32", "darwin"):
        pytest.skip("a display is always there")
    done = pe_viewer(tmp_path)
    assert done.returncode == 1
    assert "pe-viewer report" in done.stderr


@pytest.mark.parametrize("arguments", [["report"], ["snapshot", "x"], ["--nonsense"]])
def test_wrong_usage_is_status_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert "usage: pe-viewer" in capsys.readouterr().err


def test_help_names_the_commands_and_the_notice(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    text = " ".join(capsys.readouterr().out.split())
    for word in ("report", "snapshot", "Research use only. Not for diagnosis."):
        assert word in text


def test_the_offscreen_platform_is_chosen_over_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM", "wayland")
    monkeypatch.setenv("QT_SCALE_FACTOR", "3")
    platform.use_no_display()
    assert os.environ["QT_QPA_PLATFORM"] == "offscreen"
    assert "QT_SCALE_FACTOR" not in os.environ


def test_the_window_process_loads_none_of_the_heavy_libraries() -> None:
    code = (
        "import sys, pe_viewer.app, pe_viewer.cli.report, pe_viewer.cli.snapshot\n"
        "heavy = {'torch', 'timm', 'pandas', 'SimpleITK', 'highdicom', 'pytorch_grad_cam', 'cv2'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "[]"


def test_showing_the_window_first_loads_no_dicom_reader() -> None:
    """They take a third of a second; the window paints before them."""
    code = (
        "import sys, pe_viewer.app\n"
        "late = {'pydicom', 'imagecodecs', 'pe_viewer.report.pdf.document'}\n"
        "print(sorted(late & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "[]"
