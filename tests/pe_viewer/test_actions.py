"""The table of actions is complete and free of conflicts."""

from collections import Counter

import pytest
import qtawesome
from PySide6.QtGui import QKeySequence

from pe_viewer.actions import ACTION, ACTIONS, N_WINDOW_PRESETS, Action, Menu


def test_no_id_stands_twice_in_the_table() -> None:
    assert len(ACTION) == len(ACTIONS)


def test_no_shortcut_belongs_to_two_actions() -> None:
    counts = Counter(QKeySequence(key).toString() for action in ACTIONS for key in action.shortcuts)
    assert [key for key, count in counts.items() if count > 1] == []


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.id)
def test_every_shortcut_is_a_key_that_qt_knows(action: Action) -> None:
    for key in action.shortcuts:
        sequence = QKeySequence(key)
        assert sequence.count() == 1
        assert sequence.toString() == key


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.id)
def test_every_action_has_words_for_menu_and_tip(action: Action) -> None:
    assert action.text
    assert action.tip
    assert not action.tip.endswith(".")


def test_every_menu_has_an_action() -> None:
    assert {action.menu for action in ACTIONS} == set(Menu)


def test_the_keys_that_readers_know_do_what_they_expect() -> None:
    expected = {
        "Down": "next_slice",
        "Up": "previous_slice",
        "Shift+Down": "jump_down",
        "Shift+Up": "jump_up",
        "Home": "first_slice",
        "End": "last_slice",
        "N": "next_flag",
        "B": "previous_flag",
        "G": "toggle_overlay",
        "F": "fit",
        "I": "invert",
        "?": "shortcut_sheet",
        "F11": "full_screen",
        "Ctrl+Z": "undo",
        "Ctrl+Shift+Z": "redo",
    }
    by_key = {key: action.id for action in ACTIONS for key in action.shortcuts}
    assert {key: by_key.get(key) for key in expected} == expected


def test_down_goes_toward_the_feet_where_slice_indices_fall() -> None:
    assert ACTION["next_slice"].argument == -1
    assert ACTION["jump_down"].argument == -10


def test_every_window_preset_has_its_number_key() -> None:
    presets = [ACTION[f"window_preset_{n}"] for n in range(1, N_WINDOW_PRESETS + 1)]
    assert [(a.shortcuts, a.argument) for a in presets] == [
        ((str(n),), n) for n in range(1, N_WINDOW_PRESETS + 1)
    ]


@pytest.mark.usefixtures("qapp")
def test_every_icon_exists_in_the_icon_family() -> None:
    for action in ACTIONS:
        if action.icon:
            assert not qtawesome.icon(action.icon).isNull()
