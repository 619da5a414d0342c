"""Actions as Qt's: every request has a method, check marks follow the state."""

from operator import attrgetter
from typing import TYPE_CHECKING
from unittest.mock import create_autospec

import pytest
from PySide6.QtWidgets import QMenuBar

from pe_viewer.actions import ACTIONS, Action, Menu, Receiver
from pe_viewer.display.presets import load_window_presets
from pe_viewer.main_window import MainWindow
from pe_viewer.state import ReviewSnapshot, ReviewState
from pe_viewer.views.action_set import ActionSet

if TYPE_CHECKING:
    from tests.pe_viewer.conftest import Bench


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.id)
def test_every_request_is_a_method_of_its_receiver(bench: "Bench", action: Action) -> None:
    receivers = {Receiver.CONTROLLER: bench.controller, Receiver.WINDOW: MainWindow}
    assert callable(attrgetter(action.request)(receivers[action.receiver]))


def make(bench: "Bench") -> ActionSet:
    action_set = ActionSet(bench.state)
    window = create_autospec(MainWindow, instance=True)
    action_set.connect_requests({Receiver.CONTROLLER: bench.controller, Receiver.WINDOW: window})
    return action_set


def test_a_triggered_action_reaches_the_controller(bench: "Bench") -> None:
    action_set = make(bench)
    action_set["window_preset_2"].trigger()
    assert bench.state.snapshot.window.width_hu == 1500


def test_a_check_mark_shows_the_state_and_not_the_click(bench: "Bench") -> None:
    action_set = make(bench)
    action_set["toggle_overlay"].trigger()
    assert not bench.state.snapshot.overlay.is_visible
    assert not action_set["toggle_overlay"].isChecked()
    action_set["invert"].trigger()
    assert action_set["invert"].isChecked()
    bench.state.update(is_inverted=False)
    assert not action_set["invert"].isChecked()


@pytest.mark.usefixtures("qapp")
def test_every_action_stands_in_its_menu_with_presets_named() -> None:
    menu_bar = QMenuBar()
    presets = load_window_presets()
    action_set = ActionSet(ReviewState(ReviewSnapshot(presets=presets)))
    action_set.fill(menu_bar)
    texts = {a.text(): [b.text() for b in a.menu().actions()] for a in menu_bar.actions()}
    assert list(texts) == [menu.value for menu in Menu]
    assert sum(len(entries) for entries in texts.values()) == len(ACTIONS)
    assert "PE  W 700 L 100" in texts["Image"]
