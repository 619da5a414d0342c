"""The library as a list: found by any of its words, opened, queued, forgotten after a question."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QLineEdit, QMessageBox, QPushButton, QTableView
from pytestqt.qtbot import QtBot

from pe_viewer.display.palette import PALETTE
from pe_viewer.library.entry import BadgeKind, LibraryEntry, ModelBadge, ReadingStage
from pe_viewer.state import Activity, Phase, QueuedStudy, ReviewSnapshot, ReviewState
from pe_viewer.views.library.library_sheet import LibrarySheet

Shown = Callable[..., Any]

JANE = LibraryEntry(
    "1.1", "1.1", "DOE^JANE", "ID-123", "19630101", "20261120", "CT CHEST PE PROTOCOL", "A-9",
    (Path("ct") / "1",), "2026-11-20T14:05:00+00:00", 2, ReadingStage.LOCKED,
    ModelBadge(BadgeKind.FLAGGED, 0.94), may_show_model=True,
)  # fmt: skip
JOE = replace(
    JANE, study_key="2.2", patient_name="ROE^JOE", patient_id="ID-9", date="20251231",
    stage=ReadingStage.OPENED, badge=ModelBadge(BadgeKind.HELD_BACK), may_show_model=False,
)  # fmt: skip
ANNE = replace(JOE, study_key="3.3", patient_name="POE^ANNE", patient_id="X", badge=None)


@pytest.fixture
def state() -> ReviewState:
    return ReviewState(ReviewSnapshot(library=(JANE, JOE, ANNE)))


@pytest.fixture
def sheet(state: ReviewState, shown: Shown) -> LibrarySheet:
    return shown(LibrarySheet(state), 1080, 640)


def search(sheet: LibrarySheet, words: str) -> None:
    sheet.findChild(QLineEdit).setText(words)


def cells(sheet: LibrarySheet) -> list[list[str]]:
    model = sheet.findChild(QTableView).model()
    return [
        [model.index(row, column).data() for column in range(model.columnCount())]
        for row in range(model.rowCount())
    ]


def names(sheet: LibrarySheet) -> list[str]:
    return [row[0].splitlines()[0] for row in cells(sheet)]


def button(sheet: LibrarySheet, text: str) -> QPushButton:
    return next(b for b in sheet.findChildren(QPushButton) if b.text() == text)


def test_a_row_says_who_when_what_and_how_far(sheet: LibrarySheet) -> None:
    first = cells(sheet)[0]
    assert first[:3] == ["DOE, Jane\nID ID-123", "2026-11-20", "CT CHEST PE PROTOCOL\n2 series"]
    assert first[3:5] == ["flagged 0.94", "first read locked"]
    assert [row[3] for row in cells(sheet)] == ["flagged 0.94", "held back", "not analysed"]


@pytest.mark.parametrize(
    ("sought", "found"),
    [
        ("", ["DOE, Jane", "ROE, Joe", "POE, Anne"]),
        ("jane", ["DOE, Jane"]),
        ("roe^joe", ["ROE, Joe"]),
        ("id-123", ["DOE, Jane"]),
        ("2025-12", ["ROE, Joe", "POE, Anne"]),
        ("protocol 20261120", ["DOE, Jane"]),
        ("flagged", ["DOE, Jane"]),
        ("first locked", ["DOE, Jane"]),
        ("not analysed", ["POE, Anne"]),
        ("nobody", []),
    ],
)
def test_it_is_found_by_name_id_date_description_and_state(
    sheet: LibrarySheet, sought: str, found: list[str]
) -> None:
    search(sheet, sought)
    assert names(sheet) == found


def test_what_is_hidden_is_neither_shown_nor_found(sheet: LibrarySheet, state: ReviewState) -> None:
    state.update(hides_identity=True)
    told = " ".join(" ".join(row) for row in cells(sheet))
    assert not any(word in told for word in ("DOE", "Jane", "ID-123", "2026-11-20  "))
    assert [row[1] for row in cells(sheet)] == [""] * 3
    search(sheet, "jane")
    assert cells(sheet) == []


def test_enter_in_the_search_opens_the_row_and_arrows_move_it(
    sheet: LibrarySheet, qtbot: QtBot
) -> None:
    line = sheet.findChild(QLineEdit)
    qtbot.keyClick(line, Qt.Key.Key_Down)
    with qtbot.waitSignal(sheet.study_requested) as asked:
        qtbot.keyClick(line, Qt.Key.Key_Return)
    assert asked.args == ["2.2"]


def test_the_queue_stands_in_the_place_of_what_the_model_said(
    sheet: LibrarySheet, state: ReviewState
) -> None:
    activities = (Activity(), Activity(Phase.RUNNING, "Analysing", 0.41),
                  Activity(Phase.FAILED, message="The files are gone."))  # fmt: skip
    uids = ("1.1", "2.2", "3.3")
    state.update(queue=tuple(QueuedStudy(u, (), a) for u, a in zip(uids, activities, strict=True)))
    assert [row[3] for row in cells(sheet)] == [
        "queued",
        "analysing 41 %",
        "not analysed: The files are gone.",
    ]


def test_several_rows_are_queued_together(sheet: LibrarySheet, qtbot: QtBot) -> None:
    sheet.findChild(QTableView).selectAll()
    assert not button(sheet, "Open").isEnabled()
    with qtbot.waitSignal(sheet.queue_requested) as asked:
        qtbot.mouseClick(button(sheet, "Queue for analysis"), Qt.MouseButton.LeftButton)
    assert asked.args == [["1.1", "2.2", "3.3"]]


def test_what_waits_can_be_taken_out_again(
    sheet: LibrarySheet, state: ReviewState, qtbot: QtBot
) -> None:
    state.update(queue=(QueuedStudy("1.1"), QueuedStudy("2.2", (), Activity(Phase.RUNNING))))
    table, taken = sheet.findChild(QTableView), []
    sheet.dequeue_requested.connect(taken.append)
    table.selectAll()
    assert button(sheet, "Queue for analysis").isEnabled(), "one of them does not wait yet"
    for row in (0, 1):
        table.selectRow(row)
        qtbot.mouseClick(button(sheet, "Take out of the queue"), Qt.MouseButton.LeftButton)
    assert taken == ["1.1", "2.2"]


@pytest.mark.parametrize(
    ("column", "once", "twice"),
    [
        ("Patient", ["DOE, Jane", "POE, Anne", "ROE, Joe"], ["ROE, Joe", "POE, Anne", "DOE, Jane"]),
        ("Date", ["DOE, Jane", "ROE, Joe", "POE, Anne"], ["ROE, Joe", "POE, Anne", "DOE, Jane"]),
        ("Model", ["DOE, Jane", "ROE, Joe", "POE, Anne"], ["POE, Anne", "ROE, Joe", "DOE, Jane"]),
        ("Reading", ["ROE, Joe", "POE, Anne", "DOE, Jane"], ["DOE, Jane", "ROE, Joe", "POE, Anne"]),
    ],
)
def test_a_heading_orders_the_list_and_turns_it_round(
    sheet: LibrarySheet, column: str, once: list[str], twice: list[str]
) -> None:
    table = sheet.findChild(QTableView)
    header, model = table.horizontalHeader(), table.model()
    headings = [model.headerData(k, Qt.Orientation.Horizontal) for k in range(model.columnCount())]
    chosen = sheet.chosen
    for expected in (once, twice):
        header.sectionClicked.emit(headings.index(column))
        assert names(sheet) == expected
        assert sheet.chosen == chosen


def test_a_chosen_row_keeps_its_two_colours(sheet: LibrarySheet) -> None:
    table = sheet.findChild(QTableView)
    table.selectRow(0)
    sheet.setFocus()
    drawn = table.grab().toImage()
    for column, colour in ((3, PALETTE.model), (4, PALETTE.reader)):
        cell = table.visualRect(table.model().index(0, column))
        top = table.horizontalHeader().height()
        cell = cell.translated(0, top)
        seen = {
            drawn.pixelColor(x, y).name()
            for x in range(cell.left(), cell.right())
            for y in range(cell.top(), cell.bottom())
        }
        assert colour.lower() in seen


def test_the_tip_of_a_study_says_where_it_lies_unless_that_may_name_someone(
    sheet: LibrarySheet, state: ReviewState
) -> None:
    place = sheet.findChild(QTableView).model().index(0, 2)
    assert str(Path("ct") / "1") in place.data(Qt.ItemDataRole.ToolTipRole)
    state.update(hides_identity=True)
    assert str(Path("ct") / "1") not in place.data(Qt.ItemDataRole.ToolTipRole)


# the offscreen platform has no window manager to tell a dialog's size to
@pytest.mark.qt_log_ignore("propagateSizeHints")
@pytest.mark.parametrize(("answer", "is_forgotten"), [("Forget", True), ("Keep", False)])
def test_nothing_is_forgotten_without_a_second_word(
    sheet: LibrarySheet, qtbot: QtBot, answer: str, is_forgotten: bool
) -> None:
    forgotten: list[object] = []
    sheet.forgetting_requested.connect(forgotten.append)
    qtbot.mouseClick(button(sheet, "Forget…"), Qt.MouseButton.LeftButton)
    assert forgotten == []
    (box,) = sheet.findChildren(QMessageBox)
    said = next(b for b in box.buttons() if b.text() == answer)
    qtbot.mouseClick(said, Qt.MouseButton.LeftButton)
    assert forgotten == ([["1.1"]] if is_forgotten else [])


def test_pictures_are_asked_for_and_drawn_as_they_come(
    state: ReviewState, shown: Shown, qtbot: QtBot
) -> None:
    sheet = LibrarySheet(state)
    with qtbot.waitSignal(sheet.pictures_requested) as asked:
        shown(sheet, 1080, 640)
    assert asked.args == [["1.1", "2.2", "3.3"]]
    model = sheet.findChild(QTableView).model()
    role = Qt.ItemDataRole.DecorationRole
    assert model.index(0, 0).data(role) is None
    state.update(library_pictures={"1.1": np.zeros((96, 96), np.uint8)})
    assert model.index(0, 0).data(role).width() == 80, "40 at double density"


def test_an_empty_library_says_so(shown: Shown) -> None:
    sheet = shown(LibrarySheet(ReviewState()), 1080, 640)
    assert "No study was opened yet" in [w.text() for w in sheet.findChildren(QLabel)]
    assert not button(sheet, "Forget all…").isEnabled()


def test_a_choice_stays_while_the_list_is_listed_anew(
    sheet: LibrarySheet, state: ReviewState
) -> None:
    sheet.findChild(QTableView).selectRow(1)
    state.update(library=(ANNE, JANE, JOE))
    assert sheet.chosen == ("2.2",)


def test_of_several_that_are_chosen_all_stay_so(sheet: LibrarySheet, state: ReviewState) -> None:
    sheet.findChild(QTableView).selectAll()
    assert len(sheet.chosen) == 3
    state.update(library=(ANNE, JANE))
    assert set(sheet.chosen) == {"1.1", "3.3"}
