"""From an open study to a signed report in files, by mouse and keys alone."""

import csv
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtCore import QCoreApplication, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QPushButton, QToolButton, QWidget

from pe_models import NOTICE
from pe_viewer.form.answers import Presence
from pe_viewer.form.sites import ArterialSite
from pe_viewer.review import DecisionState

if TYPE_CHECKING:
    from tests.flows.conftest import Reader

CONTROL = Qt.KeyboardModifier.ControlModifier
LEFT = Qt.MouseButton.LeftButton

# the offscreen platform has no window manager to tell a dialog's size to
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


def parts(place: QWidget, kind: type[Any], name: str) -> list[Any]:
    """What is visible of a kind and has an accessible name, or a text, that begins so."""
    QCoreApplication.sendPostedEvents()  # a layout shows what is new only then
    return [
        part
        for part in place.findChildren(kind)
        if part.isVisible()
        and (part.accessibleName() or getattr(part, "text", str)()).startswith(name)
    ]


def click(place: QWidget, kind: type[Any], name: str) -> None:
    (part,) = parts(place, kind, name)
    QTest.mouseClick(part, LEFT)


def drag_across(reader: "Reader", start: tuple[float, float], end: tuple[float, float]) -> None:
    """A left drag over the slice, from one (row, col) to another."""
    view = reader.room.window.views.slice_view
    assert view.placement is not None
    begin, stop = (QPointF(*view.placement.to_view(*place)).toPoint() for place in (start, end))
    QTest.mousePress(view, LEFT, pos=begin)
    QTest.mouseMove(view, (begin + stop) / 2)
    QTest.mouseMove(view, stop)
    QTest.mouseRelease(view, LEFT, pos=stop)


def override_all(panel: QWidget) -> int:
    """Gives a reason against every open point; how many that were."""
    n_overridden = 0
    while open_points := parts(panel, QPushButton, "Override"):
        QTest.mouseClick(open_points[0], LEFT)
        (line,) = parts(panel, QLineEdit, "Reason to sign in spite of")
        QTest.keyClicks(line, "Seen")
        QTest.keyClick(line, Qt.Key.Key_Return)
        n_overridden += 1
    return n_overridden


def export_by_sheet(reader: "Reader", folder: Path, *formats: str) -> None:
    views = reader.room.window.views
    reader.presses(Qt.Key.Key_E, CONTROL)
    if views.coverage_sheet.isVisible():
        click(views.coverage_sheet, QPushButton, "Write the report")
    sheet = views.export_sheet
    sheet._folder.set_folder(folder)
    sheet._formats.choose(formats)
    click(sheet, QPushButton, "Export")
    reader.waits(lambda s: not s.exporting.is_running)


def test_a_reader_fills_in_checks_signs_and_exports_a_report(
    reader: "Reader", phantom: Path, tmp_path: Path
) -> None:
    reader.opens(phantom)
    reader.analyses()
    reader.presses(Qt.Key.Key_F4)
    panel = reader.room.window.views.report_panel
    assert panel.isVisible()
    assert "odel" not in parts(panel, QPlainTextEdit, "Impression")[0].toPlainText()

    click(panel, QToolButton, "Embolism: present")
    click(panel, QToolButton, "Clot age: acute")
    place = panel.tree.place_of(ArterialSite.RIGHT_LOWER).toPoint()
    QTest.mouseClick(panel.tree, LEFT, pos=place)
    QTest.mouseClick(panel.tree, LEFT, pos=place)
    reader.presses(Qt.Key.Key_V)
    drag_across(reader, (40.0, 40.0), (40.0, 70.0))
    drag_across(reader, (50.0, 80.0), (50.0, 100.0))
    form = reader.sees.draft.form  # type: ignore[union-attr]
    assert form.presence is Presence.PRESENT
    assert form.burden.qanadli == 10
    assert form.rv_lv_ratio == pytest.approx(30 / 20, abs=0.1)
    (impression,) = parts(panel, QPlainTextEdit, "Impression")
    assert "Qanadli 10/40 (25 %)" in impression.toPlainText()
    assert f"RV/LV {form.rv_lv_ratio:.2f}" in impression.toPlainText()

    assert override_all(panel) > 0
    (name,) = parts(panel, QLineEdit, "Name of the reader")
    QTest.keyClicks(name, "Dr. Weiß")
    click(panel, QPushButton, "Sign")
    assert reader.sees.review.sign_off is not None
    (addendum,) = parts(panel, QPlainTextEdit, "Addendum")
    QTest.keyClicks(addendum, "Known since 2019.")
    click(panel, QPushButton, "Add to the report")

    export_by_sheet(reader, tmp_path / "report", "json", "pdf", "html", "csv")
    assert "Report written" in reader.sees.notice
    check_files(tmp_path / "report")


