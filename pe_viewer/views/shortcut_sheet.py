"""All shortcuts on one sheet, menu by menu."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from pe_viewer.actions import ACTIONS, Menu
from pe_viewer.views.style import label

_MOUSE = (
    ("Wheel", "A slice"),
    ("Ctrl+Wheel, right drag", "Zoom"),
    ("Left drag", "Window"),
    ("Middle drag", "Pan"),
    ("Double click", "Fit"),
)


class ShortcutSheet(QDialog):
    """Built from the table of actions, so that it cannot miss one."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Shortcuts")
        columns = QHBoxLayout(self)
        columns.setContentsMargins(24, 20, 24, 20)
        columns.setSpacing(32)
        sections = [(menu.value, _rows(menu)) for menu in Menu]
        sections.append(("Mouse", _MOUSE))
        filled = [section for section in sections if section[1]]
        half = (len(filled) + 1) // 2
        for part in (filled[:half], filled[half:]):
            column = QVBoxLayout()
            column.setSpacing(16)
            for title, rows in part:
                column.addLayout(_section(title, rows))
            column.addStretch(1)
            columns.addLayout(column)


def _rows(menu: Menu) -> tuple[tuple[str, str], ...]:
    return tuple(
        (", ".join(action.shortcuts), action.text.replace("&", ""))
        for action in ACTIONS
        if action.menu is menu and action.shortcuts
    )


def _section(title: str, rows: tuple[tuple[str, str], ...]) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(16)
    grid.setVerticalSpacing(4)
    grid.addWidget(label(title.replace("&", ""), "section"), 0, 0, 1, 2)
    for number, (keys, words) in enumerate(rows, start=1):
        grid.addWidget(label(words), number, 0)
        grid.addWidget(label(keys, "dim"), number, 1, alignment=Qt.AlignmentFlag.AlignRight)
    return grid
