"""Check this installation: one button, a green or red card, and the history."""

from typing import Final

from PySide6.QtCore import QMargins, Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QVBoxLayout, QWidget

from pe_viewer.display.check_texts import (
    CARD_HEADS,
    HISTORY_HEADS,
    card_rows,
    history_row,
    kind_of,
    verdict_text,
)
from pe_viewer.training_state import CheckView, TrainingSnapshot, TrainingState
from pe_viewer.views.grid_table import GridTable
from pe_viewer.views.scrolled import scrolled
from pe_viewer.views.style import label, set_kind, wrapped_label

_MOST_ROWS: Final = 14
_MARGINS: Final = QMargins(24, 20, 24, 20)


class RetrainCheckPage(QWidget):
    """Draws the last check of this machine and those before."""

    check_requested = Signal()
    cancel_requested = Signal()

    def __init__(self, state: TrainingState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.check, self.cancel = QPushButton("Check now"), QPushButton("Cancel")
        self.bar, self.message = QProgressBar(), wrapped_label("", "bad")
        self.bar.setTextVisible(False)
        self.verdict, self.about = label("", "title"), label("", "dim")
        self.card, self.problems = GridTable(CARD_HEADS), wrapped_label("", "bad")
        self.history_title = label("Earlier checks", "section")
        self.history = GridTable(HISTORY_HEADS)
        self._place()
        self.check.clicked.connect(self.check_requested)
        self.cancel.clicked.connect(self.cancel_requested)
        state.changed.connect(self._on_changed)
        self._show(state.snapshot.check)

    def _place(self) -> None:
        column = QVBoxLayout()
        column.setSpacing(12)
        column.addWidget(label("Check this installation", "headline"))
        column.addWidget(
            wrapped_label(
                "Six shipped phantoms go through the whole pipeline, and what it says is compared "
                "with stored results, as a physicist checks a scanner with a phantom. It takes a "
                "minute or two; the window stays free.",
                "dim",
            )
        )
        buttons = QHBoxLayout()
        buttons.addWidget(self.check)
        buttons.addWidget(self.cancel)
        buttons.addStretch(1)
        column.addLayout(buttons)
        for widget in (self.bar, self.message, self.verdict, self.about, self.card):
            column.addWidget(widget)
        for widget in (self.problems, self.history_title, self.history):
            column.addWidget(widget)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scrolled(column, margins=_MARGINS))

    def _on_changed(self, old: TrainingSnapshot, new: TrainingSnapshot) -> None:
        if old.check != new.check:
            self._show(new.check)

    def _show(self, check: CheckView) -> None:
        self.check.setEnabled(not check.is_running)
        self.cancel.setVisible(check.is_running)
        self.bar.setVisible(check.is_running)
        self.bar.setRange(0, check.total)
        self.bar.setValue(check.done)
        self.message.setText(check.message)
        self.message.setVisible(bool(check.message))
        self._show_card(check)
        earlier = check.cards[-2::-1][:_MOST_ROWS]
        self.history.show_rows([history_row(c) for c in earlier], [kind_of(c) for c in earlier])
        self.history_title.setVisible(bool(earlier))
        self.history.setVisible(bool(earlier))

    def _show_card(self, check: CheckView) -> None:
        card = check.cards[-1] if check.cards else None
        for part in (self.verdict, self.about, self.card):
            part.setVisible(card is not None)
        self.problems.setVisible(card is not None and bool(card.problems))
        if card is None:
            return
        kind = kind_of(card)
        set_kind(self.verdict, "title" if kind == "dim" else f"{kind}-title")
        self.verdict.setText(verdict_text(card))
        when = card.time[:16].replace("T", " ")
        self.about.setText(f"{card.bundle} on {card.device}, {when} UTC, {card.software}")
        self.card.show_rows(card_rows(card))
        self.problems.setText("\n".join(card.problems))
