"""Each ready scheme at the real window: its keys and its mouse buttons do what its viewer does."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QLabel

from pe_models.imaging.window import Window
from pe_viewer.actions import SCHEMES
from pe_viewer.display.looks import Tool
from pe_viewer.state import ReviewSnapshot

if TYPE_CHECKING:
    from tests.flows.conftest import Reader

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

WriteCt = Callable[..., NDArray[np.int16]]
Is = Callable[[ReviewSnapshot], bool]

COMMON: dict[str, Is] = {
    "Home": lambda s: s.slice_index == 11,
    "End": lambda s: s.slice_index == 0,
    "W": lambda s: s.tool is Tool.WINDOW,
    "Z": lambda s: s.tool is Tool.ZOOM,
    "2": lambda s: s.window == Window(1500, -600),
    "C": lambda s: s.cine.is_playing,
}
KEYS: dict[str, dict[str, Is]] = {
    "own": {
        "P": lambda s: s.tool is Tool.PAN,
        "R": lambda s: s.view.quarter_turns == 1,
        "H": lambda s: s.view.is_mirrored,
        "I": lambda s: s.is_inverted,
        "Space": lambda s: not s.shows_corner_text,
        "+": lambda s: s.view.zoom > 1.0,
    },
    "weasis": {
        "T": lambda s: s.tool is Tool.PAN,
        "Alt+R": lambda s: s.view.quarter_turns == 1,
        "Alt+L": lambda s: s.view.quarter_turns == 3,
        "Alt+F": lambda s: s.view.is_mirrored,
        "Space": lambda s: not s.shows_corner_text,
        "I": lambda s: not s.shows_corner_text,
        "D": lambda s: s.tool is Tool.LENGTH,
    },
    "ohif": {
        "R": lambda s: s.view.quarter_turns == 1,
        "L": lambda s: s.view.quarter_turns == 3,
        "H": lambda s: s.view.is_mirrored,
        "I": lambda s: s.is_inverted,
        "+": lambda s: s.view.zoom > 1.0,
        "-": lambda s: s.view.zoom < 1.0,
    },
}


@pytest.fixture
def reading(reader: "Reader", write_ct: WriteCt, tmp_path: Path) -> "Reader":
    write_ct(tmp_path / "ct")
    reader.opens(tmp_path / "ct")
    reader.room.controller.navigation.go_to(5)
    return reader


def use(reader: "Reader", scheme_id: str) -> None:
    reader.room.controller.shortcuts.use(scheme_id, SCHEMES[scheme_id].keymap)


def press(reader: "Reader", key: str) -> None:
    combination = QKeySequence(key)[0]
    reader.presses(combination.key(), combination.keyboardModifiers())


@pytest.mark.parametrize("scheme_id", SCHEMES)
def test_the_keys_of_a_scheme_do_what_its_viewer_does(reading: "Reader", scheme_id: str) -> None:
    use(reading, scheme_id)
    for key, is_done in (COMMON | KEYS[scheme_id]).items():
        reading.room.controller.appearance.reset_view()
        reading.room.state.update(shows_corner_text=True, is_inverted=False, tool=Tool.SCROLL)
        assert not is_done(reading.sees), f"{key} would prove nothing"
        press(reading, key)
        assert is_done(reading.sees), key
        if reading.sees.cine.is_playing:
            press(reading, key)


def test_ohifs_space_resets_the_view(reading: "Reader") -> None:
    use(reading, "ohif")
    for key in ("R", "H", "I", "+", "2"):
        press(reading, key)
    press(reading, "Space")
    sees = reading.sees
    assert (sees.view.is_turned, sees.view.zoom, sees.is_inverted) == (False, 1.0, False)
    assert sees.window == Window(700, 100)
    assert sees.shows_corner_text, "it is not the key of the text any more"


@pytest.mark.parametrize(
    ("scheme_id", "button", "changes"),
    [
        *((scheme, Qt.MouseButton.LeftButton, "window") for scheme in SCHEMES),
        *((scheme, Qt.MouseButton.MiddleButton, "pan") for scheme in SCHEMES),
        ("own", Qt.MouseButton.RightButton, "zoom"),
        ("ohif", Qt.MouseButton.RightButton, "zoom"),
        ("weasis", Qt.MouseButton.RightButton, "menu"),
    ],
)
def test_the_mouse_buttons_of_a_scheme(
    reading: "Reader", scheme_id: str, button: Qt.MouseButton, changes: str
) -> None:
    use(reading, scheme_id)
    before, view = reading.sees, reading.room.window.views.slice_view
    centre = view.rect().center()
    reading.qtbot.mousePress(view, button, pos=centre)
    menu = reading.room.window.picture_menu
    assert menu.isVisible() is (changes == "menu")
    if changes == "menu":
        menu.close()
        return
    for step in (10, 30, 60):
        reading.qtbot.mouseMove(view, centre + QPoint(step, step))
    reading.qtbot.mouseRelease(view, button, pos=centre + QPoint(60, 60))
    after = reading.sees
    changed = {
        "window": after.window != before.window,
        "pan": after.view.centre_row_col != before.view.centre_row_col
        and after.view.zoom == before.view.zoom,
        "zoom": after.view.zoom != before.view.zoom,
    }
    assert {name for name, is_so in changed.items() if is_so} == {changes}


def test_a_key_of_the_menu_does_what_it_says(reading: "Reader") -> None:
    use(reading, "weasis")
    reading.qtbot.mousePress(
        reading.room.window.views.slice_view, Qt.MouseButton.RightButton, pos=QPoint(50, 50)
    )
    menu = reading.room.window.picture_menu
    next(a for a in menu.actions() if a.text() == "Invert greys").trigger()
    assert reading.sees.is_inverted
    menu.close()


def test_sheet_and_tips_follow_the_scheme(reading: "Reader") -> None:
    use(reading, "weasis")
    window = reading.room.window
    assert window._action_set["turn"].toolTip().endswith("(Alt+R)")
    press(reading, "?")
    sheet = window.views.shortcut_sheet
    said = [label.text() for label in sheet.findChildren(QLabel)]
    sheet.reject()
    assert "Alt+R" in said
    assert "Right click" in said


def test_the_editor_changes_a_key_of_the_window_for_good(reading: "Reader", home: Path) -> None:
    window = reading.room.window
    window.show_shortcut_editor()
    editor = window.views.shortcut_editor
    editor._table.setCurrentItem(editor._table._items["invert"])
    editor._catcher.click()
    reading.qtbot.keyClick(editor._catcher, Qt.Key.Key_J)
    editor._on_kept()
    press(reading, "I")
    assert not reading.sees.is_inverted
    press(reading, "J")
    assert reading.sees.is_inverted
    assert '"J"' in (home / "settings.json").read_text()


def test_the_overlays_key_peeks_under_any_name(reading: "Reader") -> None:
    """What is shown while a key is held goes by the key of the scheme, not by its letter."""
    keymap = SCHEMES["own"].keymap.with_keys((("toggle_overlay", ("J",)),))
    reading.room.controller.shortcuts.use("own", keymap)
    released = []
    reading.room.window.overlay_key_released.connect(lambda: released.append(True))
    press(reading, "G")
    assert released == []
    press(reading, "J")
    assert released == [True]
