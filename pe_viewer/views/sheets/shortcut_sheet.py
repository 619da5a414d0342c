"""All shortcuts on one sheet, menu by menu."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QKeySequence, QShowEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from pe_viewer.actions import ACTIONS, Menu
from pe_viewer.display.mouse_texts import mouse_rows
from pe_viewer.state import ReviewState
from pe_viewer.views.action_set import ActionSet
from pe_viewer.views.screen_room import Sheet
from pe_viewer.views.style import label

Rows = tuple[tuple[str, str], ...]

_MARGINS_PX = (20, 16, 20, 16)

_COLUMNS: tuple[tuple[str, ...], ...] = (
    (Menu.NAVIGATE.value, Menu.FILE.value),
    (Menu.IMAGE.value, Menu.MODEL.value, Menu.HELP.value),
    (Menu.REVIEW.value,),
    (Menu.VIEW.value, "Mouse"),
)


class ShortcutSheet(Sheet):
    """Built from the actions each time it opens: it misses none, and shows keys as they are."""

    def __init__(
        self, state: ReviewState, action_set: ActionSet, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._state = state
        self._actions = action_set
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self.setWindowTitle("Keyboard and mouse")
        column = QVBoxLayout(self)
        column.setContentsMargins(*_MARGINS_PX)
        column.addWidget(self._area)

    def sizeHint(self) -> QSize:
        """With every key in sight, also beside the bar that a lower screen makes it scroll by."""
        page = self._area.widget()
        if page is None:
            return super().sizeHint()
        left, top, right, bottom = _MARGINS_PX
        bar = self._area.verticalScrollBar().sizeHint().width()
        return page.sizeHint() + QSize(left + bar + right, top + bottom)

    def showEvent(self, event: QShowEvent) -> None:
        """As large as its screen allows; where that is less than it needs, it scrolls."""
        self._area.setWidget(self._make_page())
        self.resize(self.sizeHint())
        super().showEvent(event)

    def _make_page(self) -> QWidget:
        page = QWidget()
        mouse = mouse_rows(self._state.snapshot.keymap.mouse)
        sections = {menu.value: self._rows(menu) for menu in Menu} | {"Mouse": mouse}
        columns = QHBoxLayout(page)
        columns.setContentsMargins(0, 0, 0, 0)
        columns.setSpacing(24)
        for titles in _COLUMNS:
            column = QVBoxLayout()
            column.setSpacing(16)
            for title in titles:
                column.addLayout(_section(title, sections[title]))
            column.addStretch(1)
            columns.addLayout(column)
        return page

    def _rows(self, menu: Menu) -> Rows:
        shown = (self._actions[action.id] for action in ACTIONS if action.menu is menu)
        return tuple(
            (", ".join(_key_text(key) for key in qt.shortcuts()), qt.text().removesuffix("…"))
            for qt in shown
            if qt.shortcuts()
        )


def _key_text(key: QKeySequence) -> str:
    """A key as it is written on this machine's keyboards."""
    return key.toString(QKeySequence.SequenceFormat.NativeText)


def _section(title: str, rows: Rows) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(12)
    grid.setVerticalSpacing(3)
    grid.addWidget(label(title, "section"), 0, 0, 1, 2)
    for number, (keys, words) in enumerate(rows, start=1):
        grid.addWidget(label(words), number, 0)
        grid.addWidget(label(keys, "dim"), number, 1, alignment=Qt.AlignmentFlag.AlignRight)
    return grid
