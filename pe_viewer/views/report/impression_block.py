"""The impression in the reader's voice, and apart from it what the model says."""

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from pe_viewer.views.style import label, wrapped_label
from pe_viewer.views.typing_text import TypingText

_TEXT_PX: Final = 184
_COMPOSED: Final = "Follows from the fields; type to word it yourself"
_OWN: Final = "Your own wording"
_SIGNED: Final = "As signed"


class ImpressionBlock(QWidget):
    """Asks for another wording (None: that of the fields), or to take the model's words over."""

    wording_requested = Signal(object)
    takeover_requested = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._text = TypingText()
        self._text.setAccessibleName("Impression")
        self._text.setProperty("kind", "reader-text")
        self._text.setFixedHeight(_TEXT_PX)
        self._text.settled.connect(self.wording_requested.emit)
        self._note = label("", "small")
        self._again = _button("Write anew from the fields")
        self._again.clicked.connect(lambda: self.wording_requested.emit(None))
        self._model = QFrame()
        self._model_words = wrapped_label("", "model")
        self._model_note = wrapped_label("", "small")
        self._takeover = _button("Take over")
        self._takeover.setToolTip("Put these words below your impression; the report says so")
        self._takeover.clicked.connect(self.takeover_requested)
        self._lay_out()

    def show_impression(self, text: str, *, is_own: bool) -> None:
        self._text.show_text(text)
        self._note.setText(_OWN if is_own else _COMPOSED)
        self._again.setVisible(is_own)

    def show_model(self, words: str, *, is_taken_over: bool) -> None:
        """What the model says; "" where it says nothing, or must not yet."""
        self._model.setVisible(bool(words))
        self._model_words.setText(words)
        self._model_note.setText(
            "Taken over into your impression" if is_taken_over else "The model's words, not yours"
        )
        self._takeover.setVisible(not is_taken_over)

    def finish(self) -> None:
        """Takes what is being typed."""
        self._text.finish()

    def forget(self) -> None:
        """Drops what is being typed."""
        self._text.forget()

    def set_signed(self, is_signed: bool) -> None:
        """After it the text can be read and copied, and nothing of it changed."""
        self._text.setReadOnly(is_signed)
        if is_signed:
            self._note.setText(_SIGNED)
            self._again.hide()
            self._takeover.hide()

    def _lay_out(self) -> None:
        below = QHBoxLayout()
        below.addWidget(self._note, stretch=1)
        below.addWidget(self._again)
        self._model.setProperty("kind", "model-words")
        of_model = QVBoxLayout(self._model)
        of_model.setContentsMargins(12, 8, 8, 8)
        of_model.setSpacing(4)
        of_model.addWidget(self._model_words)
        foot = QHBoxLayout()
        foot.addWidget(self._model_note, stretch=1)
        foot.addWidget(self._takeover)
        of_model.addLayout(foot)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self._text)
        column.addLayout(below)
        column.addWidget(self._model)


def _button(text: str) -> QPushButton:
    button = QPushButton(text)
    button.setProperty("kind", "small")
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button
