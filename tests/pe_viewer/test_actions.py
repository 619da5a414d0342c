"""The table of actions is complete and free of conflicts."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import qtawesome
from PySide6.QtGui import QKeySequence

import pe_viewer
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


def test_no_words_in_the_code_name_a_key_that_the_reader_may_change() -> None:
    """``(Shift+C)`` in a tip is wrong as soon as another scheme is chosen."""
    keys = {key for action in ACTIONS for key in action.shortcuts}
    named = [
        (path.name, key)
        for path in sorted(Path(pe_viewer.__file__).parent.rglob("*.py"))
        for words in _words(ast.parse(path.read_text(encoding="utf-8")))
        for key in keys & set(re.findall(r"[a-z] \(([^()]+)\)\.?$", words))
    ]
    assert named == []


def _words(tree: ast.Module) -> Iterator[str]:
    """Every string of a module but its docstrings."""
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and id(node) not in docstrings:
            yield node.value if isinstance(node.value, str) else ""
