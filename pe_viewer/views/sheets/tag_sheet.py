"""Everything that the file of the slice in view says of itself, to be searched and copied."""

from typing import Final

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QPersistentModelIndex,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from pe_viewer.display.tags import TagRow, rows_with
from pe_viewer.display.texts import count_text, slice_of_text
from pe_viewer.state import ReviewSnapshot, ReviewState
from pe_viewer.views.screen_room import Sheet
from pe_viewer.views.sheets.plain_table import plain_table
from pe_viewer.views.style import label, plain_tip

_SIZE_PX: Final = (860, 640)
_ROW_PX: Final = 24
_COLUMNS_PX: Final = (130, 260, 44)
_FOLLOW_MS: Final = 150
_INDENT: Final = "    "

AnyIndex = QModelIndex | QPersistentModelIndex
_TOP: Final = QModelIndex()


class TagSheet(Sheet):
    """Draws the tags of the snapshot; while it is open, asks for those of the slice in view."""

    tags_requested = Signal()

    def __init__(self, state: ReviewState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("DICOM tags")
        self._state = state
        self._title = label("", "title")
        self._message = label("", "dim")
        self._message.setWordWrap(True)
        self._search = QLineEdit()
        self._search.setPlaceholderText("Tag, name or value")
        self._search.setAccessibleName("Search the tags")
        self._search.setClearButtonEnabled(True)
        self._search.textChanged.connect(self._show)
        self._tags = TagTable()
        self._table = self._make_table()
        self._copy = QPushButton("Copy")
        self._copy.setToolTip("Copy the selected rows as text, or all that are shown (Ctrl+C)")
        self._copy.setAutoDefault(False)
        self._copy.clicked.connect(self.copy)
        QShortcut(QKeySequence(QKeySequence.StandardKey.Copy), self._table, self.copy)
        self._following = QTimer(self)
        self._following.setSingleShot(True)
        self._following.setInterval(_FOLLOW_MS)
        self._following.timeout.connect(self.tags_requested)
        self._lay_out()
        self.resize(*_SIZE_PX)
        state.changed.connect(self._on_changed)

    def copy(self) -> None:
        """Puts the selected rows on the clipboard, or all that are shown where none is."""
        hides = self._state.snapshot.hides_identity
        chosen = sorted(index.row() for index in self._table.selectionModel().selectedRows())
        rows = [self._tags.rows[row] for row in chosen] or self._tags.rows
        QGuiApplication.clipboard().setText(
            "\n".join(row.as_text(hides_identity=hides) for row in rows)
        )

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._search.setFocus()
        self.tags_requested.emit()
        self._show()

    def _make_table(self) -> QTableView:
        table = plain_table(self._tags, "DICOM tags", _ROW_PX)
        header = table.horizontalHeader()
        for column, width in enumerate(_COLUMNS_PX):
            table.setColumnWidth(column, width)
        header.setSectionResizeMode(len(_COLUMNS_PX), QHeaderView.ResizeMode.Stretch)
        return table

    def _lay_out(self) -> None:
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(self._search, stretch=1)
        line.addWidget(self._copy)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 24)
        column.setSpacing(8)
        column.addWidget(self._title)
        column.addWidget(self._message)
        column.addLayout(line)
        column.addWidget(self._table)

    def _on_changed(self, old: ReviewSnapshot, new: ReviewSnapshot) -> None:
        if not self.isVisible():
            return
        if old.slice_index != new.slice_index or old.series is not new.series:
            self._following.start()
        if old.tags is not new.tags or old.hides_identity != new.hides_identity:
            self._show()

    def _show(self) -> None:
        snapshot = self._state.snapshot
        tags, series, hides = snapshot.tags, snapshot.series, snapshot.hides_identity
        rows = [] if tags is None else tags.rows
        found = rows_with(rows, self._search.text(), hides_identity=hides)
        self._tags.show_rows(found, hides_identity=hides)
        if tags is None or series is None or tags.slice_index >= series.n_slices:
            self._title.setText("Open a study first" if series is None else "Reading the header")
        else:
            number = series.slices[tags.slice_index].instance_number
            name = slice_of_text(tags.slice_index, number, series.n_slices)
            self._title.setText(f"{name}  {count_text(len(found), 'tag', 'tags')}")
        self._message.setText("" if tags is None else tags.message)
        self._message.setVisible(bool(self._message.text()))
        self._copy.setEnabled(bool(found))


class TagTable(QAbstractTableModel):
    """One element a row; those of a sequence stand further in."""

    _HEADINGS: Final = ("Tag", "Name", "VR", "Value")

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[TagRow] = []
        self._hides_identity = False

    def show_rows(self, rows: list[TagRow], *, hides_identity: bool) -> None:
        self.beginResetModel()
        self.rows = rows
        self._hides_identity = hides_identity
        self.endResetModel()

    def rowCount(self, parent: AnyIndex = _TOP) -> int:
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: AnyIndex = _TOP) -> int:
        return 0 if parent.isValid() else len(self._HEADINGS)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> str | None:
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return None
        row = self.rows[index.row()]
        value = row.shown_value(hides_identity=self._hides_identity)
        words = (_INDENT * row.depth + row.tag, row.name, row.vr, value)[index.column()]
        return (plain_tip(words) if role == Qt.ItemDataRole.ToolTipRole else words) or None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> str | None:
        is_shown = orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole
        return self._HEADINGS[section] if is_shown else None
