"""The consistency check: what does not fit, and the reader's reason where it is meant so."""

from collections.abc import Mapping
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from pe_viewer.display.texts import count_text
from pe_viewer.draft.rules import Breach, Severity
from pe_viewer.form.ctpa_form import Override
from pe_viewer.views.leaving import LeavesOnPress
from pe_viewer.views.style import label, set_kind, wrapped_label
from pe_viewer.views.typing_line import TypingLine

_MARKS: Final = {
    Severity.CONFLICT: ("■", "bad", "Contradiction"),
    Severity.DOUBT: ("▲", "body", "Doubt"),
    Severity.NOTE: ("•", "dim", "Note"),
}
"""Shape, kind and name of each severity."""


class CheckList(QWidget):
    """Draws breaches, the gravest first; asks to keep a reason against one, "" to drop it.

    ``reason_begun`` gives the words of one that is no reason yet, when its line is left.
    """

    override_requested = Signal(object, str)
    reason_begun = Signal(object, str)

    def __init__(self) -> None:
        super().__init__()
        self._title = label("", "strong")
        self._rows: dict[str, BreachRow] = {}
        self._list = QVBoxLayout(self)
        self._list.setContentsMargins(0, 0, 0, 0)
        self._list.setSpacing(4)
        self._list.addWidget(self._title)

    def show_breaches(
        self,
        breaches: tuple[Breach, ...],
        overrides: dict[Breach, Override],
        *,
        begun: Mapping[str, str],
        is_signed: bool,
    ) -> None:
        """Rows stay while their rule is broken, whatever it says, so that a reason being typed is
        not lost; a row that comes anew shows what was ``begun`` against its ``rule_id``."""
        n_open = sum(b.severity is not Severity.NOTE and b not in overrides for b in breaches)
        points = count_text(n_open, "open point", "open points")
        stands = "stood" if is_signed else "stands"
        self._title.setText(points if n_open else f"Nothing {stands} against signing")
        for rule_id in set(self._rows) - {breach.rule_id for breach in breaches}:
            self._drop(self._rows.pop(rule_id))
        for place, breach in enumerate(breaches, start=1):
            if breach.rule_id not in self._rows:
                self._rows[breach.rule_id] = self._make_row(breach, begun.get(breach.rule_id, ""))
            self._list.insertWidget(place, self._rows[breach.rule_id])
            self._rows[breach.rule_id].show_breach(breach, overrides.get(breach))

    def finish(self) -> None:
        """Gives what is being typed as begun: it is kept, but is no reason unasked."""
        for row in self._rows.values():
            row.finish()

    def forget(self) -> None:
        """Drops reasons that are being typed, with their rows."""
        for rule_id in tuple(self._rows):
            self._drop(self._rows.pop(rule_id))

    def _make_row(self, breach: Breach, begun: str) -> "BreachRow":
        row = BreachRow(breach, begun)
        row.override_requested.connect(self.override_requested)
        row.reason_begun.connect(self.reason_begun)
        return row

    def _drop(self, row: "BreachRow") -> None:
        row.forget()
        self._list.removeWidget(row)
        row.hide()
        row.deleteLater()


class BreachRow(QFrame):
    """One breach with its words, and the line for a reason."""

    override_requested = Signal(object, str)
    reason_begun = Signal(object, str)

    def __init__(self, breach: Breach, begun: str) -> None:
        """``begun`` is a reason that was half typed; its line is open, "" where there is none."""
        super().__init__()
        self._override: Override | None = None
        shape, kind, name = _MARKS[breach.severity]
        self._mark, self._words = label(shape, kind), wrapped_label("")
        self._mark.setToolTip(name)
        self._reason = wrapped_label("", "reader-small")
        self._line = TypingLine()
        self._line.setText(begun)
        self._line.setPlaceholderText("Reason, then Enter")
        LeavesOnPress(self._line)
        self._line.editingFinished.connect(self.finish)
        self._line.returnPressed.connect(self._on_return_pressed)
        self._line.left.connect(self._line.hide)
        self._button = QPushButton()
        self._button.setProperty("kind", "small")
        self._button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._button.clicked.connect(self._on_clicked)
        self._lay_out()
        self._line.setVisible(bool(begun))
        self.show_breach(breach, None)

    def show_breach(self, breach: Breach, override: Override | None) -> None:
        """What the rule says by now, and the reason against it, where there is one."""
        self._breach, self._override = breach, override
        self.setAccessibleName(f"{_MARKS[breach.severity][2]}: {breach.words}")
        self._words.setText(breach.words)
        self._line.setAccessibleName(f"Reason to sign in spite of: {breach.words}")
        set_kind(self._words, "dim" if override is not None else "body")
        self._reason.setText("" if override is None else f"Overridden: {override.reason}")
        self._reason.setVisible(override is not None)
        self._button.setText("Override…" if override is None else "Take back")
        self._button.setVisible(self._breach.severity is not Severity.NOTE)
        if override is not None:
            self._line.hide()

    def finish(self) -> None:
        """Gives what is being typed as begun; nothing happens where nothing is being typed."""
        if self._line.isModified():
            self._line.setModified(False)
            self.reason_begun.emit(self._breach, self._line.text().strip())

    def forget(self) -> None:
        """Drops what is being typed."""
        self._line.setModified(False)

    def _lay_out(self) -> None:
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
            self.forget()  # it is no longer begun, but given
            self.override_requested.emit(self._breach, self._line.text())
