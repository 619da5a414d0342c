"""One finding that the reader added: where it lies, its comment, and a way to take it back."""

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QToolButton, QVBoxLayout

from pe_viewer.review import Decision
from pe_viewer.views.findings.comment_line import CommentLine
from pe_viewer.views.icons import SMALL_ICON, icon
from pe_viewer.views.style import label, set_kind


class AddedRow(QFrame):
    """Asks to go there, to remove it, and for another comment."""

    chosen = Signal()
    removal_requested = Signal()
    comment_changed = Signal(str)

    def __init__(self, decision: Decision, place: str) -> None:
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
        for icon_name, tip, answer in (
            ("ph.chat-text", "Comment (Shift+C)", self.edit_comment),
            ("ph.trash", "Remove this finding", self.removal_requested.emit),
        ):
            button = QToolButton()
            button.setProperty("kind", "decision")
            button.setIcon(icon(icon_name))
            button.setIconSize(QSize(SMALL_ICON))
            button.setToolTip(tip)
            button.setAccessibleName(tip)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.clicked.connect(answer)
            head.addWidget(button)
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
