"""The consistency check: what does not fit, and the reader's reason where it is meant so."""

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from pe_viewer.display.texts import count_text
from pe_viewer.draft.rules import Breach, Severity
from pe_viewer.form.ctpa_form import Override
from pe_viewer.views.style import label, set_kind, wrapped_label
from pe_viewer.views.typing_line import TypingLine

_MARKS: Final = {
    Severity.CONFLICT: ("■", "bad", "Contradiction"),
    Severity.DOUBT: ("▲", "body", "Doubt"),
    Severity.NOTE: ("•", "dim", "Note"),
}
"""Shape, kind and name of each severity."""


class CheckList(QWidget):
    """Draws breaches, the gravest first; asks to keep a reason against one, "" to drop it."""

    override_requested = Signal(object, str)

    def __init__(self) -> None:
        super().__init__()
        self._title = label("", "strong")
        self._rows: dict[Breach, BreachRow] = {}
        self._list = QVBoxLayout(self)
        self._list.setContentsMargins(0, 0, 0, 0)
        self._list.setSpacing(4)
        self._list.addWidget(self._title)

    def show_breaches(
        self,
        breaches: tuple[Breach, ...],
        overrides: dict[Breach, Override],
        *,
        is_signed: bool = False,
    ) -> None:
        """Rows stay where their breach stays, so that a reason being typed is not lost."""
        n_open = sum(b.severity is not Severity.NOTE and b not in overrides for b in breaches)
        points = count_text(n_open, "open point", "open points")
        stands = "stood" if is_signed else "stands"
        self._title.setText(points if n_open else f"Nothing {stands} against signing")
        for breach in set(self._rows) - set(breaches):
            self._drop(self._rows.pop(breach))
        for place, breach in enumerate(breaches, start=1):
            if breach not in self._rows:
                self._rows[breach] = self._make_row(breach)
            self._list.insertWidget(place, self._rows[breach])
            self._rows[breach].show_override(overrides.get(breach))

    def forget(self) -> None:
        """Drops reasons that are being typed, with their rows."""
        for breach in tuple(self._rows):
            self._drop(self._rows.pop(breach))

    def _make_row(self, breach: Breach) -> "BreachRow":
        row = BreachRow(breach)
        row.override_requested.connect(self.override_requested)
        return row

    def _drop(self, row: "BreachRow") -> None:
        self._list.removeWidget(row)
        row.hide()
        row.deleteLater()


class BreachRow(QFrame):
    """One breach with its words, and the line for a reason."""

    override_requested = Signal(object, str)

    def __init__(self, breach: Breach) -> None:
        super().__init__()
        self._breach = breach
        self._override: Override | None = None
        shape, kind, name = _MARKS[breach.severity]
        self.setAccessibleName(f"{name}: {breach.words}")
        self._mark, self._words = label(shape, kind), wrapped_label(breach.words)
        self._mark.setToolTip(name)
        self._reason = wrapped_label("", "reader-small")
        self._line = TypingLine()
        self._line.setPlaceholderText("Reason, then Enter")
        self._line.setAccessibleName(f"Reason to sign in spite of: {breach.words}")
        self._line.returnPressed.connect(self._on_return_pressed)
        self._line.left.connect(self._line.hide)
        self._button = QPushButton()
        self._button.setProperty("kind", "small")
        self._button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._button.clicked.connect(self._on_clicked)
        self._lay_out()
        self.show_override(None)

    def show_override(self, override: Override | None) -> None:
        self._override = override
        set_kind(self._words, "dim" if override is not None else "body")
        self._reason.setText("" if override is None else f"Overridden: {override.reason}")
        self._reason.setVisible(override is not None)
        self._button.setText("Override…" if override is None else "Take back")
        self._button.setVisible(self._breach.severity is not Severity.NOTE)
        if override is not None:
            self._line.hide()

    def _lay_out(self) -> None:
        self._line.hide()
        head = QHBoxLayout()
        head.setSpacing(6)
        top = Qt.AlignmentFlag.AlignTop
        head.addWidget(self._mark, alignment=top)
        head.addWidget(self._words, stretch=1)
        head.addWidget(self._button, alignment=top)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 2, 0, 2)
        column.setSpacing(2)
        column.addLayout(head)
        column.addWidget(self._reason)
        column.addWidget(self._line)

    def _on_clicked(self) -> None:
        if self._override is not None:
            self.override_requested.emit(self._breach, "")
        else:
            self._line.show()
            self._line.setFocus()

    def _on_return_pressed(self) -> None:
        if self._line.text().strip():
            self.override_requested.emit(self._breach, self._line.text())
