"""The reader's comment on one run: shown as text, edited in place."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from pe_viewer.views.leaving import LeavesOnPress
from pe_viewer.views.style import wrapped_label
from pe_viewer.views.typing_line import TypingLine


class CommentLine(QWidget):
    """Takes no room while there is no comment. Enter keeps what was typed, Esc what stood."""

    comment_changed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._comment = ""
        self._is_open = False
        self._text = wrapped_label("", "reader-small")
        self._line = _CommentEdit()
        self._line.setPlaceholderText("Comment")
        self._line.setAccessibleName("Comment on this run")
        self._line.returnPressed.connect(self.finish)
        self._line.left.connect(self._close)
        self._line.interrupted.connect(self._on_interrupted)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._text)
        column.addWidget(self._line)
        self._close()

    def show_comment(self, comment: str) -> None:
        self._comment = comment
        self._text.setText(comment)
        self._text.setVisible(bool(comment) and not self._is_open)

    def edit(self) -> None:
        """Opens for typing, with the comment as it stands."""
        self._is_open = True
        self._line.setText(self._comment)
        self._text.hide()
        self._line.show()
        self._line.setFocus()
        self._line.selectAll()

    def finish(self) -> None:
        """Keeps what was typed; nothing happens where nothing is being typed."""
        if self._is_open:
            self._close()
            self.comment_changed.emit(self._line.text().strip())

    def forget(self) -> None:
        """Drops what is being typed."""
        self._close()

    def _on_interrupted(self) -> None:
        typed = self._line.text().strip()
        if self._is_open and typed != self._comment:
            self.comment_changed.emit(typed)

    def _close(self) -> None:
        self._is_open = False
        self._line.clearFocus()  # else the focus would go to a button, and Space with it
        self._line.hide()
        self._text.setVisible(bool(self._comment))


class _CommentEdit(TypingLine):
    """Going elsewhere in the window is done with typing, as a reader who clicks on expects, also
    on what leaves the focus where it is.

    ``interrupted``: another window came to the front, as one that words are copied from.
    """

    interrupted = Signal()

    def __init__(self) -> None:
        super().__init__()
        LeavesOnPress(self)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        match event.reason():
            case Qt.FocusReason.PopupFocusReason:  # the line's own menu
                pass
            case Qt.FocusReason.ActiveWindowFocusReason:
                self.interrupted.emit()
            case _:
                self.returnPressed.emit()