def check_files(folder: Path) -> None:
    (report,) = (json.loads(path.read_text("utf-8")) for path in folder.glob("json-*.json"))
    said = report["reader"]
    assert said["form"]["sites"] == {"R-LOWER": "complete"}
    assert said["sign_off"]["reader"] == "Dr. Weiß"
    assert said["sign_off"]["addenda"][0]["text"] == "Known since 2019."
    assert {o["reason"] for o in said["form"]["overrides"]} == {"Seen"}
    assert [m["structure"] for m in said["measurements"]] == ["RV", "LV"]
    page = next(folder.glob("html-*.html")).read_text("utf-8")
    assert "Signed by Dr. Weiß" in page
    assert NOTICE in page
    with next(folder.glob("csv-*-measurements.csv")).open(encoding="utf-8", newline="") as table:
        assert [row["structure"] for row in csv.DictReader(table)] == ["RV", "LV"]
    assert re.match(rb"%PDF-1\.4", next(folder.glob("pdf-*.pdf")).read_bytes())


def test_what_is_signed_stays_and_is_there_when_the_study_is_opened_again(
    reader: "Reader", phantom: Path
) -> None:
    reader.opens(phantom)
    reader.presses(Qt.Key.Key_F4)
    panel = reader.room.window.views.report_panel
    click(panel, QToolButton, "Embolism: absent")
    override_all(panel)
    (name,) = parts(panel, QLineEdit, "Name of the reader")
    QTest.keyClicks(name, "Dr. Weiß")
    click(panel, QPushButton, "Sign")
    signed = reader.sees.review
    assert signed.sign_off is not None

    reader.presses(Qt.Key.Key_Z, CONTROL)
    reader.presses(Qt.Key.Key_Insert)
    reader.presses(Qt.Key.Key_K)
    assert reader.sees.review == signed
    assert "signed" in reader.sees.notice
    reader.presses(Qt.Key.Key_W, CONTROL)
    assert not panel.isVisible()
    reader.opens(phantom)
    assert reader.sees.review == signed
    assert "Signed by Dr. Weiß" in panel._status.text()


def test_a_report_into_a_folder_that_cannot_be_written_says_so(
    reader: "Reader", phantom: Path, tmp_path: Path
) -> None:
    (tmp_path / "taken").write_text("a file, no folder")
    reader.opens(phantom)
    export_by_sheet(reader, tmp_path / "taken", "json")
    assert "could not be written" in reader.sees.exporting.message
    assert (tmp_path / "taken").read_text() == "a file, no folder"


def test_before_the_first_read_is_locked_a_report_holds_nothing_of_the_model(
    reader: "Reader", phantom: Path, tmp_path: Path
) -> None:
    reader.room.controller.second_reader.toggle()
    reader.opens(phantom)
    reader.analyses()
    assert reader.sees.withholds_model
    reader.presses(Qt.Key.Key_Insert)
    export_by_sheet(reader, tmp_path / "report", "json", "html", "csv", "png")
    (report,) = (
        json.loads(path.read_text("utf-8")) for path in (tmp_path / "report").glob("json-*.json")
    )
    assert report["findings"] is None
    assert [d["state"] for d in report["reader"]["decisions"]] == [DecisionState.ADDED]
    assert not list((tmp_path / "report").glob("*overlay*"))
    page = next((tmp_path / "report").glob("html-*.html")).read_text("utf-8")
    assert "Not analysed" in page
    assert "flagged" not in page.lower().replace("flagged runs: 1 added", "")
