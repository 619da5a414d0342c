"""No window is larger than its screen; what does not fit is scrolled to."""

import pytest
from PySide6.QtCore import QSize
from PySide6.QtWidgets import QApplication, QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from pe_viewer.display.presets import load_window_presets
from pe_viewer.state import ReviewSnapshot, ReviewState
from pe_viewer.views.action_set import ActionSet
from pe_viewer.views.preferences.shortcut_editor import ShortcutEditor
from pe_viewer.views.screen_room import keep_within_screen
from pe_viewer.views.sheets.shortcut_sheet import ShortcutSheet

# the offscreen platform has no window manager to tell a dialog's size to
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")

LAPTOP = QSize(1264, 640)
"""What a laptop of 1280 x 720 px has free within its bars and a window's frame."""


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
