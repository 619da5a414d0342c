"""One finding that the reader added: where it lies, its comment, and a way to take it back."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout

from pe_viewer.review import Decision
from pe_viewer.state import ReviewState
from pe_viewer.views.findings.comment_line import CommentLine
from pe_viewer.views.keyed_tip import KeyedTip
from pe_viewer.views.row_button import row_button
from pe_viewer.views.style import label, set_kind


class AddedRow(QFrame):
    """Asks to go there, to remove it, and for another comment."""

    chosen = Signal()
    removal_requested = Signal()
    comment_changed = Signal(str)

    def __init__(self, state: ReviewState, decision: Decision, place: str) -> None:
        """``state`` says which key comments."""
        super().__init__()
        self.setProperty("kind", "row")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(f"Your finding {place}")
        self._comment = CommentLine()
        self._comment.show_comment(decision.comment)
        self._comment.comment_changed.connect(self.comment_changed)
        head = QHBoxLayout()
        head.setSpacing(4)
        head.addWidget(label(f"+  {place}", "reader"), stretch=1)
        commenting = row_button("ph.chat-text", "Comment")
        commenting.clicked.connect(self.edit_comment)
        KeyedTip(commenting, state, "comment", "Comment")
        removing = row_button("ph.trash", "Remove this finding")
        removing.clicked.connect(self.removal_requested)
        head.addWidget(commenting)
        head.addWidget(removing)
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 6, 6, 6)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(self._comment)

    def edit_comment(self) -> None:
        self._comment.edit()

    def show_current(self, *, is_current: bool) -> None:
        """Whether the slice in view belongs to it."""
        set_kind(self, "row-current" if is_current else "row")

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.chosen.emit()
