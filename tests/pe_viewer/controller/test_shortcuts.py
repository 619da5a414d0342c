"""Keys and mouse: in force at once, and again after a restart."""

from typing import TYPE_CHECKING

from pe_viewer.actions import OWN_KEYMAP, SCHEMES
from pe_viewer.controller.shortcuts import Shortcuts
from pe_viewer.display.looks import ButtonUse, MouseScheme
from pe_viewer.settings import SettingsFile
from pe_viewer.state import ReviewState

if TYPE_CHECKING:
    from pathlib import Path

    from tests.pe_viewer.conftest import Bench


def test_ours_are_in_force_at_first(bench: "Bench") -> None:
    assert dict(bench.state.snapshot.keymap.keys) == dict(OWN_KEYMAP.keys)
    assert bench.controller.shortcuts.scheme_id == "own"


def test_a_changed_scheme_is_in_force_now_and_after_a_restart(bench: "Bench", home: "Path") -> None:
    mouse = MouseScheme(ButtonUse.SCROLL, ButtonUse.MENU)
    keymap = SCHEMES["ohif"].keymap.with_keys((("next_flag", ("J",)),)).with_mouse(mouse)
    bench.controller.shortcuts.use("ohif", keymap)
    assert bench.state.snapshot.keymap is keymap
    kept = SettingsFile(home / "settings.json")
    assert kept.settings.keys == (("next_flag", ("J",)),)
    state = ReviewState()
    again = Shortcuts(state, kept)
    assert again.scheme_id == "ohif"
    assert dict(state.snapshot.keymap.keys) == dict(keymap.keys)
    assert state.snapshot.keymap.mouse == mouse


def test_a_scheme_as_it_is_keeps_no_changes(bench: "Bench") -> None:
    bench.controller.shortcuts.use("weasis", SCHEMES["weasis"].keymap)
    kept = bench.settings.settings
    assert (kept.key_scheme, kept.keys, kept.mouse_buttons) == ("weasis", (), ())
