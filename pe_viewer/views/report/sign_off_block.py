"""Who signs, what they had looked at, and what is added after."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from pe_viewer.display.coverage import changes_since_first_read
from pe_viewer.display.texts import count_text
from pe_viewer.draft.rules import Draft
from pe_viewer.draft.sign_off_words import addendum_text, signed_text, viewed_text
from pe_viewer.draft.words import words_of
from pe_viewer.form.answers import Language
from pe_viewer.views.style import wrapped_label
from pe_viewer.views.typing_line import TypingLine
from pe_viewer.views.typing_text import TypingText

_ADDENDUM_PX = 64
_WORDS = words_of(Language.ENGLISH)


class SignOffBlock(QWidget):
    """Asks to sign under a name; once signed, to add words.

    ``addendum_begun`` gives the words of one that nobody has added yet, when typing pauses.
    """

    signing_requested = Signal(str)
    addendum_requested = Signal(str, str)
    addendum_begun = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._coverage = wrapped_label("", "dim")
        self._signed = wrapped_label("", "reader")
        self._addenda = wrapped_label("", "reader")
        self._name = TypingLine()
        self._name.setPlaceholderText("Your name")
        self._name.setAccessibleName("Name of the reader who signs")
        self._name.textChanged.connect(self._on_text_changed)
        self._name.left.connect(self._name.clearFocus)
        self._sign = _button("Sign")
        self._sign.clicked.connect(lambda: self.signing_requested.emit(self._name.text()))
        self._text = TypingText()
        self._text.setAccessibleName("Addendum")
        self._text.setPlaceholderText("Addendum")
        self._text.setFixedHeight(_ADDENDUM_PX)
        self._text.settled.connect(self.addendum_begun)
        self._add = _button("Add to the report")
        self._add.clicked.connect(self._on_add_clicked)
        self._text.textChanged.connect(self._on_text_changed)
        self._is_ready = False
        self._n_addenda = 0
        self._lay_out()
        self._on_text_changed()

    def show_draft(self, draft: Draft, reader_name: str, refusal: str) -> None:
        """``refusal`` is why it cannot be signed but for the name; "" where it can."""
        signed = draft.review.sign_off
        self._coverage.setText(_coverage_text(draft))
        self._signed.setText("" if signed is None else signed_text(signed, _WORDS))
        addenda = () if signed is None else signed.addenda
        self._addenda.setText("\n\n".join(addendum_text(a, _WORDS) for a in addenda))
        self._signed.setVisible(signed is not None)
        self._addenda.setVisible(bool(addenda))
        if len(addenda) > self._n_addenda:
            self.forget()
        self._n_addenda = len(addenda)
        self._text.show_text(draft.review.begun_addendum)
        self._text.setVisible(signed is not None)
        self._add.setVisible(signed is not None)
        self._sign.setVisible(signed is None)
        if reader_name and not self._name.isModified():
            self._name.setText(reader_name)
        self._is_ready = not refusal
        self._sign.setToolTip(refusal or "Lock form and decisions under your name")
        self._on_text_changed()

    def finish(self) -> None:
        """Gives what is being typed as an addendum: it is kept, but not added unasked."""
        self._text.finish()

    def forget(self) -> None:
        """Drops what was typed as an addendum: it was added, or is of a study that has gone."""
        self._text.clear()
        self._text.forget()

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self._name, stretch=1)
        row.addWidget(self._sign)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        for widget in (self._coverage, self._signed, self._addenda, self._text):
            column.addWidget(widget)
        column.addLayout(row)
        column.addWidget(self._add, alignment=Qt.AlignmentFlag.AlignRight)

    def _on_text_changed(self) -> None:
        has_name = bool(self._name.text().strip())
        self._sign.setEnabled(self._is_ready and has_name)
        self._add.setEnabled(has_name and bool(self._text.toPlainText().strip()))

    def _on_add_clicked(self) -> None:
        """The words stay until they are part of the report: it may be refused."""
        self.addendum_requested.emit(self._name.text(), self._text.toPlainText())


def _coverage_text(draft: Draft) -> str:
    signed = draft.review.sign_off
    n_viewed = draft.coverage.n_viewed if signed is None else signed.n_viewed
    viewed = viewed_text(n_viewed, draft.coverage.n_slices, _WORDS)
    if draft.review.first_read is None:
        return viewed
    added, removed, accepted = changes_since_first_read(draft.review)
    return (
        f"{viewed}\nSince the first read: {count_text(added, 'finding', 'findings')} added, "
        f"{removed} removed, {count_text(accepted, 'flag', 'flags')} accepted"
    )


def _button(text: str) -> QPushButton:
    button = QPushButton(text)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button
