"""Many studies: one table, folders that name nobody, and a batch that goes on where it stopped."""

import csv
import json
import stat
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pydicom
import pytest
from numpy.typing import NDArray

from pe_models import NOTICE
from pe_models.errors import ExportError, PEError, ScanError
from pe_models.imaging.study import Scan
from pe_models.progress import CancelToken, ignore_progress
from pe_viewer.cli import batch
from pe_viewer.cli.reporter import Reporter
from pe_viewer.services.studies import scan_paths

if TYPE_CHECKING:
    pass

WriteCt = Callable[..., NDArray[np.int16]]

pytestmark = pytest.mark.usefixtures("qapp")


@pytest.fixture
def studies(write_ct: WriteCt, tmp_path: Path) -> Scan:
    """Three studies of one series each."""
    for number in (1, 2, 3):
        folder = tmp_path / "in" / f"DOE_JANE_{number}"
        write_ct(folder)
        for file in folder.iterdir():
            image = pydicom.dcmread(file)
            image.StudyInstanceUID = f"1.2.3.{number}"
            image.SeriesInstanceUID = f"1.2.3.{number}.1"
            image.save_as(file)
    return scan_paths([tmp_path / "in"], ignore_progress, CancelToken())


@pytest.fixture
def reporter() -> Reporter:
    from tests.pe_viewer.conftest import FakeWorker

    return Reporter(
        worker=FakeWorker(), formats=("json",), is_deidentified=False, on_progress=ignore_progress
    )


def run(scan: Scan, reporter: Reporter, out: Path) -> int:
    return batch.run(scan, reporter, out, "quiet")


