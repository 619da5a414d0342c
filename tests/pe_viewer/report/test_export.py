"""Files whole or not at all."""

import os
import pickle
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from pe_models.errors import ExportError
from pe_viewer.report.export import WRITERS, expand_formats, export
from pe_viewer.report.model import Report
from pe_viewer.review import Review

MakeReport = Callable[..., Report]

pytestmark = pytest.mark.usefixtures("qapp")


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_all_writes_every_format(report: Report, tmp_path: Path) -> None:
    result = export(report, tmp_path / "out", ["all"])

    assert names(tmp_path / "out") == [
        "cine-87654321-flag1-overlay.webp",
        "cine-87654321-flag1.webp",
        "cine-87654321-flag2-overlay.webp",
        "cine-87654321-flag2.webp",
        "cine-87654321-flag3-overlay.webp",
        "cine-87654321-flag3.webp",
        "csv-87654321-exam.csv",
        "csv-87654321-flags.csv",
        "csv-87654321-form.csv",
        "csv-87654321-slices.csv",
        "dicompdf-87654321.dcm",
        "fhir-87654321.json",
        "gsps-87654321.dcm",
        "html-87654321.html",
        "json-87654321.json",
        "key-87654321.dcm",
        "pdf-87654321.pdf",
        "pmap-87654321.dcm",
        "png-87654321-im12-overlay.png",
        "png-87654321-im12.png",
        "png-87654321-im17-overlay.png",
        "png-87654321-im17.png",
        "png-87654321-im5-overlay.png",
        "png-87654321-im5.png",
        "png-87654321-im9.png",
        "pptx-87654321.pptx",
        "sc-87654321-im12-overlay.dcm",
        "sc-87654321-im12.dcm",
        "sc-87654321-im17-overlay.dcm",
        "sc-87654321-im17.dcm",
        "sc-87654321-im5-overlay.dcm",
        "sc-87654321-im5.dcm",
        "sc-87654321-im9.dcm",
        "sr-87654321.dcm",
    ]
    assert sorted(path.name for path in result.files) == names(tmp_path / "out")
    assert all(path.stat().st_size > 0 for path in result.files)
    assert result.omitted == (
        "csv heart: the model measured no heart",
        "csv measurements: the reader measured nothing",
        "seg: no flagged slice has a region of a clot map",
    )


def test_all_names_what_has_nothing_to_show(bare_report: Report, tmp_path: Path) -> None:
    result = export(bare_report, tmp_path, ["all"])

    assert "csv slices: not analysed" in result.omitted
    assert not any(name.startswith("csv") for name in names(tmp_path))


def test_a_format_asked_by_name_that_has_nothing_to_show_is_an_error(
    bare_report: Report, tmp_path: Path
) -> None:
    with pytest.raises(ExportError, match="csv has nothing to show: csv slices: not analysed"):
        export(bare_report, tmp_path, ["json", "csv"])
    assert names(tmp_path) == []


@pytest.mark.parametrize("later", ["docx", "nonsense"])
def test_a_format_that_is_not_there_names_those_that_are(
    report: Report, tmp_path: Path, later: str
) -> None:
    with pytest.raises(
        ExportError, match=f"Not available: {later}. .*pdf, html, json, csv, pptx, png"
    ):
        export(report, tmp_path, ["json", later])
    assert names(tmp_path) == []


def test_no_format_at_all_is_an_error() -> None:
    with pytest.raises(ExportError, match="No format"):
        expand_formats([])


def test_a_format_named_twice_is_written_once() -> None:
    assert expand_formats(["json", "csv", "json"]) == ("json", "csv")
    assert expand_formats(["csv", "all"]) == tuple(WRITERS)


def test_an_earlier_export_is_replaced(
    report: Report, make_report: MakeReport, tmp_path: Path
) -> None:
    export(report, tmp_path, ["json"])
    export(make_report(findings=None, heatmaps=()), tmp_path, ["json"])

    assert names(tmp_path) == ["json-87654321.json"]
    assert '"findings": null' in (tmp_path / "json-87654321.json").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("uid", "tail"),
    [
        ("1.2.3/../../etc", "123"),
        ("1.2.3.DOE^JANE.4", "1234"),
        ("", "study"),
        ("1.2.3", "123"),
        ("1.2.345.678901", "45678901"),
    ],
)
def test_a_file_name_is_safe_whatever_the_uid(report: Report, uid: str, tail: str) -> None:
    assert replace(report, study=replace(report.study, study_uid=uid)).file_tail == tail


def test_files_have_the_usual_mode_of_new_files(report: Report, tmp_path: Path) -> None:
    (tmp_path / "new").touch()
    (written,) = export(report, tmp_path / "out", ["json"]).files

    assert stat.S_IMODE(written.stat().st_mode) == stat.S_IMODE((tmp_path / "new").stat().st_mode)


def test_a_target_that_is_a_file_is_refused_without_its_name(
    report: Report, tmp_path: Path
) -> None:
    target = tmp_path / "DOE_JANE"
    target.write_text("kept")

    with pytest.raises(ExportError, match="could not be written") as caught:
        export(report, target, ["json"])
    assert "DOE" not in str(caught.value)
    assert target.read_text() == "kept"


def test_where_one_file_cannot_take_its_place_none_does(report: Report, tmp_path: Path) -> None:
    (tmp_path / "csv-87654321-exam.csv").mkdir()

    with pytest.raises(ExportError, match="could not be written"):
        export(report, tmp_path, ["json", "csv"])
    assert names(tmp_path) == ["csv-87654321-exam.csv"]


def test_what_a_killed_export_left_hidden_is_swept_away(report: Report, tmp_path: Path) -> None:
    """But not what another export is writing beside this one."""
    left, beside = (tmp_path / f".pe-report-{name}.tmp" for name in ("0123", "4567"))
    for file in (left, beside):
        file.write_bytes(b"a report, half of it")
    long_ago = time.time() - 7200
    os.utime(left, (long_ago, long_ago))
    export(report, tmp_path, ["json"])

    assert names(tmp_path) == [beside.name, "json-87654321.json"]


def test_a_failed_export_leaves_an_earlier_one_as_it_was(
    report: Report, make_report: MakeReport, tmp_path: Path
) -> None:
    earlier = export(report, tmp_path, ["json", "html"])
    held = {path: path.read_bytes() for path in earlier.files}
    (tmp_path / "csv-87654321-exam.csv").mkdir()

    with pytest.raises(ExportError, match="could not be written"):
        export(make_report(review=Review()), tmp_path, ["json", "html", "csv"])
    assert names(tmp_path) == sorted([*(p.name for p in held), "csv-87654321-exam.csv"])
    assert {path: path.read_bytes() for path in held} == held


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no RLIMIT_FSIZE")
def test_a_full_disk_leaves_nothing_half_written(report: Report, tmp_path: Path) -> None:
    (tmp_path / "report.pickle").write_bytes(pickle.dumps(report))
    script = (
        "import pathlib, pickle, resource, sys\n"
        "from pe_viewer.report.export import export\n"
        "from pe_models.errors import ExportError\n"
        "report = pickle.loads(pathlib.Path(sys.argv[1]).read_bytes())\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4000, 4000))\n"
        "try:\n"
        "    export(report, pathlib.Path(sys.argv[2]), ['csv', 'json'])\n"
        "except ExportError as error:\n"
        "    sys.exit(f'refused: {error}')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "report.pickle"), str(tmp_path / "out")],
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert "refused: The report could not be written: File too large" in done.stderr
    assert names(tmp_path / "out") == []
