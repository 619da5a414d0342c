"""A small table of words, its numbers to the right: for what is read once, not sorted."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from pe_viewer.views.style import label


class GridTable(QWidget):
    """``show_rows`` replaces all rows; a row has as many cells as there are heads.

    ``widths_px`` are the least of each column, so that tables below one another stand in line.
    """

    def __init__(self, heads: Sequence[str], widths_px: Sequence[int] = ()) -> None:
        super().__init__()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(24)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnStretch(len(heads), 1)
        for col, width_px in enumerate(widths_px):
            self._grid.setColumnMinimumWidth(col, width_px)
        self._n_cols = len(heads)
        self._rows: tuple[tuple[str, ...], ...] = ()
        for col, head in enumerate(heads):
            self._grid.addWidget(_cell(head, col, "section"), 0, col)

    @property
    def rows(self) -> tuple[tuple[str, ...], ...]:
        return self._rows

    def show_rows(self, rows: Sequence[Sequence[str]], kinds: Sequence[str] = ()) -> None:
        """``kinds`` style the last cell of each row; "dim" where there are none."""
        wanted = tuple(tuple(row) for row in rows)
        if wanted == self._rows:
            return
        self._rows = wanted
        for row in range(1, self._grid.rowCount()):
            for col in range(self._n_cols):
                self._remove(row, col)
        for place, row_cells in enumerate(wanted):
            for col, words in enumerate(row_cells):
                is_last = col == self._n_cols - 1
                kind = (kinds[place] if kinds else "dim") if is_last else "body"
                self._grid.addWidget(_cell(words, col, kind), place + 1, col)

    def _remove(self, row: int, col: int) -> None:
        item = self._grid.itemAtPosition(row, col)
        widget = None if item is None else item.widget()
        if widget is not None:
            self._grid.removeWidget(widget)
            widget.hide()
            widget.deleteLater()


def _cell(words: str, col: int, kind: str) -> QLabel:
    made = label(words, kind)
    side = Qt.AlignmentFlag.AlignRight if col else Qt.AlignmentFlag.AlignLeft
    made.setAlignment(side | Qt.AlignmentFlag.AlignVCenter)
    return made
