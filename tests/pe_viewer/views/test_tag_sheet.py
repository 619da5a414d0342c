"""Everything that a file says: found by tag, name or value, copied as text, hidden on request."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton, QTableView
from pytestqt.qtbot import QtBot

from pe_viewer.display.tags import TagList, TagRow
from pe_viewer.state import ReviewSnapshot, ReviewState
from pe_viewer.views.sheets.tag_sheet import TagSheet

Shown = Callable[..., Any]

ROWS = (
    TagRow("(0008,0060)", "Modality", "CS", "CT"),
    TagRow("(0010,0010)", "Patient's Name", "PN", "DOE^JANE <img src=x>"),
    TagRow("(0018,0050)", "Slice Thickness", "DS", "1.25"),
    TagRow("(0018,9346)", "CTDI Phantom Type Code Sequence", "SQ", "1 item"),
    TagRow("(0008,0100)", "Code Value", "SH", "113691", depth=1),
)


@pytest.fixture
def state(opened: ReviewSnapshot) -> ReviewState:
    return ReviewState(replace(opened, tags=TagList(opened.slice_index, ROWS)))


@pytest.fixture
def sheet(state: ReviewState, shown: Shown) -> TagSheet:
    return shown(TagSheet(state), 860, 640)


def tags_shown(sheet: TagSheet) -> list[str]:
    model = sheet.findChild(QTableView).model()
    return [model.index(row, 0).data() for row in range(model.rowCount())]


def search(sheet: TagSheet, words: str) -> None:
    sheet.findChild(QLineEdit).setText(words)


def copied(sheet: TagSheet, qtbot: QtBot) -> list[str]:
    qtbot.mouseClick(sheet.findChild(QPushButton), Qt.MouseButton.LeftButton)
    return QGuiApplication.clipboard().text().splitlines()


@pytest.mark.parametrize(
    ("sought", "found"),
    [
        ("0018,0050", ["(0018,0050)"]),
        ("00180050", ["(0018,0050)"]),
        ("thick slice", ["(0018,0050)"]),
        ("1.25", ["(0018,0050)"]),
        ("sq", ["(0018,9346)"]),
        ("no such tag", []),
    ],
)
def test_it_is_found_by_tag_name_kind_and_value(
    sheet: TagSheet, sought: str, found: list[str]
) -> None:
    search(sheet, sought)
    assert tags_shown(sheet) == found
    assert sheet.findChild(QPushButton).isEnabled() == bool(found)


def test_what_lies_in_a_sequence_stands_further_in(sheet: TagSheet) -> None:
    top, within = tags_shown(sheet)[3:5]
    assert top == "(0018,9346)"
    assert within.strip() == "(0008,0100)"
    assert within != within.strip()


def test_all_that_was_found_is_copied_or_the_chosen_rows_alone(
    sheet: TagSheet, qtbot: QtBot
) -> None:
    search(sheet, "0018")
    assert copied(sheet, qtbot)[0] == "(0018,0050)\tSlice Thickness\tDS\t1.25"
    assert len(copied(sheet, qtbot)) == 2
    sheet.findChild(QTableView).selectRow(1)
    (line,) = copied(sheet, qtbot)
    assert line.startswith("(0018,9346)")


def test_while_the_patient_is_hidden_nothing_that_may_name_them_is_shown_found_or_copied(
    sheet: TagSheet, state: ReviewState, qtbot: QtBot
) -> None:
    state.update(hides_identity=True)
    assert "DOE" not in "\n".join(copied(sheet, qtbot))
    search(sheet, "jane")
    assert tags_shown(sheet) == []
    search(sheet, "patient's name")
    place = sheet.findChild(QTableView).model().index(0, 3)
    assert place.data() == place.data(Qt.ItemDataRole.ToolTipRole) == "hidden"


def test_a_tip_shows_markup_as_it_was_written(sheet: TagSheet) -> None:
    tip = sheet.findChild(QTableView).model().index(1, 3).data(Qt.ItemDataRole.ToolTipRole)
    assert "<img" not in tip
    assert "&lt;img" in tip


def test_a_file_that_cannot_be_read_is_told(sheet: TagSheet, state: ReviewState) -> None:
    message = "The header could not be read (FileNotFoundError)."
    state.update(tags=TagList(state.snapshot.slice_index, message=message))
    said = [w.text() for w in sheet.findChildren(QLabel) if w.isVisible()]
    assert message in said
    assert tags_shown(sheet) == []


def test_the_tags_of_the_slice_in_view_are_asked_for_once_scrolling_rests(
    sheet: TagSheet, state: ReviewState, qtbot: QtBot
) -> None:
    asked: list[bool] = []
    sheet.tags_requested.connect(lambda: asked.append(True))
    for step in range(3):
        state.update(slice_index=step)
    qtbot.waitUntil(lambda: bool(asked))
    assert asked == [True]
    sheet.hide()
    state.update(slice_index=0)
    assert not any(timer.isActive() for timer in sheet.findChildren(QTimer)), "nobody looks"
