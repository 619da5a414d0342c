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
    """Shows one Decision of the reader's own; asks to go there, to remove it, to comment on it."""

    chosen = Signal()
    removal_requested = Signal(object)
    comment_requested = Signal(object, str)

    def __init__(self, state: ReviewState, decision: Decision, place: str) -> None:
        """``state`` says which key comments."""
        super().__init__()
        self._decision = decision
        self.setProperty("kind", "row")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(f"Your finding {place}")
        self._comment = CommentLine()
        self._comment.comment_changed.connect(self._on_comment_changed)
        head = QHBoxLayout()
        head.setSpacing(4)
        head.addWidget(label(f"+  {place}", "reader"), stretch=1)
        commenting = row_button("ph.chat-text", "Comment")
        commenting.clicked.connect(self.edit_comment)
        KeyedTip(commenting, state, "comment", "Comment")
        removing = row_button("ph.trash", "Remove this finding")
        removing.clicked.connect(self._on_removing_clicked)
        head.addWidget(commenting)
        head.addWidget(removing)
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 6, 6, 6)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(self._comment)

    def edit_comment(self) -> None:
        self._comment.edit()

    def finish_comment(self) -> None:
        self._comment.finish()

    def forget_comment(self) -> None:
        self._comment.forget()

    def show_decision(self, decision: Decision, *, is_current: bool) -> None:
        """The same run, its comment as it is now; whether the slice in view belongs to it."""
        self._decision = decision
        self._comment.show_comment(decision.comment)
        set_kind(self, "row-current" if is_current else "row")

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.chosen.emit()

    def _on_removing_clicked(self) -> None:
        self.removal_requested.emit(self._decision)

    def _on_comment_changed(self, comment: str) -> None:
        self.comment_requested.emit(self._decision, comment)
