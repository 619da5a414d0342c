"""The table of actions as Qt actions: menus, keys, and check marks that follow the state."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from operator import attrgetter
from typing import Final

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenuBar

from pe_viewer.actions import ACTION, ACTIONS, Action, Keymap, Menu, Receiver
from pe_viewer.display.looks import Tool
from pe_viewer.state import ReviewSnapshot, ReviewState


def _uses(tool: Tool, snapshot: ReviewSnapshot) -> bool:
    return snapshot.tool is tool


_CHECKED_BY: Final[Mapping[str, Callable[[ReviewSnapshot], bool]]] = {
    **{f"tool_{tool.name.lower()}": partial(_uses, tool) for tool in Tool},
    "key_image": lambda s: s.slice_index in s.review.key_slices,
    "raw_scores": attrgetter("shows_raw_scores"),
    "second_reader": attrgetter("is_second_reader"),
    "cine": attrgetter("cine.is_playing"),
    "paint_count": attrgetter("shows_paint_count"),
    "toggle_overlay": attrgetter("overlay.is_visible"),
    "smooth": attrgetter("is_smooth"),
    "hide_identity": attrgetter("hides_identity"),
    "invert": attrgetter("is_inverted"),
    "toggle_browser": attrgetter("shows_browser"),
    "toggle_findings": attrgetter("shows_findings"),
    "toggle_report": attrgetter("shows_report"),
    "toggle_planes": attrgetter("shows_planes"),
    "toggle_corner_text": attrgetter("shows_corner_text"),
}


class ActionSet(QObject):
    """All actions as QActions; ``action_set["next_flag"]`` is one of them.

    The window adds them to itself, so that their keys work wherever the focus is.
    """

    def __init__(self, state: ReviewState) -> None:
        super().__init__()
        self._state = state
        self._by_id = {action.id: _qt_action(action, self) for action in ACTIONS}
        self._name_presets(state.snapshot)
        self._give_keys(state.snapshot.keymap)
        state.changed.connect(self._on_changed)
        self._show(state.snapshot)

    def __getitem__(self, action_id: str) -> QAction:
        return self._by_id[action_id]

    def __iter__(self) -> Iterator[QAction]:
        return iter(self._by_id.values())

    def connect_requests(self, receivers: Mapping[Receiver, object]) -> None:
        """Lets every action call its receiver. Raises AttributeError for a method that is absent.

        A check mark shows the state, not the click: it is set again after each request.
        """
        for action_id, qt_action in self._by_id.items():
            action = ACTION[action_id]
            request = attrgetter(action.request)(receivers[action.receiver])
            qt_action.triggered.connect(_call(request, action))
            if action_id in _CHECKED_BY:
                qt_action.triggered.connect(lambda: self._show(self._state.snapshot))

    def fill(self, menu_bar: QMenuBar) -> None:
        """Puts every action into its menu."""
        for menu in Menu:
            qt_menu = menu_bar.addMenu(menu.value)
            for action in ACTIONS:
                if action.menu is menu:
                    qt_menu.addAction(self._by_id[action.id])

    def _name_presets(self, snapshot: ReviewSnapshot) -> None:
        for number, preset in enumerate(snapshot.presets, start=1):
            preset_action = self._by_id.get(f"window_preset_{number}")
            if preset_action is not None:
                preset_action.setText(preset.text)

    def _give_keys(self, keymap: Keymap) -> None:
        """Keys, and the first of them in the tip: "Next flagged slice toward the feet (N)"."""
        for action_id, qt_action in self._by_id.items():
            qt_action.setShortcuts([QKeySequence(key) for key in keymap.keys_of(action_id)])
            qt_action.setToolTip(ACTION[action_id].tip + keymap.hint(action_id))

    def _on_changed(self, old: ReviewSnapshot, new: ReviewSnapshot) -> None:
        if old.presets is not new.presets:
            self._name_presets(new)
        if old.keymap is not new.keymap:
            self._give_keys(new.keymap)
        self._show(new)

    def _show(self, snapshot: ReviewSnapshot) -> None:
        for action_id, is_checked in _CHECKED_BY.items():
            self._by_id[action_id].setChecked(is_checked(snapshot))


def _qt_action(action: Action, parent: QObject) -> QAction:
    qt_action = QAction(action.text, parent)
    qt_action.setObjectName(action.id)
    qt_action.setStatusTip(action.tip)
    qt_action.setCheckable(action.is_checkable)
    qt_action.setAutoRepeat(action.repeats)
    return qt_action


def _call(request: Callable[..., object], action: Action) -> Callable[[], None]:
    arguments = () if action.argument is None else (action.argument,)

    def call() -> None:
        request(*arguments)

    return call
