"""No window is larger than its screen; what does not fit is scrolled to."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from pe_models.findings import Findings, Flag
from pe_viewer.display.presets import load_window_presets
from pe_viewer.send.parcel import Parcel, ParcelState
from pe_viewer.settings import Settings
from pe_viewer.state import ReviewSnapshot, ReviewState
from pe_viewer.views.action_set import ActionSet
from pe_viewer.views.library.library_sheet import LibrarySheet
from pe_viewer.views.preferences.preferences_pages import ReadingPage
from pe_viewer.views.preferences.preferences_sheet import PreferencesSheet
from pe_viewer.views.preferences.preset_sheet import PresetSheet
from pe_viewer.views.preferences.shortcut_editor import ShortcutEditor
from pe_viewer.views.screen_room import Sheet, keep_within_screen
from pe_viewer.views.sheets.coverage_sheet import CoverageSheet
from pe_viewer.views.sheets.export_sheet import ExportSheet
from pe_viewer.views.sheets.send_sheet import SendSheet
from pe_viewer.views.sheets.series_sheet import SeriesSheet
from pe_viewer.views.sheets.shortcut_sheet import ShortcutSheet
from pe_viewer.views.sheets.skipped_sheet import SkippedSheet
from pe_viewer.views.sheets.tag_sheet import TagSheet

# the offscreen platform has no window manager to tell a dialog's size to
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")

LAPTOP = QSize(1264, 640)
"""What a laptop of 1280 x 720 px has free within its bars and a window's frame."""

SMALLEST = QSize(944, 552)
"""The same of a screen of 960 x 600 px, the least that the window itself needs."""

SHEETS: dict[str, Callable[[ReviewState], Sheet]] = {
    "coverage": CoverageSheet,
    "export": lambda _: ExportSheet(Settings),
    "keys": lambda state: ShortcutSheet(state, ActionSet(state)),
    "library": LibrarySheet,
    "preferences": lambda _: PreferencesSheet(Settings, (ReadingPage(),)),
    "presets": PresetSheet,
    "send": SendSheet,
    "series": SeriesSheet,
    "shortcut editor": ShortcutEditor,
    "skipped": SkippedSheet,
    "tags": TagSheet,
}


def free() -> QSize:
    return QApplication.primaryScreen().availableGeometry().size()


def test_a_window_gives_way_to_a_smaller_screen_and_keeps_its_size_on_a_larger_one(
    qtbot: QtBot,
) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(4000, 3000)
    keep_within_screen(window)
    assert window.width() < free().width()
    assert window.height() < free().height()
    window.resize(300, 200)
    keep_within_screen(window)
    assert window.size() == QSize(300, 200)


def test_the_sheet_of_keys_scrolls_where_the_screen_is_smaller(qtbot: QtBot) -> None:
    state = ReviewState(ReviewSnapshot(presets=load_window_presets()))
    sheet = ShortcutSheet(state, ActionSet(state))
    qtbot.addWidget(sheet)
    with qtbot.waitExposed(sheet):
        sheet.show()
    assert sheet.width() < free().width()
    assert sheet.height() < free().height()
    area = sheet.findChild(QScrollArea)
    assert area is not None
    assert area.horizontalScrollBar().maximum() > 0
    sheet.resize(sheet.sizeHint())
    qtbot.waitUntil(lambda: area.horizontalScrollBar().maximum() == 0)
    assert area.verticalScrollBar().maximum() == 0
    sheet.resize(sheet.sizeHint().boundedTo(LAPTOP))
    qtbot.waitUntil(lambda: area.verticalScrollBar().maximum() > 0)
    assert area.horizontalScrollBar().maximum() == 0


def test_the_buttons_of_the_shortcut_editor_can_be_reached_on_a_laptop(qtbot: QtBot) -> None:
    editor = ShortcutEditor(ReviewState())
    qtbot.addWidget(editor)
    assert editor.minimumSizeHint().height() < LAPTOP.height()
    editor.resize(620, 3000)
    editor.show_keys("own")
    assert editor.height() < free().height()


def test_every_sheet_is_here() -> None:
    state = ReviewState()
    assert {type(make(state)) for make in SHEETS.values()} == set(Sheet.__subclasses__())


@pytest.mark.parametrize("name", SHEETS)
def test_a_sheet_opens_within_its_screen_and_can_be_as_small_as_the_smallest(
    name: str, opened: ReviewSnapshot, qtbot: QtBot
) -> None:
    sheet = SHEETS[name](ReviewState(opened))
    qtbot.addWidget(sheet)
    sheet.resize(4000, 3000)
    with qtbot.waitExposed(sheet):
        sheet.show()
    assert sheet.width() < free().width()
    assert sheet.height() < free().height()
    least = sheet.minimumSizeHint().expandedTo(sheet.minimumSize())
    assert least.boundedTo(SMALLEST) == least


def test_what_is_open_before_a_report_scrolls_by_keys_above_its_buttons_however_much_that_is(
    opened: ReviewSnapshot, findings: Findings, qtbot: QtBot
) -> None:
    side = ("left",)
    runs = tuple(Flag(k, k, k, 0.7, side) for k in range(findings.n_slices)) * 12
    sheet = CoverageSheet(ReviewState(replace(opened, findings=replace(findings, flags=runs))))
    qtbot.addWidget(sheet)
    with qtbot.waitExposed(sheet):
        sheet.show_or_go_on()
    assert sheet.height() < SMALLEST.height()
    area = sheet.findChild(QScrollArea)
    assert area is not None
    qtbot.waitUntil(lambda: area.verticalScrollBar().maximum() > 0)
    words = area.findChild(QLabel)
    assert words.height() >= words.heightForWidth(words.width())
    button = next(b for b in sheet.findChildren(QPushButton) if b.text() == "Write the report")
    assert sheet.rect().contains(button.geometry().translated(button.parentWidget().pos()))
    area.setFocus()
    qtbot.keyClick(area, Qt.Key.Key_PageDown)
    assert area.verticalScrollBar().value() > 0


def test_what_is_open_before_a_report_is_all_in_sight_where_it_is_little(
    opened: ReviewSnapshot, findings: Findings, qtbot: QtBot
) -> None:
    sheet = CoverageSheet(ReviewState(replace(opened, findings=findings)))
    qtbot.addWidget(sheet)
    with qtbot.waitExposed(sheet):
        sheet.show_or_go_on()
    area = sheet.findChild(QScrollArea)
    assert area is not None
    assert area.verticalScrollBar().maximum() == 0


def test_the_buttons_below_what_is_on_its_way_can_be_reached_however_much_that_is(
    opened: ReviewSnapshot, qtbot: QtBot
) -> None:
    parcels = tuple(
        Parcel(n, f"PACS {n}", "sr", Path("a.dcm"), ParcelState.REFUSED, 1, 1.0, 1.0, "no answer")
        for n in range(40)
    )
    state = ReviewState(opened)
    sheet = SendSheet(state)
    qtbot.addWidget(sheet)
    with qtbot.waitExposed(sheet):
        sheet.ask()
    state.update(parcels=parcels)
    area = sheet.findChild(QScrollArea)
    assert area is not None
    qtbot.waitUntil(lambda: area.verticalScrollBar().maximum() > 0)
    assert sheet.height() < SMALLEST.height()
