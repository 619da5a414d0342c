"""One number of the form: typed, or measured on the slices."""

from PySide6.QtCore import QRegularExpression, Qt, Signal
from PySide6.QtGui import QRegularExpressionValidator
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from pe_viewer.views.leaving import LeavesOnPress
from pe_viewer.views.report.choice_row import TITLE_PX
from pe_viewer.views.style import label, set_kind, wrapped_label
from pe_viewer.views.typing_line import TypingLine

_NUMBER_PX = 72
_NUMBER = QRegularExpression(r"-?\d{0,4}(?:[.,]\d?)?")
"""With either decimal mark, whatever the computer's language is."""


class NumberRow(QWidget):
    """Shows a number with its unit and source; asks for another, or for None where emptied."""

    entered = Signal(object)
    measuring_requested = Signal()

    def __init__(
        self, title: str, unit: str, *, most: float, ruler: QToolButton | None = None
    ) -> None:
        """``ruler`` asks for the measuring, where it can be measured."""
        super().__init__()
        self._most = most
        self._shown = ""
        self._line = TypingLine()
        self._line.setFixedWidth(_NUMBER_PX)
        self._line.setAlignment(Qt.AlignmentFlag.AlignRight)
        self._line.setAccessibleName(f"{title} in {unit}")
        self._line.setValidator(QRegularExpressionValidator(_NUMBER, self._line))
        self._line.editingFinished.connect(self.finish)
        self._line.left.connect(self._on_left)
        LeavesOnPress(self._line)
        self._note = wrapped_label("", "small")
        name = label(title, "dim")
        name.setFixedWidth(TITLE_PX)
        row = QHBoxLayout()
        row.setSpacing(4)
        for widget in (name, self._line, label(unit, "dim")):
            row.addWidget(widget)
        if ruler is not None:
            ruler.clicked.connect(self.measuring_requested)
            row.addWidget(ruler)
        row.addSpacing(8)
        row.addWidget(self._note, stretch=1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(row)

    def show_number(self, value: float | None, source: str, *, digits: int) -> None:
        """``source`` as in ChoiceRow; what is being typed is left alone."""
        self._shown = "" if value is None else f"{value:.{digits}f}"
        self._note.setText(source)
        set_kind(self._line, "known" if source else "entered")
        if not (self._line.hasFocus() and self._line.isModified()):
            self._line.setText(self._shown)

    def finish(self) -> None:
        """Takes what was typed; what is no number, or out of bounds, gives way to what stood."""
        if not self._line.isModified():
            return
        typed = self._line.text().strip()
        value = _number(typed, self._most)
        self._on_left()
        if value is not None or not typed:
            self.entered.emit(value)

    def forget(self) -> None:
        """Drops what is being typed."""
        self._line.setModified(False)

    def _on_left(self) -> None:
        self._line.setText(self._shown)
        self._line.clearFocus()


def _number(text: str, most: float) -> float | None:
    """None for what is no number within the limits."""
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        return None
    return value if abs(value) <= most else None
