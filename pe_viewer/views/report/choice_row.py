"""One question with its answers as buttons, at most one of them chosen."""

from collections.abc import Sequence
from enum import StrEnum
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from pe_viewer.views.style import label, set_kind, wrapped_label

TITLE_PX = 76
"""The width of the questions, so that all answers stand below one another."""


class ChoiceRow(QWidget):
    """Shows one answer of several; asks for another, or for None where the chosen is clicked.

    An answer that is known without an entry is drawn with its source below; a click enters it.
    """

    chosen = Signal(object)

    def __init__(self, title: str, choices: Sequence[tuple[StrEnum, str]]) -> None:
        super().__init__()
        self._buttons = {value: self._button(title, value, text) for value, text in choices}
        self._answer: StrEnum | None = None
        self._is_entered = False
        self._note = wrapped_label("", "small")
        name = label(title, "dim")
        name.setFixedWidth(TITLE_PX)
        row = QHBoxLayout()
        row.setSpacing(4)
        row.addWidget(name)
        for button in self._buttons.values():
            row.addWidget(button)
        row.addStretch(1)
        below = QHBoxLayout()
        below.addSpacing(TITLE_PX + 8)
        below.addWidget(self._note, stretch=1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(row)
        column.addLayout(below)

    def show_answer(self, answer: StrEnum | None, source: str) -> None:
        """``source`` says where an answer comes from that the reader did not enter, else ""."""
        self._answer, self._is_entered = answer, not source
        for value, button in self._buttons.items():
            button.setChecked(value is answer)
            set_kind(button, "choice-known" if value is answer and source else "choice")
        self._note.setText(source)
        self._note.setVisible(bool(source))

    def _button(self, title: str, value: StrEnum, text: str) -> QToolButton:
        button = QToolButton()
        button.setText(text)
        button.setCheckable(True)
        button.setProperty("kind", "choice")
        button.setAccessibleName(f"{title}: {text}")
        button.setToolTip(f"{title}: {value}")
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.clicked.connect(partial(self._on_clicked, value))
        return button

    def _on_clicked(self, value: StrEnum) -> None:
        """The button shows the form, not the click."""
        self._buttons[value].setChecked(value is self._answer)
        is_withdrawn = value is self._answer and self._is_entered
        self.chosen.emit(None if is_withdrawn else value)
