"""The library in the whole window: what was read yesterday is there today, and can be forgotten."""

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDropEvent, QGuiApplication
from PySide6.QtWidgets import (
    QApplication,
    QLabel,
    QLineEdit,
    QMessageBox,
    QPlainTextEdit,
    QPushButton,
    QTableView,
    QWidget,
)
from pytestqt.qtbot import QtBot

from pe_viewer.app import make_application, make_room, open_library
from pe_viewer.form.sign_off import SignOff
from pe_viewer.jobs import Lane
from pe_viewer.library.entry import BadgeKind
from pe_viewer.review import Review
from pe_viewer.services.library import LibraryService
from pe_viewer.settings import SettingsFile
from pe_viewer.views.library.recent_study import RecentStudy
from tests.flows.conftest import Reader, SharedWorker

if TYPE_CHECKING:
    from collections.abc import Callable

CONTROL = Qt.KeyboardModifier.ControlModifier

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")
"""What the offscreen platform says of every sheet."""


@pytest.fixture
def days(
    qtbot: QtBot, qapp: QApplication, shared_worker: SharedWorker, nothing_left: None, home: Path
) -> "Callable[[], Reader]":
    """``days()`` ends the day before and starts the program again, over the same library."""
    readers: list[Reader] = []

    def begin() -> Reader:
        end()
        make_application()
        library, told = open_library(home / "data")
        assert told == ""
        room = make_room(SettingsFile(home / "settings.json"), shared_worker, library)
        room.window.resize(1600, 1000)
        with qtbot.waitExposed(room.window):
            room.window.show()
        room.controller.cataloguing.begin()
        room.controller.session.begin()
        readers.append(Reader(room, shared_worker, qtbot))
        return readers[-1]

    def end() -> None:
        for reader in readers:
            reader.room.close()
            reader.room.window.deleteLater()
        readers.clear()

    yield begin
    end()


def shown_words(widget: QWidget) -> str:
    return "\n".join(w.text() for w in widget.findChildren(QLabel) if w.isVisible())


def recent_studies(welcome: QWidget) -> list[RecentStudy]:
    """The rows that are seen; new ones come into sight with the next event."""
    return [row for row in welcome.findChildren(RecentStudy) if row.isVisible()]


def button(widget: QWidget, text: str) -> QPushButton:
    return next(b for b in widget.findChildren(QPushButton) if text in b.text() and b.isVisible())


def read_a_study(reader: Reader, phantom: Path) -> None:
    reader.opens(phantom)
    reader.analyses()
    reader.presses(Qt.Key.Key_Down, times=3)
    reader.presses(Qt.Key.Key_Insert)
    reader.waits(lambda s: bool(s.library) and s.library[0].badge is not None)


def test_yesterdays_study_is_one_click_away_with_its_scores_and_reading(
    days: "Callable[[], Reader]", phantom: Path, qtbot: QtBot
) -> None:
    first = days()
    read_a_study(first, phantom)
    findings, review = first.sees.findings, first.sees.review
    place = first.sees.slice_index

    second = days()
    second.waits(lambda s: bool(s.library) and bool(s.library_pictures))
    welcome = second.room.window.views.welcome
    qtbot.waitUntil(lambda: len(recent_studies(welcome)) == 1)
    (row,) = recent_studies(welcome)
    assert "PHANTOM" in shown_words(row)
    assert "Reading begun" in shown_words(row)
    qtbot.mouseClick(row, Qt.MouseButton.LeftButton)
    second.waits(lambda s: s.volume is not None and s.findings is not None)
    assert second.sees.findings == findings
    assert second.sees.review == review
    assert second.sees.slice_index == place
    assert second.sees.heatmaps
    browser = second.room.window.views.study_browser
    second.waits(lambda s: "Reading begun" in shown_words(browser))


def test_the_reader_goes_on_where_they_stopped(
    days: "Callable[[], Reader]", phantom: Path, qtbot: QtBot
) -> None:
    first = days()
    first.opens(phantom)
    first.presses(Qt.Key.Key_Down, times=5)
    first.presses(Qt.Key.Key_2)
    place, window = first.sees.slice_index, first.sees.window

    second = days()
    second.waits(lambda s: s.session is not None)
    welcome = second.room.window.views.welcome
    assert "did not end by itself" not in shown_words(welcome)
    qtbot.mouseClick(button(welcome, "Go on"), Qt.MouseButton.LeftButton)
    second.waits(lambda s: s.volume is not None and s.session is None)
    assert (second.sees.slice_index, second.sees.window) == (place, window)


def test_a_study_is_found_opened_and_forgotten_in_the_library(
    days: "Callable[[], Reader]", phantom: Path, qtbot: QtBot, home: Path
) -> None:
    reader = days()
    read_a_study(reader, phantom)
    reader.presses(Qt.Key.Key_W, CONTROL)
    assert reader.sees.series is None
    sheet = reader.room.window.views.library_sheet
    reader.room.window.activateWindow()
    reader.waits_for_the_window()
    qtbot.keyClick(reader.room.window, Qt.Key.Key_F, CONTROL)
    qtbot.waitUntil(sheet.isActiveWindow)  # until then keys go to the window behind
    line, table = sheet.findChild(QLineEdit), sheet.findChild(QTableView)
    qtbot.keyClicks(line, "nobody")
    assert table.model().rowCount() == 0
    line.clear()
    qtbot.keyClicks(line, "phantom")
    assert table.model().rowCount() == 1
    qtbot.keyClick(line, Qt.Key.Key_Return)
    reader.waits(lambda s: s.volume is not None)

    sheet.show()
    qtbot.mouseClick(button(sheet, "Forget…"), Qt.MouseButton.LeftButton)
    (box,) = sheet.findChildren(QMessageBox)
    forget = next(b for b in box.buttons() if b.text() == "Forget")
    qtbot.mouseClick(forget, Qt.MouseButton.LeftButton)
    reader.waits(lambda s: s.notice == "The study was forgotten" and not s.library)
    sheet.hide()
    assert reader.sees.series is None
    below = [p for p in home.rglob("*") if p.is_file() and p.suffix != ".log"]
    assert not any(b"PHANTOM" in path.read_bytes() for path in below)


