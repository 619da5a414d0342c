"""The preferences: a list of pages, kept together or not at all."""

from collections.abc import Callable, Sequence
from typing import Final

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from pe_viewer.settings import Settings
from pe_viewer.views.answer_buttons import answer_buttons
from pe_viewer.views.preferences.preferences_page import PreferencesPage
from pe_viewer.views.screen_room import Sheet
from pe_viewer.views.style import wrapped_label

_SIZE_PX: Final = (720, 560)
_LIST_PX: Final = 160
_ROW_PX: Final = 28


class PreferencesSheet(Sheet):
    """``preferences_requested`` gives the settings that are to change, by their names.

    Another part of the program adds a page by standing in ``pages``.
    """

    preferences_requested = Signal(object)

    def __init__(
        self,
        settings: Callable[[], Settings],
        pages: Sequence[PreferencesPage],
        parent: QWidget | None = None,
    ) -> None:
        """``settings`` are asked for each time the sheet opens."""
        super().__init__(parent)
        self._settings = settings
        self.pages = tuple(pages)
        self.setWindowTitle("Preferences")
        self._list, self._stack = QListWidget(), QStackedWidget()
        self._list.setObjectName("page_list")
        self._list.setAccessibleName("Pages")
        self._list.setFixedWidth(_LIST_PX)
        self._list.currentRowChanged.connect(self._stack.setCurrentIndex)
        for page in self.pages:
            item = QListWidgetItem(page.title, self._list)
            item.setSizeHint(QSize(0, _ROW_PX))
            self._stack.addWidget(_scrolled(page))
        self._problem = wrapped_label("", "bad")
        self._lay_out()
        self.resize(*_SIZE_PX)

    def show_settings(self) -> None:
        """Opens with the settings as they stand."""
        for page in self.pages:
            page.fill(self._settings())
        self._problem.clear()
        self._list.setCurrentRow(max(0, self._list.currentRow()))
        self.show()
        self._list.setFocus()

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self._list)
        row.addWidget(self._stack, stretch=1)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(12)
        column.addLayout(row, stretch=1)
        column.addWidget(self._problem)
        column.addWidget(answer_buttons(("Cancel", self.reject), ("Keep", self._on_kept)))

    def _on_kept(self) -> None:
        """Keeps all pages, or shows the first one that cannot be kept."""
        for number, page in enumerate(self.pages):
            problem = page.problem()
            if problem:
                self._list.setCurrentRow(number)
                self._problem.setText(problem)
                return
        self.accept()
        changes = {name: value for page in self.pages for name, value in page.changes().items()}
        self.preferences_requested.emit(changes)
        for page in self.pages:
            page.keep()


def _scrolled(page: QWidget) -> QScrollArea:
    area = QScrollArea()
    area.setWidget(page)
    area.setWidgetResizable(True)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    return area
