"""Keymaps and ready schemes: nothing is lost, and no key does two things."""

import pytest
from PySide6.QtGui import QKeySequence

from pe_viewer.actions import ACTION, OWN, OWN_KEYMAP, SCHEMES, Conflict, Scheme, keymap_of
from pe_viewer.display.looks import ButtonUse, MouseScheme

ALL = [pytest.param(scheme, id=scheme.id) for scheme in SCHEMES.values()]


@pytest.mark.parametrize("scheme", ALL)
def test_a_scheme_gives_no_key_to_two_actions(scheme: Scheme) -> None:
    assert scheme.keymap.conflicts == ()


@pytest.mark.parametrize("scheme", ALL)
def test_a_scheme_names_every_action_and_no_other(scheme: Scheme) -> None:
    assert set(scheme.keymap.keys) == set(ACTION)


@pytest.mark.parametrize("scheme", ALL)
def test_every_key_of_a_scheme_is_one_that_qt_knows(scheme: Scheme) -> None:
    for keys in scheme.keymap.keys.values():
        for key in keys:
            assert QKeySequence(key).toString() == key


@pytest.mark.parametrize("scheme", ALL)
def test_what_has_a_key_in_ours_has_one_in_every_scheme(scheme: Scheme) -> None:
    ours = {action_id for action_id, keys in OWN_KEYMAP.keys.items() if keys}
    assert {action_id for action_id in ours if not scheme.keymap.keys_of(action_id)} == set()


def test_ours_are_the_keys_of_the_table() -> None:
    assert dict(OWN_KEYMAP.keys) == {action.id: action.shortcuts for action in ACTION.values()}


@pytest.mark.parametrize(
    ("scheme_id", "expected"),
    [
        # Weasis: ActionW (W, S, Z, T), ShortcutManager (the others)
        ("weasis", {"W": "tool_window", "S": "tool_scroll", "Z": "tool_zoom", "T": "tool_pan",
                    "Space": "toggle_corner_text", "Alt+R": "turn", "Alt+F": "mirror",
                    "Ctrl+Return": "fit", "Left": "previous_series", "Right": "next_series",
                    "C": "cine", "K": "key_image", "Home": "first_slice", "F11": "full_screen"}),
        # OHIF: hotkeyBindings.js
        ("ohif", {"Z": "tool_zoom", "+": "zoom_in", "-": "zoom_out", "=": "fit", "R": "turn",
                  "L": "turn_left", "H": "mirror", "C": "cine", "I": "invert",
                  "1": "window_preset_1",
                  "PgUp": "previous_series", "PgDown": "next_series", "Home": "first_slice",
                  "End": "last_slice", "Space": "reset_view", "Backspace": "remove_measure",
                  "Ctrl+Y": "redo"}),
    ],
)  # fmt: skip
def test_a_scheme_has_the_keys_of_its_viewer(scheme_id: str, expected: dict[str, str]) -> None:
    keymap = SCHEMES[scheme_id].keymap
    assert {key: keymap.owner_of(key) for key in expected} == expected


def test_two_actions_of_one_key_are_a_conflict() -> None:
    keymap = OWN_KEYMAP.with_keys((("fit", ("N",)),))
    assert keymap.conflicts == (Conflict("N", "next_flag", "fit"),)


def test_changes_of_a_scheme_come_back_as_they_were_kept() -> None:
    changed = SCHEMES["ohif"].keymap.with_keys((("next_flag", ("J", "Ctrl+J")), ("fit", ())))
    kept = changed.changes_from(SCHEMES["ohif"].keymap)
    assert set(kept) == {("next_flag", ("J", "Ctrl+J")), ("fit", ())}
    assert keymap_of("ohif", kept).keys == changed.keys


def test_keys_that_were_exchanged_are_kept() -> None:
    """Each change alone would be a conflict."""
    keymap = keymap_of(OWN, (("next_flag", ("B",)), ("previous_flag", ("N",))))
    assert (keymap.keys_of("next_flag"), keymap.keys_of("previous_flag")) == (("B",), ("N",))


def test_a_kept_change_that_is_a_conflict_now_is_left_out() -> None:
    keymap = keymap_of(OWN, (("fit", ("N",)), ("invert", ("J",))))
    assert keymap.conflicts == ()
    assert keymap.keys_of("fit") == OWN_KEYMAP.keys_of("fit")
    assert keymap.keys_of("invert") == ("J",)


def test_a_scheme_and_an_action_that_are_gone_leave_ours() -> None:
    keymap = keymap_of("slicer", (("teleport", ("J",)),))
    assert dict(keymap.keys) == dict(OWN_KEYMAP.keys)


@pytest.mark.parametrize(
    ("buttons", "expected"),
    [
        ((), MouseScheme()),
        (("ZOOM", "MENU"), MouseScheme(ButtonUse.ZOOM, ButtonUse.MENU)),
        (("ZOOM",), MouseScheme()),
        (("ZOOM", "FLY"), MouseScheme()),
    ],
)
def test_mouse_buttons_are_the_readers_or_the_schemes(
    buttons: tuple[str, ...], expected: MouseScheme
) -> None:
    assert keymap_of(OWN, (), buttons).mouse == expected


def test_a_hint_is_the_first_key_and_nothing_where_there_is_none() -> None:
    assert OWN_KEYMAP.hint("redo") == " (Ctrl+Shift+Z)"
    assert OWN_KEYMAP.hint("edit_presets") == ""
