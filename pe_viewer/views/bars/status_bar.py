"""The bottom line: the notice always, what was skipped, what is running, a word to the reader."""

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QToolButton, QWidget

from pe_models import NOTICE
from pe_viewer.display.texts import count_text, headers_text, time_left_text
from pe_viewer.state import Activity, Phase, ReviewSnapshot, ReviewState
from pe_viewer.views.elided_label import ElidedLabel
from pe_viewer.views.icons import icon
from pe_viewer.views.keyed_tip import KeyedTip
from pe_viewer.views.library.library_text import queue_line
from pe_viewer.views.style import label, set_kind


class StatusBar(QWidget):
    """Draws the activities of the snapshot; asks to cancel, and for the files that were skipped."""

    cancel_requested = Signal()
    skipped_requested = Signal()

    def __init__(self, state: ReviewState) -> None:
        super().__init__()
        self.setObjectName("status_bar")
        self._notice = label(NOTICE, "notice")
        self._skipped = QToolButton()
        self._skipped.setProperty("kind", "small")
        KeyedTip(self._skipped, state, "skipped_sheet")
        self._skipped.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._skipped.clicked.connect(self.skipped_requested)
        self._word = ElidedLabel("small")
        self._activity = ElidedLabel("small")
        self._activity.setAlignment(Qt.AlignmentFlag.AlignRight)
        self._bar = QProgressBar()
        self._bar.setFixedWidth(120)
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName("Progress")
        self._cancel = QToolButton()
        self._cancel.setIcon(icon("ph.x"))
        self._cancel.setIconSize(QSize(12, 12))
        KeyedTip(self._cancel, state, "cancel", "Cancel")
        self._cancel.setAccessibleName("Cancel")
        self._cancel.clicked.connect(self.cancel_requested)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 0, 8, 0)
        row.setSpacing(8)
        row.addWidget(self._notice)
        row.addWidget(self._skipped)
        row.addWidget(self._word)
        row.addWidget(self._activity, stretch=1)
        row.addWidget(self._bar)
        row.addWidget(self._cancel)
        state.changed.connect(self._on_changed)
        self._show(state.snapshot)
        self._show_skipped(state.snapshot)

    def _on_changed(self, old: ReviewSnapshot, new: ReviewSnapshot) -> None:
        if old.skipped is not new.skipped:
            self._show_skipped(new)
        is_same = old.notice == new.notice and old.queue is new.queue
        if not is_same or _activities(old) != _activities(new):
            self._show(new)

    def _show_skipped(self, snapshot: ReviewSnapshot) -> None:
        count = len(snapshot.skipped)
        self._skipped.setVisible(count > 0)
        self._skipped.setText(count_text(count, "file skipped", "files skipped"))

    def _show(self, snapshot: ReviewSnapshot) -> None:
        self._word.setText(snapshot.notice)
        running = next((a for a in _shown_here(snapshot) if a.is_running), None)
        failed = next((a for a in _activities(snapshot) if a.phase is Phase.FAILED), None)
        self._bar.setVisible(running is not None)
        self._cancel.setVisible(running is not None)
        if running is not None:
            self._bar.setValue(round(100 * running.fraction))
            set_kind(self._activity, "small")
            self._activity.setText(_words(running, snapshot))
        elif failed is not None:
            set_kind(self._activity, "bad-small")
            self._activity.setText(failed.message)
        else:
            set_kind(self._activity, "small")
            self._activity.setText(queue_line(snapshot.queue))


def _activities(snapshot: ReviewSnapshot) -> tuple[Activity, ...]:
    return (
        snapshot.scanning,
        snapshot.loading,
        snapshot.analysis,
        snapshot.exporting,
        snapshot.sending,
    )


def _shown_here(snapshot: ReviewSnapshot) -> tuple[Activity, ...]:
    """A scan while nothing is open has the page to itself."""
    activities = _activities(snapshot)
    return activities if snapshot.series is not None else activities[1:]


def _words(activity: Activity, snapshot: ReviewSnapshot) -> str:
    if activity is snapshot.scanning:
        return headers_text(activity.done, activity.total)
    if activity is snapshot.loading and snapshot.loaded is not None:
        return f"{activity.stage}  {count_text(len(snapshot.loaded), 'slice', 'slices')}"
    percent = f"{activity.stage} {100 * activity.fraction:.0f} %" if activity.fraction else ""
    left = "" if activity.seconds_left is None else time_left_text(activity.seconds_left)
    return " · ".join(part for part in (percent or activity.stage, left) if part)
