"""The shortcut editor: real keys, no conflict, nothing kept before the reader says so."""

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from pe_viewer.actions import OWN_KEYMAP, Keymap
from pe_viewer.display.looks import ButtonUse
from pe_viewer.state import ReviewState
from pe_viewer.views.preferences.shortcut_editor import ShortcutEditor

NONE = Qt.KeyboardModifier.NoModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


class Editing:
    """A reader at the editor."""

    def __init__(self, editor: ShortcutEditor) -> None:
        self.editor = editor
        self.kept: list[tuple[str, Keymap]] = []
        editor.keys_requested.connect(lambda *kept: self.kept.append(kept))
        editor.show_keys("own")

    def button(self, text: str) -> QPushButton:
        return next(b for b in self.editor.findChildren(QPushButton) if b.text() == text)

    def choose(self, action_id: str) -> None:
        self.editor._table.setCurrentItem(self.editor._table._items[action_id])

    def press(self, words: str, key: Qt.Key, modifiers: Qt.KeyboardModifier = NONE) -> None:
        """Asks for a key by the button of those words, then presses it."""
        button = self.button(words)
        button.setFocus()
        button.click()
        QTest.keyClick(button, key, modifiers)

    def keys(self, action_id: str) -> str:
        return self.editor._table._items[action_id].text(1)

    def keep(self) -> Keymap:
        self.button("Keep").click()
        ((_, keymap),) = self.kept
        return keymap


@pytest.fixture
def editing(shown: Callable[..., Any]) -> Editing:
    return Editing(shown(ShortcutEditor(ReviewState()), 620, 700))


def test_a_key_that_is_pressed_becomes_the_key_of_the_action(editing: Editing) -> None:
    editing.choose("next_flag")
    editing.press("Set key", Qt.Key.Key_J, SHIFT)
    assert editing.keys("next_flag") == "Shift+J"
    assert editing.kept == [], "a draft until it is kept"
    keymap = editing.keep()
    assert keymap.keys_of("next_flag") == ("Shift+J",)
    assert keymap.owner_of("N") == ""


def test_an_added_key_stands_behind_those_that_were_there(editing: Editing) -> None:
    editing.choose("next_flag")
    editing.press("Add key", Qt.Key.Key_J)
    assert editing.keep().keys_of("next_flag") == ("N", "J")


def test_a_key_of_another_action_is_refused_and_its_owner_named(editing: Editing) -> None:
    editing.choose("next_flag")
    editing.press("Set key", Qt.Key.Key_G)
    assert editing.editor._words.text() == "G is “Activation overlay”"
    assert editing.keys("next_flag") == "N"
    assert editing.keep().conflicts == ()


def test_a_key_can_be_taken_from_its_owner(editing: Editing) -> None:
    editing.choose("next_flag")
    editing.press("Set key", Qt.Key.Key_G)
    editing.button("Take it from there").click()
    keymap = editing.keep()
    assert (keymap.keys_of("next_flag"), keymap.keys_of("toggle_overlay")) == (("G",), ())


def test_an_action_can_be_without_a_key(editing: Editing) -> None:
    editing.choose("invert")
    editing.button("No key").click()
    assert editing.keep().keys_of("invert") == ()


@pytest.mark.parametrize("key", [Qt.Key.Key_Escape, Qt.Key.Key_Tab, Qt.Key.Key_Shift])
def test_keys_that_move_through_a_window_are_not_taken(editing: Editing, key: Qt.Key) -> None:
    editing.choose("next_flag")
    editing.press("Set key", key)
    assert editing.keys("next_flag") == "N"
    assert editing.editor.isVisible()


def test_a_sign_is_named_without_the_shift_that_makes_it(editing: Editing) -> None:
    editing.choose("shortcut_sheet")
    button = editing.button("Set key")
    button.click()
    QTest.sendKeyEvent(QTest.KeyAction.Press, button, Qt.Key.Key_Exclam, "!", SHIFT)
    assert editing.keep().keys_of("shortcut_sheet") == ("!",)


def test_a_ready_scheme_replaces_all_keys_and_can_be_changed_on(editing: Editing) -> None:
    box = editing.editor._scheme
    box.setCurrentIndex(box.findData("weasis"))
    box.activated.emit(box.currentIndex())
    assert editing.keys("fit") == "Ctrl+Return, Ctrl+Enter"
    editing.choose("fit")
    editing.press("Set key", Qt.Key.Key_Q)
    editing.button("Keep").click()
    ((scheme_id, keymap),) = editing.kept
    assert scheme_id == "weasis"
    assert keymap.keys_of("fit") == ("Q",)
    assert keymap.mouse.right is ButtonUse.MENU


def test_the_scheme_as_it_is_can_be_had_again(editing: Editing) -> None:
    editing.choose("next_flag")
    editing.press("Set key", Qt.Key.Key_J)
    editing.button("All as in the scheme").click()
    assert dict(editing.keep().keys) == dict(OWN_KEYMAP.keys)


def test_mouse_buttons_can_be_chosen(editing: Editing) -> None:
    box = editing.editor._middle
    box.setCurrentIndex(box.findData("SCROLL"))
    box.activated.emit(box.currentIndex())
    assert editing.keep().mouse.middle is ButtonUse.SCROLL


@pytest.mark.parametrize(("typed", "found"), [("flagged slice", 2), ("ctrl+z", 1), ("xyzzy", 0)])
def test_actions_are_found_by_their_words_and_by_their_keys(
    editing: Editing, typed: str, found: int
) -> None:
    editing.editor._search.setText(typed)
    items = editing.editor._table._items.values()
    assert sum(not item.isHidden() for item in items) == found


def test_a_key_taken_from_another_action_stands_beside_those_that_there_were(
    editing: Editing,
) -> None:
    editing.choose("accept")
    before = editing.editor._draft.keys_of("accept")
    editing.press("Add key", Qt.Key.Key_K)
    editing.button("Take it from there").click()
    kept = editing.keep()
    assert kept.keys_of("accept") == (*before, "K")
    assert "K" not in kept.keys_of("key_image")
