"""A table of a sheet: whole rows, no grid, headings at the left."""

from PySide6.QtCore import QAbstractItemModel, Qt
from PySide6.QtWidgets import QTableView


def plain_table(model: QAbstractItemModel, name: str, row_px: int) -> QTableView:
    """``name`` is what a screen reader says."""
    table = QTableView()
    table.setModel(model)
    table.setAccessibleName(name)
    table.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
    table.setShowGrid(False)
    table.setWordWrap(False)
    table.setTabKeyNavigation(False)
    table.verticalHeader().hide()
    table.verticalHeader().setDefaultSectionSize(row_px)
    header = table.horizontalHeader()
    header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
    header.setHighlightSections(False)
    return table