def rows(out: Path) -> list[dict[str, str]]:
    with (out / "summary.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def analysed(reporter: Reporter) -> int:
    worker = reporter.worker
    assert hasattr(worker, "analysed")
    return len(worker.analysed)


def test_each_study_has_a_folder_and_a_row(
    studies: Scan, reporter: Reporter, tmp_path: Path
) -> None:
    assert run(studies, reporter, tmp_path / "out") == 0

    table = rows(tmp_path / "out")
    assert {row["study_uid"] for row in table} == {"1.2.3.1", "1.2.3.2", "1.2.3.3"}
    for row in table:
        assert (row["state"], row["verdict"], row["n_flags"]) == ("done", "positive", "2")
        assert (row["highest_score"], row["notice"]) == ("0.94", NOTICE)
        report = json.loads((tmp_path / "out" / row["study"] / row["files"]).read_text())
        assert report["study"]["study_uid"] == row["study_uid"]


@pytest.mark.parametrize("is_deidentified", [False, True])
def test_two_patients_who_share_a_study_uid_are_both_reported_on(
    write_ct: WriteCt, reporter: Reporter, tmp_path: Path, home: Path, *, is_deidentified: bool
) -> None:
    for number, name in ((1, "ALPHA^ANNA"), (2, "BETA^BERTA")):
        write_ct(tmp_path / "in" / str(number), series=number, name=name, study_uid="1.2.3.4")
        for file in (tmp_path / "in" / str(number)).iterdir():
            image = pydicom.dcmread(file)
            image.PatientID = f"ID-{number}"
            image.save_as(file)
    scan = scan_paths([tmp_path / "in"], ignore_progress, CancelToken())
    one = replace(reporter, is_deidentified=is_deidentified)
    assert run(scan, one, tmp_path / "out") == 0

    assert len({row["study"] for row in rows(tmp_path / "out")}) == 2
    reports = [json.loads(path.read_text()) for path in (tmp_path / "out").rglob("json-*.json")]
    assert len({report["study"]["patient"]["patient_id"] for report in reports}) == 2


def test_neither_table_nor_folders_name_anybody(
    studies: Scan, reporter: Reporter, tmp_path: Path
) -> None:
    run(studies, reporter, tmp_path / "out")
    names = " ".join(path.name for path in (tmp_path / "out").rglob("*"))
    text = (tmp_path / "out" / "summary.csv").read_text(encoding="utf-8")

    assert [word for word in ("DOE", "JANE", "ID-123", "2026112") if word in names + text] == []


def test_a_deidentified_batch_holds_no_uid_of_the_files(
    studies: Scan, reporter: Reporter, tmp_path: Path
) -> None:
    hidden = replace(reporter, is_deidentified=True)
    run(studies, hidden, tmp_path / "out")
    run(studies, reporter, tmp_path / "named")

    assert "1.2.3." not in (tmp_path / "out" / "summary.csv").read_text(encoding="utf-8")
    folders = [{row["study"] for row in rows(tmp_path / name)} for name in ("out", "named")]
    assert folders[0] & folders[1] == set()


def test_a_second_run_does_nothing_that_is_done(
    studies: Scan, reporter: Reporter, tmp_path: Path
) -> None:
    run(studies, reporter, tmp_path / "out")
    before = (tmp_path / "out" / "summary.csv").read_bytes()
    assert run(studies, reporter, tmp_path / "out") == 0

    assert analysed(reporter) == 3
    assert (tmp_path / "out" / "summary.csv").read_bytes() == before


def test_a_batch_that_was_stopped_goes_on(
    studies: Scan, reporter: Reporter, tmp_path: Path
) -> None:
    """Stopped by the reader's Ctrl+C, which comes as an exception out of the progress."""

    def stop(progress: object) -> None:
        if len(rows(tmp_path / "out")) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(studies, replace(reporter, on_progress=stop), tmp_path / "out")
    assert len(rows(tmp_path / "out")) == 2

    assert run(studies, reporter, tmp_path / "out") == 0
    assert (len(rows(tmp_path / "out")), analysed(reporter)) == (3, 3)


@pytest.mark.parametrize("change", ["formats", "files"])
def test_a_study_is_done_again_where_its_files_are_not_what_is_asked_for(
    studies: Scan, reporter: Reporter, tmp_path: Path, change: str
) -> None:
    run(studies, reporter, tmp_path / "out")
    if change == "formats":
        reporter = replace(reporter, formats=("json", "csv"))
    else:
        next((tmp_path / "out").glob("study-*/json-*")).unlink()
    run(studies, reporter, tmp_path / "out")

    assert analysed(reporter) == (6 if change == "formats" else 4)
    assert len(rows(tmp_path / "out")) == 3


def test_one_study_that_fails_is_named_and_tried_again(
    studies: Scan, reporter: Reporter, tmp_path: Path
) -> None:
    broken = next((tmp_path / "in" / "DOE_JANE_2").iterdir()).parent
    kept = {file: file.read_bytes() for file in broken.iterdir()}
    for file in kept:
        file.unlink()
    assert run(studies, reporter, tmp_path / "out") == 1

    (failed,) = [row for row in rows(tmp_path / "out") if row["state"] == "failed"]
    assert failed["study_uid"] == "1.2.3.2"
    assert failed["message"]
    assert "DOE" not in failed["message"]
    for file, content in kept.items():
        file.write_bytes(content)
    assert run(studies, reporter, tmp_path / "out") == 0
    assert {row["state"] for row in rows(tmp_path / "out")} == {"done"}


def test_a_worker_that_refuses_is_a_row_with_its_words(
    studies: Scan, reporter: Reporter, tmp_path: Path
) -> None:
    worker = reporter.worker

    class Refusing(type(worker)):  # type: ignore[misc]
        def analyze(self, *arguments: object, **named: object) -> None:
            raise PEError("This is not a chest.")

    refusing = replace(reporter, worker=Refusing())
    assert run(studies, refusing, tmp_path / "out") == 1
    assert {row["message"] for row in rows(tmp_path / "out")} == {"This is not a chest."}


def test_a_table_of_somebody_else_is_left_alone(
    studies: Scan, reporter: Reporter, tmp_path: Path
) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "summary.csv").write_text("my,own\n1,2\n")
    with pytest.raises(ExportError, match="choose another folder"):
        run(studies, reporter, tmp_path / "out")
    assert (tmp_path / "out" / "summary.csv").read_text() == "my,own\n1,2\n"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such mode")
def test_a_folder_that_takes_nothing_stops_the_batch_at_once(
    studies: Scan, reporter: Reporter, tmp_path: Path
) -> None:
    (tmp_path / "out").write_text("a file in the way")
    assert stat.S_ISREG((tmp_path / "out").stat().st_mode)
    with pytest.raises(ExportError):
        run(studies, reporter, tmp_path / "out")
    assert analysed(reporter) == 0


def test_a_path_without_studies_is_refused(reporter: Reporter, tmp_path: Path) -> None:
    with pytest.raises(ScanError):
        run(Scan((), ()), reporter, tmp_path / "out")
