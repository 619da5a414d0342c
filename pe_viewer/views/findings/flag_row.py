"""One flagged run: a picture of its peak, where it lies, its score, and the reader's decision."""

from functools import partial
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QImage, QMouseEvent, QPixmap
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QVBoxLayout

from pe_models.findings import Flag
from pe_viewer.display.texts import DECISION_TEXTS, REASON_TEXTS, score_text, where_text
from pe_viewer.review import Decision, DecisionState, RejectionReason
from pe_viewer.state import ReviewState
from pe_viewer.views.elided_label import ElidedLabel
from pe_viewer.views.findings.comment_line import CommentLine
from pe_viewer.views.findings.reason_menu import ReasonMenu
from pe_viewer.views.keyed_tip import KeyedTip
from pe_viewer.views.row_button import row_button
from pe_viewer.views.style import label, set_kind, wrapped_label

_THUMBNAIL_PX: Final = 56
_BUTTONS: Final = (
    (DecisionState.ACCEPTED, "ph.check", "Accept: this is PE"),
    (DecisionState.REJECTED, "ph.x", "Reject, with a reason"),
    (DecisionState.UNSURE, "ph.question", "Unsure"),
)


class FlagRow(QFrame):
    """Shows one Flag with its Decision; asks to go there and to decide."""

    chosen = Signal()
    decision_requested = Signal(object)
    comment_requested = Signal(object, str)

    def __init__(
        self, state: ReviewState, flag: Flag, slices: str, thumbnail: QImage | None
    ) -> None:
        """``slices`` names the run; ``state`` says which key comments."""
        super().__init__()
        self._flag = flag
        self._decision = Decision.on_flag(flag, DecisionState.UNDECIDED)
        self.setProperty("kind", "row")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.where = ElidedLabel("dim")
        self.where.setText(where_text(flag))
        self.where.setVisible(bool(self.where.text()))
        named = ", ".join(part for part in (slices, self.where.text()) if part)
        self.setAccessibleName(f"Flagged run {named}, model score {score_text(flag.score)}")
        self._picture = QLabel()
        self._picture.setFixedSize(_THUMBNAIL_PX, _THUMBNAIL_PX)
        self.show_picture(thumbnail)
        self._state = wrapped_label("", "reader")
        self._buttons = {state: self._button(state, *rest) for state, *rest in _BUTTONS}
        self._comment = CommentLine()
        self._comment.comment_changed.connect(self._on_comment_changed)
        self._lay_out(slices, state)

    def show_picture(self, thumbnail: QImage | None) -> None:
        """The flag's peak; nothing while its slice is not there."""
        if thumbnail is not None:
            self._picture.setPixmap(_pixmap(thumbnail, self.devicePixelRatioF()))

    def show_decision(self, decision: Decision | None, *, is_current: bool) -> None:
        """The reader's word on this run, and whether the slice in view belongs to it."""
        set_kind(self, "row-current" if is_current else "row")
        undecided = Decision.on_flag(self._flag, DecisionState.UNDECIDED)
        self._decision = undecided if decision is None else decision
        state = self._decision.state
        for button_state, button in self._buttons.items():
            button.setChecked(button_state is state)
        reason = None if decision is None else decision.reason
        words = DECISION_TEXTS[state] + (f": {REASON_TEXTS[reason]}" if reason else "")
        set_kind(self._state, "small" if state is DecisionState.UNDECIDED else "reader")
        self._state.setText(words)
        self._comment.show_comment(self._decision.comment)

    def edit_comment(self) -> None:
        self._comment.edit()

    def finish_comment(self) -> None:
        self._comment.finish()

    def forget_comment(self) -> None:
        self._comment.forget()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.chosen.emit()

    def _lay_out(self, slices: str, state: ReviewState) -> None:
        score = label(score_text(self._flag.score), "model")
        head = QHBoxLayout()
        head.addWidget(label(slices, "strong"))
        head.addStretch(1)
        head.addWidget(score)
        foot = QHBoxLayout()
        foot.setSpacing(4)
        foot.addWidget(self._state, stretch=1)
        for button in self._buttons.values():
            foot.addWidget(button)
        foot.addWidget(self._make_comment_button(state))
        words = QVBoxLayout()
        words.setSpacing(4)
        words.addLayout(head)
        words.addWidget(self.where)
        words.addLayout(foot)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self._picture)
        row.addLayout(words, stretch=1)
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 6, 6, 6)
        column.setSpacing(4)
        column.addLayout(row)
        column.addWidget(self._comment)

    def _button(self, state: DecisionState, icon_name: str, tip: str) -> QToolButton:
        button = row_button(icon_name, tip)
        button.setCheckable(True)
        if state is DecisionState.REJECTED:
            button.setMenu(self._make_reasons())
            button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        else:
            button.clicked.connect(partial(self._on_clicked, state))
        return button

    def _make_comment_button(self, state: ReviewState) -> QToolButton:
        button = row_button("ph.chat-text", "Comment")
        KeyedTip(button, state, "comment", "Comment")
        button.clicked.connect(self.edit_comment)
        return button

    def _make_reasons(self) -> ReasonMenu:
        menu = ReasonMenu(self)
        menu.reason_chosen.connect(self._reject)
        return menu

    def _on_clicked(self, state: DecisionState) -> None:
        """Asks for ``state``, or to take it back. The button shows the Review, not the click."""
        is_decided = self._decision.state is state
        self._buttons[state].setChecked(is_decided)
        chosen = DecisionState.UNDECIDED if is_decided else state
        self.decision_requested.emit(Decision.on_flag(self._flag, chosen))

    def _on_comment_changed(self, comment: str) -> None:
        self.comment_requested.emit(self._decision, comment)

    def _reject(self, reason: RejectionReason) -> None:
        rejected = Decision.on_flag(self._flag, DecisionState.REJECTED, reason)
        self.decision_requested.emit(rejected)


def _pixmap(image: QImage, density: float) -> QPixmap:
    """The middle of ``image``, square, with ``density`` pixels of the screen a pixel of the row."""
    side = round(density * _THUMBNAIL_PX)
    fitted = image.scaled(
        side,
        side,
        Qt.AspectRatioMode.KeepAspectRatioByExpanding,
        Qt.TransformationMode.SmoothTransformation,
    )
    left, top = (fitted.width() - side) // 2, (fitted.height() - side) // 2
    pixmap = QPixmap.fromImage(fitted.copy(left, top, side, side))
    pixmap.setDevicePixelRatio(density)
    return pixmap
