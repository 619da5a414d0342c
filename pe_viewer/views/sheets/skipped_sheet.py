"""The files that are in no series, and why: a list that may be long."""

import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtWidgets import QHeaderView, QTableView, QVBoxLayout, QWidget

from pe_models.imaging.study import SkippedFile
from pe_viewer.display.texts import count_text
from pe_viewer.state import ReviewSnapshot, ReviewState
from pe_viewer.views.screen_room import Sheet
from pe_viewer.views.sheets.plain_table import plain_table
from pe_viewer.views.style import label

_SIZE_PX: Final = (720, 480)
_ROW_PX: Final = 24
_MOST_REASONS: Final = 4

AnyIndex = QModelIndex | QPersistentModelIndex
_TOP: Final = QModelIndex()


class SkippedSheet(Sheet):
    """Follows the last scan while it is open."""

    def __init__(self, state: ReviewState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Skipped files")
        self._title = label("", "title")
        self._summary = label("", "dim")
        self._summary.setWordWrap(True)
        self._files = SkippedFiles()
        self._table = self._make_table()
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 24)
        column.setSpacing(8)
        for widget in (self._title, self._summary, self._table):
            column.addWidget(widget)
        self.resize(*_SIZE_PX)
        state.changed.connect(self._on_changed)
        self._show(state.snapshot)

    def _make_table(self) -> QTableView:
        table = plain_table(self._files, "Skipped files", _ROW_PX)
        header = table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        return table

    def _on_changed(self, old: ReviewSnapshot, new: ReviewSnapshot) -> None:
        if old.skipped is not new.skipped or old.hides_identity != new.hides_identity:
            self._show(new)

    def _show(self, snapshot: ReviewSnapshot) -> None:
        """Reasons always; names of files may be names of patients, and go with their identity."""
        skipped = snapshot.skipped
        count = count_text(len(skipped), "file skipped", "files skipped")
        self._title.setText(count if skipped else "No file was skipped")
        self._summary.setText(reasons_text(skipped))
        self._files.show_files(() if snapshot.hides_identity else skipped)


class SkippedFiles(QAbstractTableModel):
    """One file a row: its path below the folder that holds all of them, and its reason."""

    _HEADINGS: Final = ("File", "Reason")

    def __init__(self) -> None:
        super().__init__()
        self._files: tuple[SkippedFile, ...] = ()
        self._folder = ""

    def show_files(self, skipped: Sequence[SkippedFile]) -> None:
        self.beginResetModel()
        self._files = tuple(skipped)
        self._folder = common_folder([file.path for file in skipped])
        self.endResetModel()

    def rowCount(self, parent: AnyIndex = _TOP) -> int:
        return 0 if parent.isValid() else len(self._files)

    def columnCount(self, parent: AnyIndex = _TOP) -> int:
        return 0 if parent.isValid() else len(self._HEADINGS)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> str | None:
        file = self._files[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            named = os.path.relpath(file.path, self._folder) if self._folder else str(file.path)
            return (named, file.reason)[index.column()]
        if role == Qt.ItemDataRole.ToolTipRole:
            return (str(file.path), file.reason)[index.column()]
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> str | None:
        is_shown = orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole
        return self._HEADINGS[section] if is_shown else None


def reasons_text(skipped: Sequence[SkippedFile]) -> str:
    """``not a DICOM file: 10, empty: 2``: the commonest reasons, each with its count."""
    counts = Counter(file.reason for file in skipped).most_common()
    shown = [f"{reason}: {count:,}" for reason, count in counts[:_MOST_REASONS]]
    others = sum(count for _, count in counts[_MOST_REASONS:])
    return ", ".join((*shown, f"others: {others:,}") if others else shown)


def common_folder(paths: Sequence[Path]) -> str:
    """The folder that holds all ``paths``; "" where there is none."""
    try:
        return os.path.commonpath([path.parent for path in paths])
    except ValueError:  # none at all, or on several drives
        return ""