def test_the_study_in_view_is_forgotten_from_the_menu_once_it_is_meant(
    days: "Callable[[], Reader]", phantom: Path, qtbot: QtBot
) -> None:
    reader = days()
    window = reader.room.window
    window.ask_to_forget_study()
    assert not window.findChildren(QMessageBox), "there is no study to forget"
    reader.opens(phantom)
    reader.waits(lambda s: bool(s.library))
    for answer in ("Keep", "Forget"):
        window.ask_to_forget_study()
        box = window.findChildren(QMessageBox)[-1]
        said = next(b for b in box.buttons() if b.text() == answer)
        qtbot.mouseClick(said, Qt.MouseButton.LeftButton)
        assert answer == "Forget" or reader.sees.study is not None
    reader.waits(lambda s: s.study is None)
    reader.waits(lambda s: not s.library and s.notice == "The study was forgotten")


def test_before_the_lock_the_library_holds_nothing_of_the_models(
    days: "Callable[[], Reader]", phantom: Path
) -> None:
    reader = days()
    reader.room.controller.second_reader.toggle()
    sheet, browser = (
        reader.room.window.views.library_sheet,
        reader.room.window.views.study_browser,
    )
    reader.opens(phantom)
    reader.analyses()
    reader.waits(lambda s: bool(s.library) and s.library[0].badge is not None)
    assert reader.sees.library[0].badge.kind is BadgeKind.HELD_BACK
    assert "Model: held back" in shown_words(browser)
    sheet.show()
    model = sheet.findChild(QTableView).model()
    assert model.index(0, 3).data() == "held back"
    for word in ("flagged", "nothing", "cannot"):
        sheet.findChild(QLineEdit).setText(word)
        assert model.rowCount() == 0
    sheet.hide()
    reader.presses(Qt.Key.Key_L, CONTROL)
    reader.waits(lambda s: s.library[0].badge.kind is not BadgeKind.HELD_BACK)


def test_what_waits_to_be_written_is_written_before_the_program_ends(
    days: "Callable[[], Reader]",
) -> None:
    room = days().room
    on_a_slow_disk = room.runner.start(Lane.LIBRARY, "wait", lambda *_: time.sleep(0.3))
    shelf = LibraryService(room.runner, room.library)
    shelf.append_audit("signed", study_key="1.2", reader="Dr Weber", detail="")
    assert not on_a_slow_disk.is_finished
    room.close()
    again = days().room.library
    assert [entry.act for entry in again.audit.entries("1.2")] == ["signed"]


def test_an_addendum_that_was_half_typed_at_the_end_is_there_at_the_next_start(
    days: "Callable[[], Reader]", phantom: Path
) -> None:
    def addendum_of(reader: Reader) -> QPlainTextEdit:
        texts = reader.room.window.views.report_panel.findChildren(QPlainTextEdit)
        return next(text for text in texts if text.accessibleName() == "Addendum")

    reader = days()
    reader.opens(phantom)
    reader.room.controller.reporting.toggle_panel()
    signed = Review(sign_off=SignOff("Dr. Å", datetime(2026, 11, 21, tzinfo=UTC)))
    reader.room.controller.reviewing.seal(signed, notice="")
    addendum_of(reader).setFocus()
    reader.qtbot.keyClicks(addendum_of(reader), "The nodule")
    reader = days()
    reader.opens(phantom)
    reader.room.controller.reporting.toggle_panel()
    assert addendum_of(reader).toPlainText() == "The nodule"


def test_a_folder_dropped_on_the_window_opens_and_is_kept(
    days: "Callable[[], Reader]", phantom: Path
) -> None:
    reader = days()
    dropped = QMimeData()
    dropped.setUrls([QUrl.fromLocalFile(str(phantom))])
    reader.room.window.dropEvent(
        QDropEvent(
            QPoint(400, 400),
            Qt.DropAction.CopyAction,
            dropped,
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        )
    )
    reader.waits(lambda s: s.volume is not None and bool(s.library))


def test_the_tags_of_the_slice_in_view_are_found_and_copied(
    days: "Callable[[], Reader]", phantom: Path, qtbot: QtBot
) -> None:
    reader = days()
    reader.opens(phantom)
    reader.presses(Qt.Key.Key_T, CONTROL)
    sheet = reader.room.window.views.tag_sheet
    reader.waits(lambda s: s.tags is not None and bool(s.tags.rows))
    qtbot.keyClicks(sheet.findChild(QLineEdit), "slice thickness")
    assert sheet.findChild(QTableView).model().rowCount() == 1
    qtbot.mouseClick(button(sheet, "Copy"), Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text().startswith("(0018,0050)\tSlice Thickness\tDS\t")

    before = reader.sees.tags
    reader.room.controller.navigation.go_to(reader.sees.slice_index - 1)
    reader.waits(lambda s: s.tags is not before)
    assert reader.sees.tags.slice_index == reader.sees.slice_index
    reader.room.controller.appearance.toggle_identity()
    sheet.findChild(QLineEdit).setText("patient's name")
    model = sheet.findChild(QTableView).model()
    assert model.index(0, 3).data() == "hidden"
    sheet.hide()
