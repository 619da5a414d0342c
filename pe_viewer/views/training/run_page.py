"""One training: how far it is, its curves, its log, and what the gate said of it."""

from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QPlainTextEdit,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from pe_models.training.run import RunState
from pe_viewer.display.training_texts import STATE_TEXTS, log_text, progress_text, usage_text
from pe_viewer.training_state import RunView, TrainingSnapshot, TrainingState
from pe_viewer.views.question import ask_first
from pe_viewer.views.style import label, set_kind, wrapped_label
from pe_viewer.views.training.comparison import RetrainComparison
from pe_viewer.views.training.curves import RetrainCurves
from pe_viewer.views.training.gate_card import RetrainGateCard

_LOG_PX: Final = 110
_BAR_STEPS: Final = 1000
_OUTLIVES: Final = "Goes on when this program is closed"
_WHAT_GOES: Final = (
    "Its data, checkpoints, candidate and comparison are removed from this computer for good. "
    "A bundle that came into use stays among the bundles."
)
_RESUMABLE: Final = (RunState.STOPPED, RunState.INTERRUPTED, RunState.FAILED, None)


class RetrainRunPage(QWidget):
    """Draws the run that is selected."""

    pause_requested = Signal()
    resume_requested = Signal()
    stop_requested = Signal()
    go_on_requested = Signal()
    deletion_requested = Signal()
    promotion_requested = Signal()
    study_requested = Signal(object)
    ending_requested = Signal(bool)

    def __init__(self, state: TrainingState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self.title, self.state_words = label("", "headline"), label("", "dim")
        self.step, self.message = label(), wrapped_label("", "bad")
        self.usage, self.outlives = label("", "dim"), QCheckBox(_OUTLIVES)
        self.bar = QProgressBar()
        self.bar.setRange(0, _BAR_STEPS)
        self.bar.setTextVisible(False)
        self.pause, self.resume = QPushButton("Pause"), QPushButton("Resume")
        self.stop, self.go_on = QPushButton("Stop"), QPushButton("Go on")
        self.delete = QPushButton("Delete…")
        self.curves, self.card, self.log = RetrainCurves(), RetrainGateCard(), QPlainTextEdit()
        self.comparison = RetrainComparison()
        self.log.setReadOnly(True)
        self.log.setMinimumHeight(_LOG_PX)
        self.log.setAccessibleName("Log")
        self._place()
        self._connect()
        state.changed.connect(self._on_changed)
        self._show(state.snapshot)

    def _place(self) -> None:
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(12)
        head = QHBoxLayout()
        head.addWidget(self.title)
        head.addWidget(self.state_words)
        head.addStretch(1)
        for button in (self.pause, self.resume, self.stop, self.go_on, self.delete):
            head.addWidget(button)
        column.addLayout(head)
        now = (self.message, self.step, self.bar, self.usage, self.outlives)
        for widget in (*now, self.card, self.comparison, self.curves):
            column.addWidget(widget)
        column.addWidget(label("Log", "section"))
        column.addWidget(self.log, stretch=1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setWidget(body)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(area)

    def _connect(self) -> None:
        self.pause.clicked.connect(self.pause_requested)
        self.resume.clicked.connect(self.resume_requested)
        self.stop.clicked.connect(self.stop_requested)
        self.go_on.clicked.connect(self.go_on_requested)
        self.delete.clicked.connect(self._on_delete)
        self.outlives.clicked.connect(lambda outlives: self.ending_requested.emit(not outlives))
        self.card.promotion_requested.connect(self.promotion_requested)
        self.comparison.study_requested.connect(self.study_requested)

    def _on_changed(self, old: TrainingSnapshot, new: TrainingSnapshot) -> None:
        is_same = (
            old.selected_run == new.selected_run
            and old.details == new.details
            and old.shelf == new.shelf
            and old.live_run == new.live_run
        )
        if not is_same:
            self._show(new)

    def _show(self, snapshot: TrainingSnapshot) -> None:
        run = snapshot.selected_run
        if run is None:
            return
        self.title.setText(run.name)
        self._show_progress(run)
        self._show_buttons(run, snapshot)
        details = snapshot.details
        if details.name != run.name:
            return
        self.curves.show_curves(details.curves)
        text = "\n".join(log_text(line) for line in details.log)
        if text != self.log.toPlainText():
            self.log.setPlainText(text)
            self.log.verticalScrollBar().setValue(self.log.verticalScrollBar().maximum())
        is_in_use = any(
            c.name == run.name and c.sha256 == snapshot.shelf.in_use_sha256
            for c in snapshot.shelf.choices
        )
        self.card.show_decision(run.decision, is_in_use=is_in_use)
        self.comparison.show_comparisons(details.comparisons)
        if is_in_use:
            self.state_words.setText("done; in use now")

    def _show_progress(self, run: RunView) -> None:
        status = run.status
        self.state_words.setText(STATE_TEXTS[status.state])
        set_kind(self.state_words, "bad" if status.state is RunState.FAILED else "dim")
        self.message.setText(status.message)
        self.message.setVisible(bool(status.message))
        self.usage.setText("" if run.usage is None else usage_text(run.usage))
        self.usage.setVisible(run.usage is not None)
        self.outlives.setChecked(not run.ends_with_viewer)
        self.outlives.setVisible(status.is_alive)
        is_over = status.state is RunState.DONE
        self.step.setText(progress_text(status, run.seconds_left))
        share = status.done / status.total if status.total else 0.0
        self.bar.setValue(round(_BAR_STEPS * share))
        for widget in (self.step, self.bar):
            widget.setVisible(not is_over)

    def _show_buttons(self, run: RunView, snapshot: TrainingSnapshot) -> None:
        state, is_alive = run.status.state, run.status.is_alive
        self.pause.setVisible(is_alive and state is RunState.RUNNING)
        self.resume.setVisible(is_alive and state is RunState.PAUSED)
        self.stop.setVisible(is_alive)
        self.go_on.setVisible(not is_alive and state in _RESUMABLE)
        self.go_on.setEnabled(snapshot.live_run is None)
        self.delete.setVisible(not is_alive)

    def _on_delete(self) -> None:
        ask_first(
            self,
            f"Delete {self.title.text()}?",
            "Delete",
            self.deletion_requested.emit,
            more=_WHAT_GOES,
        )
