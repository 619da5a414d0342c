"""Nothing open, and the sheet of keys."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QLabel, QProgressBar, QPushButton
from pytestqt.qtbot import QtBot

from pe_viewer.actions import ACTIONS
from pe_viewer.display.presets import load_window_presets
from pe_viewer.state import Activity, Phase, ReviewSnapshot, ReviewState
from pe_viewer.views.action_set import ActionSet
from pe_viewer.views.library.welcome import Welcome
from pe_viewer.views.sheets.shortcut_sheet import ShortcutSheet

Shown = Callable[..., Any]


def words(widget: Welcome | ShortcutSheet) -> list[str]:
    return [w.text() for w in widget.findChildren(QLabel) if w.isVisible() and w.text()]


def button(welcome: Welcome, text: str) -> QPushButton:
    return next(b for b in welcome.findChildren(QPushButton) if b.text() == text)


def test_there_is_one_line_one_button_and_a_place_to_drop(shown: Shown, qtbot: QtBot) -> None:
    welcome = shown(Welcome(ReviewState()), 1200, 800)
    assert words(welcome) == ["Open a chest CT", "Drop a folder, a DICOMDIR or a zip here"]
    with qtbot.waitSignal(welcome.open_requested):
        qtbot.mouseClick(button(welcome, "Open folder"), Qt.MouseButton.LeftButton)


def test_its_tips_name_the_keys_that_the_reader_chose(shown: Shown) -> None:
    state = ReviewState()
    welcome = shown(Welcome(state), 1200, 800)
    opening, cancelling = button(welcome, "Open folder"), button(welcome, "Cancel")
    assert opening.toolTip() == "Open a folder of CT slices (Ctrl+O)"
    changes = (("open_folder", ("F8",)), ("cancel", ()))
    state.update(keymap=state.snapshot.keymap.with_keys(changes))
    assert opening.toolTip() == "Open a folder of CT slices (F8)"
    assert cancelling.toolTip() == "Stop what is running"


def test_a_recent_study_is_one_click_away(shown: Shown, qtbot: QtBot) -> None:
    path = Path("disc") / "CT 1"
    welcome = shown(Welcome(ReviewState(ReviewSnapshot(recent=(path,)))), 1200, 800)
    with qtbot.waitSignal(welcome.path_opened) as asked:
        qtbot.mouseClick(button(welcome, "CT 1"), Qt.MouseButton.LeftButton)
    assert asked.args == [path]


def test_what_could_not_be_opened_is_told_in_full(shown: Shown) -> None:
    state = ReviewState()
    welcome = shown(Welcome(state), 1200, 800)
    message = "There is no DICOM image in that folder. " * 6
    state.update(scanning=Activity(Phase.FAILED, message=message))
    told = next(w for w in welcome.findChildren(QLabel) if w.text() == message)
    assert told.isVisible()
    assert told.heightForWidth(told.width()) <= told.height()
    state.update(scanning=Activity())
    assert message not in words(welcome)


def test_a_scan_is_counted_and_can_be_cancelled(shown: Shown, qtbot: QtBot) -> None:
    state = ReviewState()
    welcome = shown(Welcome(state), 1200, 800)
    state.update(scanning=Activity(Phase.RUNNING, "Scanning"))
    assert words(welcome) == ["Opening", "Looking for files"]
    state.update(scanning=Activity(Phase.RUNNING, "Scanning", fraction=0.62, done=1240, total=2000))
    assert words(welcome) == ["Opening", "Reading headers  1,240 of 2,000"]
    assert welcome.findChild(QProgressBar).value() == 62
    with qtbot.waitSignal(welcome.cancel_requested):
        qtbot.mouseClick(button(welcome, "Cancel"), Qt.MouseButton.LeftButton)
    state.update(scanning=Activity(Phase.CANCELLED))
    assert "Open a chest CT" in words(welcome)


def native(key: str) -> str:
    return QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)


def test_the_sheet_holds_every_key_with_its_words(shown: Shown) -> None:
    state = ReviewState(ReviewSnapshot(presets=load_window_presets()))
    said = words(shown(ShortcutSheet(state, ActionSet(state)), 1200, 700))
    for action in ACTIONS:
        if action.shortcuts:
            assert ", ".join(native(key) for key in action.shortcuts) in said, action.id
    for preset in load_window_presets():
        assert preset.text in said
    assert "Middle drag" in said
