"""Reports from the window: when one can be written, and what the reader is told."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pe_viewer.report.choice import ExportChoice
from pe_viewer.state import Phase

if TYPE_CHECKING:
    from tests.pe_viewer.conftest import Bench, WriteCt


def test_without_a_study_there_is_no_report(bench: "Bench", tmp_path: Path) -> None:
    bench.controller.exporting.export(tmp_path / "out")
    assert bench.state.snapshot.notice == "Open a study first"
    assert not (tmp_path / "out").exists()


def test_the_folder_is_asked_for_only_where_a_report_can_be_written(
    bench: "Bench", write_ct: "WriteCt", tmp_path: Path
) -> None:
    asked: list[str] = []
    bench.controller.exporting.folder_needed.connect(lambda: asked.append("asked"))
    bench.controller.exporting.ask_for_folder()
    assert (asked, bench.state.snapshot.notice) == ([], "Open a study first")
    write_ct(tmp_path / "ct")
    bench.open(tmp_path / "ct")
    bench.controller.exporting.ask_for_folder()
    assert asked == ["asked"]


def test_a_report_is_written_and_counted_in_the_notice(
    bench: "Bench", write_ct: "WriteCt", tmp_path: Path
) -> None:
    write_ct(tmp_path / "ct")
    bench.open(tmp_path / "ct")
    bench.analyze()
    bench.controller.exporting.export(tmp_path / "out", ("json", "csv"))
    bench.wait(lambda s: s.exporting.phase is Phase.DONE)
    n_files = len(list((tmp_path / "out").iterdir()))
    assert n_files == 4
    assert bench.state.snapshot.notice.startswith(f"Report written: {n_files} files")


def test_a_folder_that_cannot_be_written_is_a_message(
    bench: "Bench", write_ct: "WriteCt", tmp_path: Path
) -> None:
    write_ct(tmp_path / "ct")
    bench.open(tmp_path / "ct")
    (tmp_path / "file").write_text("in the way")
    bench.controller.exporting.export(tmp_path / "file" / "out", ("json",))
    bench.wait(lambda s: s.exporting.phase is Phase.FAILED)
    assert "could not be written" in bench.state.snapshot.exporting.message
    assert bench.controller.exporting.can_export


def test_a_second_report_waits_for_the_first(
    bench: "Bench", write_ct: "WriteCt", tmp_path: Path
) -> None:
    write_ct(tmp_path / "ct")
    bench.open(tmp_path / "ct")
    bench.controller.exporting.export(tmp_path / "one", ("json",))
    bench.controller.exporting.export(tmp_path / "two", ("json",))
    assert bench.state.snapshot.notice == "A report is being written"
    bench.wait(lambda s: s.exporting.phase is Phase.DONE)
    assert not (tmp_path / "two").exists()


def test_a_report_that_is_cancelled_leaves_nothing(
    bench: "Bench", write_ct: "WriteCt", tmp_path: Path
) -> None:
    write_ct(tmp_path / "ct")
    bench.open(tmp_path / "ct")
    exporting = bench.controller.exporting
    exporting.export(tmp_path / "out", ("json", "html", "pdf"))
    assert exporting.cancel()
    bench.wait(lambda s: not s.exporting.is_running)
    if bench.state.snapshot.exporting.phase is Phase.CANCELLED:
        assert bench.state.snapshot.notice == "No report was written"
        assert not list((tmp_path / "out").glob("*"))
    else:  # it was there already
        assert len(list((tmp_path / "out").iterdir())) == 3


def test_a_report_goes_on_when_its_study_is_closed_and_then_names_no_other(
    bench: "Bench", write_ct: "WriteCt", tmp_path: Path
) -> None:
    write_ct(tmp_path / "ct")
    write_ct(tmp_path / "other", series=2, study_uid="1.2.826.0.1.9.2")
    bench.open(tmp_path / "ct")
    bench.controller.exporting.export(tmp_path / "out", ("json", "pdf"))
    bench.controller.opening.close_study()
    assert bench.state.snapshot.exporting.is_running
    bench.open(tmp_path / "other")
    bench.wait(lambda s: not s.exporting.is_running)
    assert len(list((tmp_path / "out").iterdir())) == 2
    assert bench.state.snapshot.notice.startswith("The study that was open before: Report written")


def test_the_word_on_a_report_goes_with_its_study(
    bench: "Bench", write_ct: "WriteCt", tmp_path: Path
) -> None:
    write_ct(tmp_path / "ct")
    bench.open(tmp_path / "ct")
    bench.controller.exporting.export(tmp_path / "out", ("json",))
    bench.wait(lambda s: s.exporting.phase is Phase.DONE)
    bench.controller.opening.close_study()
    assert bench.state.snapshot.exporting.phase is Phase.IDLE


def test_a_chosen_format_with_nothing_to_show_does_not_hold_up_the_others(
    bench: "Bench", write_ct: "WriteCt", tmp_path: Path
) -> None:
    write_ct(tmp_path / "ct")
    bench.open(tmp_path / "ct")
    choice = ExportChoice(tmp_path / "out", ("json", "cine"), is_deidentified=True)
    bench.controller.exporting.export_chosen(choice)
    bench.wait(lambda s: s.exporting.phase is Phase.DONE)
    (written,) = (tmp_path / "out").iterdir()
    assert json.loads(written.read_text(encoding="utf-8"))["is_deidentified"] is True
    assert "left out: cine: nothing flagged" in bench.state.snapshot.notice


def test_formats_that_all_have_nothing_to_show_are_a_message(
    bench: "Bench", write_ct: "WriteCt", tmp_path: Path
) -> None:
    write_ct(tmp_path / "ct")
    bench.open(tmp_path / "ct")
    bench.controller.exporting.export_chosen(ExportChoice(tmp_path / "out", ("cine",)))
    bench.wait(lambda s: s.exporting.phase is Phase.FAILED)
    assert "cine has nothing to show" in bench.state.snapshot.exporting.message
    assert not (tmp_path / "out").exists()


def test_two_patients_who_share_a_study_uid_have_files_of_their_own(
    bench: "Bench", write_ct: "WriteCt", tmp_path: Path
) -> None:
    for number, name in ((1, "ALPHA^ANNA"), (2, "BETA^BERTA")):
        write_ct(tmp_path / str(number), series=number, name=name, study_uid="1.2.3.4")
        bench.open(tmp_path / str(number))
        bench.wait(lambda s, number=number: len(s.library) == number)
        bench.controller.exporting.export(tmp_path / "out", ("json",))
        bench.wait(lambda s: s.exporting.phase is Phase.DONE)
    files = [json.loads(path.read_text()) for path in (tmp_path / "out").iterdir()]
    names = {file["study"]["patient"]["name"] for file in files}
    assert (len(files), names) == (2, {"ALPHA^ANNA", "BETA^BERTA"})
    assert (tmp_path / "out" / "json-1234.json").is_file(), "as long as nothing collided"


@pytest.mark.parametrize("is_deidentified", [False, True])
def test_two_series_of_a_study_that_were_opened_apart_have_files_of_their_own(
    bench: "Bench", write_ct: "WriteCt", tmp_path: Path, is_deidentified: bool
) -> None:
    for number in (1, 2):
        write_ct(tmp_path / str(number), series=number, study_uid="1.2.3.4")
        bench.open(tmp_path / str(number))
        bench.wait(lambda s, n=number: [entry.n_series for entry in s.library] == [n])
        choice = ExportChoice(tmp_path / "out", ("json",), is_deidentified=is_deidentified)
        bench.controller.exporting.export_chosen(choice)
        bench.wait(lambda s: s.exporting.phase is Phase.DONE)
    files = [json.loads(path.read_text()) for path in (tmp_path / "out").iterdir()]
    assert len({file["series"]["series_uid"] for file in files}) == len(files) == 2
