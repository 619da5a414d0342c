"""All shortcuts on one sheet, menu by menu."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from pe_viewer.actions import ACTIONS, Action, Menu
from pe_viewer.display.presets import load_window_presets
from pe_viewer.views.style import label

Rows = tuple[tuple[str, str], ...]

_MOUSE: Rows = (
    ("Wheel", "Next or previous slice"),
    ("Left drag", "Window: across for width, down for centre"),
    ("Middle drag", "Pan"),
    ("Right drag, Ctrl+Wheel", "Zoom"),
    ("Double click", "Fit to view"),
    ("Click or drag on the track", "Go to a slice"),
    ("Click, or Shift+drag", "Put the crosshair, where other planes are shown"),
    ("Drag on a line of the crosshair", "Move it"),
)
_COLUMNS: tuple[tuple[str, ...], ...] = (
    (Menu.NAVIGATE.value, Menu.IMAGE.value),
    (Menu.REVIEW.value, Menu.VIEW.value, Menu.FILE.value),
    ("Mouse", Menu.HELP.value),
)


class ShortcutSheet(QDialog):
    """Built from the table of actions, so that it cannot miss one."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keyboard and mouse")
        sections = {menu.value: _rows(menu) for menu in Menu} | {"Mouse": _MOUSE}
        columns = QHBoxLayout(self)
        columns.setContentsMargins(24, 20, 24, 24)
        columns.setSpacing(48)
        for titles in _COLUMNS:
            column = QVBoxLayout()
            column.setSpacing(16)
            for title in titles:
                column.addLayout(_section(title, sections[title]))
            column.addStretch(1)
            columns.addLayout(column)


def _rows(menu: Menu) -> Rows:
    return tuple(
        (", ".join(key_text(key) for key in action.shortcuts), _words(action))
        for action in ACTIONS
        if action.menu is menu and action.shortcuts
    )


def key_text(portable: str) -> str:
    """A key as it is written on this machine's keyboards."""
    return QKeySequence(portable).toString(QKeySequence.SequenceFormat.NativeText)


def _words(action: Action) -> str:
    """An action's text; of a preset, the window that its key sets."""
    if action.request.endswith("use_window_preset") and isinstance(action.argument, int):
        presets = load_window_presets()
        if action.argument <= len(presets):
            return presets[action.argument - 1].text
    return action.text.removesuffix("…")


def _section(title: str, rows: Rows) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(24)
    grid.setVerticalSpacing(4)
    grid.addWidget(label(title, "section"), 0, 0, 1, 2)
    for number, (keys, words) in enumerate(rows, start=1):
        grid.addWidget(label(words), number, 0)
        grid.addWidget(label(keys, "dim"), number, 1, alignment=Qt.AlignmentFlag.AlignRight)
    return grid
