"""A title above rows that come and go together."""

from collections.abc import Iterable

from PySide6.QtWidgets import QVBoxLayout, QWidget

from pe_viewer.views.style import label


class TitledRows(QWidget):
    """Absent while it has no rows."""

    def __init__(self) -> None:
        super().__init__()
        self._title = label("", "section")
        self._drawn: list[QWidget] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 8, 0, 0)
        self._column.setSpacing(4)
        self._column.addWidget(self._title)
        self.hide()

    def draw_rows(self, title: str, rows: Iterable[QWidget]) -> None:
        """These in the place of those before."""
        while self._drawn:
            row = self._drawn.pop()
            self._column.removeWidget(row)
            row.hide()  # deleted when the event loop comes round; not to be seen until then
            row.deleteLater()
        self._title.setText(title)
        for row in rows:
            self._drawn.append(row)
            self._column.addWidget(row)
        self.setVisible(bool(self._drawn))
