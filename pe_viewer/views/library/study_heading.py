"""The head of one study in the list: whose it is, when it was made, what became of it."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from pe_models.imaging.study import Study
from pe_viewer.display.texts import IDENTITY_HIDDEN, date_text, person_name
from pe_viewer.library.entry import BadgeKind, LibraryEntry, ReadingStage
from pe_viewer.state import Activity
from pe_viewer.views.breaking_label import BreakingLabel
from pe_viewer.views.icons import SMALL_ICON, icon
from pe_viewer.views.library.library_text import STAGE_TEXTS, badge_line, is_waiting, queue_text
from pe_viewer.views.style import set_kind, wrapped_label


class StudyHeading(QWidget):
    """Draws a Study with its LibraryEntry and its place in the queue."""

    queue_requested = Signal()
    dequeue_requested = Signal()

    def __init__(self, study: Study, *, hides_identity: bool) -> None:
        super().__init__()
        name = IDENTITY_HIDDEN if hides_identity else person_name(study.patient.name) or "No name"
        date = "" if hides_identity else date_text(study.date)
        self._model = wrapped_label("", "small")
        self._reading = wrapped_label("", "reader-small")
        self._queue = self._make_button("ph.queue", "Analyse in the background")
        self._queue.clicked.connect(self.queue_requested)
        self._dequeue = self._make_button("ph.x", "Take out of the queue")
        self._dequeue.clicked.connect(self.dequeue_requested)
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 0, 0, 4)
        column.setSpacing(0)
        column.addWidget(BreakingLabel(name, "strong"))
        about = "  ".join(part for part in (date, study.description) if part)
        column.addWidget(BreakingLabel(about, "small"))
        column.addLayout(self._make_line())
        column.addWidget(self._reading)
        self.show_entry(None, None, may_queue=False)

    def show_entry(
        self, entry: LibraryEntry | None, activity: Activity | None, *, may_queue: bool
    ) -> None:
        """``activity`` in the queue, None where it is in none; ``may_queue`` where it could be."""
        badge = None if entry is None else entry.badge
        waiting = queue_text(activity)
        waits = is_waiting(activity)
        self._show_words(self._model, waiting or ("" if entry is None else badge_line(badge)))
        is_flagged = badge is not None and badge.kind is BadgeKind.FLAGGED and not waiting
        set_kind(self._model, "model-small" if is_flagged else "small")
        has_begun = entry is not None and entry.stage is not ReadingStage.OPENED
        stage = STAGE_TEXTS[entry.stage] if entry is not None and has_begun else ""
        self._show_words(self._reading, stage[:1].upper() + stage[1:])
        self._queue.setVisible(may_queue and badge is None and not waits)
        self._dequeue.setVisible(waits)

    def _make_line(self) -> QHBoxLayout:
        line = QHBoxLayout()
        line.setSpacing(4)
        line.addWidget(self._model, stretch=1)
        line.addStretch()  # keeps a button at its end where there are no words
        line.addWidget(self._queue)
        line.addWidget(self._dequeue)
        return line

    @staticmethod
    def _make_button(icon_name: str, tip: str) -> QToolButton:
        button = QToolButton()
        button.setIcon(icon(icon_name))
        button.setIconSize(SMALL_ICON)
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        return button

    @staticmethod
    def _show_words(words: QLabel, text: str) -> None:
        words.setText(text[:1].upper() + text[1:])
        words.setVisible(bool(text))
