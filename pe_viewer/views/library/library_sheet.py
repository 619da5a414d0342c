"""All studies that were opened: find one, open it, queue it for analysis, forget it."""

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import (
    QEvent,
    QItemSelectionModel,
    QModelIndex,
    QObject,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeyEvent, QShowEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from pe_viewer.display.texts import count_text
from pe_viewer.state import ReviewSnapshot, ReviewState
from pe_viewer.views.library.forget_question import ask_to_forget
from pe_viewer.views.library.library_order import Column, Order, ordered
from pe_viewer.views.library.library_table import PICTURE_PX, LibraryTable
from pe_viewer.views.library.library_text import activity_of, is_waiting, matches
from pe_viewer.views.screen_room import Sheet
from pe_viewer.views.style import label
from pe_viewer.views.voice_delegate import VoiceDelegate

_SIZE_PX: Final = (1080, 640)
_ROW_PX: Final = 52
_QUEUE: Final = "Queue for analysis"
_DEQUEUE: Final = "Take out of the queue"
_COLUMNS_PX: Final = (240, 96, 260, 150, 130, 140)
_MOST_PICTURED: Final = 300
_Selection: Final = QItemSelectionModel.SelectionFlag
_TO_TABLE: Final = frozenset(
    {Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_PageDown, Qt.Key.Key_PageUp}
)


class LibrarySheet(Sheet):
    """Draws the library of the snapshot as far as it matches what is sought.

    Requests name studies by their UID.
    """

    study_requested = Signal(str)
    queue_requested = Signal(object)
    dequeue_requested = Signal(str)
    pictures_requested = Signal(object)
    forgetting_requested = Signal(object)
    forgetting_all_requested = Signal()

    def __init__(self, state: ReviewState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Library")
        self._state = state
        self._order = Order()
        self._title = label("", "title")
        self._nothing = label("", "dim")
        self._search = self._make_search()
        self._studies = LibraryTable()
        self._table = self._make_table()
        self._open = self._make_button("Open", self._on_open)
        self._queue = self._make_button(_QUEUE, self._on_queue)
        self._forget = self._make_button("Forget…", self._on_forget)
        self._forget_all = self._make_button("Forget all…", self._on_forget_all)
        self._lay_out()
        self.resize(*_SIZE_PX)
        state.changed.connect(self._on_changed)
        self._show()

    @property
    def chosen(self) -> tuple[str, ...]:
        """The studies of the selected rows, from the top."""
        rows = sorted(index.row() for index in self._table.selectionModel().selectedRows())
        return tuple(self._studies.entries[row].study_key for row in rows)

    @property
    def _chosen_wait(self) -> bool:
        """Whether all that is chosen waits in the queue already."""
        queue, chosen = self._state.snapshot.queue, self.chosen
        return bool(chosen) and all(is_waiting(activity_of(queue, key)) for key in chosen)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._search.setFocus()
        self._search.selectAll()
        self._show()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Arrows typed into the search move through the table; Enter opens what is chosen."""
        if isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress:
            if Qt.Key(event.key()) in _TO_TABLE:
                self._table.keyPressEvent(event)
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._on_open()
                return True
        return super().eventFilter(watched, event)

    def _make_search(self) -> QLineEdit:
        search = QLineEdit()
        search.setPlaceholderText("Name, ID, date, description, model or reading")
        search.setAccessibleName("Search the library")
        search.setClearButtonEnabled(True)
        search.textChanged.connect(self._show)
        search.installEventFilter(self)
        return search

    def _make_table(self) -> QTableView:
        table = QTableView()
        table.setModel(self._studies)
        table.setItemDelegate(VoiceDelegate(table))
        table.setAccessibleName("Studies that were opened")
        table.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        table.setIconSize(QSize(PICTURE_PX, PICTURE_PX))
        table.setShowGrid(False)
        table.setTabKeyNavigation(False)
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(_ROW_PX)
        header = table.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
        header.setHighlightSections(False)
        header.setSectionsClickable(True)
        header.setSortIndicatorShown(True)
        header.sectionClicked.connect(self._on_heading_clicked)
        for column, width in enumerate(_COLUMNS_PX):
            table.setColumnWidth(column, width)
        header.setSectionResizeMode(Column.STUDY, QHeaderView.ResizeMode.Stretch)
        table.doubleClicked.connect(self._on_double_clicked)
        table.selectionModel().selectionChanged.connect(self._show_buttons)
        return table

    def _make_button(self, text: str, on_clicked: Callable[[], None]) -> QPushButton:
        button = QPushButton(text)
        button.setAutoDefault(False)
        button.clicked.connect(on_clicked)
        return button

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        for button in (self._open, self._queue):
            buttons.addWidget(button)
        buttons.addWidget(self._nothing, stretch=1)
        for button in (self._forget, self._forget_all):
            buttons.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(12)
        for widget in (self._title, self._search, self._table):
            column.addWidget(widget)
        column.addLayout(buttons)

    def _on_changed(self, old: ReviewSnapshot, new: ReviewSnapshot) -> None:
        names = ("library", "library_pictures", "queue", "hides_identity")
        if self.isVisible() and any(getattr(old, n) is not getattr(new, n) for n in names):
            self._show()

    def _show(self) -> None:
        snapshot, sought = self._state.snapshot, self._search.text()
        hides = snapshot.hides_identity
        found = [e for e in snapshot.library if matches(e, sought, hides_identity=hides)]
        chosen = self.chosen
        self._studies.show_entries(ordered(found, self._order, hides_identity=hides), snapshot)
        self._show_order()
        self._choose_again(chosen)
        self._title.setText(_title(len(found), len(snapshot.library)))
        self._nothing.setText("Nothing found" if snapshot.library and not found else "")
        self._forget_all.setEnabled(bool(snapshot.library))
        self._show_buttons()
        pictured = snapshot.library_pictures
        missing = [e.study_key for e in found[:_MOST_PICTURED] if e.study_key not in pictured]
        if missing and self.isVisible():
            self.pictures_requested.emit(missing)

    def _choose_again(self, chosen: tuple[str, ...]) -> None:
        """Keeps the rows chosen that are still there; of none the first is."""
        if not self._studies.entries or self.chosen:
            return
        keys = [entry.study_key for entry in self._studies.entries]
        first, *more = [keys.index(key) for key in chosen if key in keys] or [0]
        self._table.selectRow(first)
        whole_row = _Selection.Select | _Selection.Rows
        for row in more:
            self._table.selectionModel().select(self._studies.index(row, 0), whole_row)

    def _show_order(self) -> None:
        """Qt's arrow points up for what it calls descending; to most readers down means that."""
        up, down = Qt.SortOrder.DescendingOrder, Qt.SortOrder.AscendingOrder
        arrow = down if self._order.is_descending else up
        self._table.horizontalHeader().setSortIndicator(self._order.column, arrow)

    def _show_buttons(self) -> None:
        n_chosen = len(self.chosen)
        self._queue.setText(_DEQUEUE if self._chosen_wait else _QUEUE)
        self._open.setEnabled(n_chosen == 1)
        for button in (self._queue, self._forget):
            button.setEnabled(n_chosen > 0)

    def _on_double_clicked(self, index: QModelIndex) -> None:
        self._on_open()

    def _on_open(self) -> None:
        if len(self.chosen) == 1:
            self.study_requested.emit(self.chosen[0])
            self.accept()

    def _on_heading_clicked(self, column: int) -> None:
        self._order = self._order.clicked(Column(column))
        self._show()

    def _on_queue(self) -> None:
        if not self._chosen_wait:
            self.queue_requested.emit(list(self.chosen))
            return
        for study_key in self.chosen:
            self.dequeue_requested.emit(study_key)

    def _on_forget(self) -> None:
        chosen = self.chosen
        these = "this study" if len(chosen) == 1 else f"these {len(chosen)} studies"
        question = f"Forget {these}?"
        ask_to_forget(self, question, lambda: self.forgetting_requested.emit(list(chosen)))

    def _on_forget_all(self) -> None:
        ask_to_forget(self, "Forget all studies?", self.forgetting_all_requested.emit)


def _title(n_found: int, n_all: int) -> str:
    if n_all == 0:
        return "No study was opened yet"
    studies = count_text(n_all, "study", "studies")
    return studies if n_found == n_all else f"{n_found:,} of {studies}"
