"""Before a training: the form, what it would learn from, what it costs, and the gate's rule."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from pe_models.bundle import ModelBundle
from pe_models.errors import PEError
from pe_models.retraining.order import RetrainOrder
from pe_viewer.display.training_texts import cost_text, rule_lines, summary_lines
from pe_viewer.training_state import PlanView, TrainingSnapshot, TrainingState
from pe_viewer.views.style import label, set_kind, wrapped_label
from pe_viewer.views.training.form import RetrainForm


class RetrainDataPage(QWidget):
    """Starts nothing that was not checked: another choice asks for another check."""

    plan_requested = Signal(object)
    start_requested = Signal(object)

    def __init__(self, state: TrainingState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._planned: RetrainOrder | None = None
        self.form = RetrainForm()
        self.left_out = wrapped_label("", "dim")
        self.counts, self.notes = wrapped_label(), wrapped_label("", "dim")
        self.problems = wrapped_label("", "bad")
        self.check, self.start = QPushButton("Check the data"), QPushButton("Start training")
        self._place()
        self.form.changed.connect(self._on_form_changed)
        self.check.clicked.connect(self._on_check)
        self.start.clicked.connect(self._on_start)
        state.changed.connect(self._on_changed)
        _show_lines(self.left_out, state.snapshot.reviews.notes)
        self.form.set_in_use(state.snapshot.shelf.in_use)
        self._show(state.snapshot)

    def _place(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(12)
        column.addWidget(label("New training", "headline"))
        column.addWidget(
            wrapped_label(
                "A candidate is trained beside the bundle in use, compared with it on studies that "
                "neither training saw, and comes into use only where you say so.",
                "dim",
            )
        )
        column.addWidget(self.form)
        column.addWidget(self.left_out)
        column.addWidget(label("Before it starts", "section"))
        for words in (self.counts, self.notes, self.problems):
            column.addWidget(words)
        buttons = QHBoxLayout()
        buttons.addWidget(self.check)
        buttons.addWidget(self.start)
        buttons.addStretch(1)
        column.addLayout(buttons)
        column.addWidget(label("The gate lets a candidate pass only if", "section"))
        column.addWidget(wrapped_label("\n".join(rule_lines()), "dim"))
        column.addStretch(1)

    def _on_form_changed(self) -> None:
        self._planned = None
        self._show(self._state.snapshot)

    def _on_check(self) -> None:
        try:
            self._planned = self.form.order()
        except PEError as error:
            self._planned = None
            _show_lines(self.problems, [str(error)])
            return
        self.plan_requested.emit(self._planned)

    def _on_start(self) -> None:
        if self._planned is not None:
            self.start_requested.emit(self._planned)

    def _on_changed(self, old: TrainingSnapshot, new: TrainingSnapshot) -> None:
        if old.reviews != new.reviews:
            self.form.set_reviews(new.reviews.data, new.reviews.n_studies)
            _show_lines(self.left_out, new.reviews.notes)
        if old.shelf.in_use != new.shelf.in_use:
            self._follow_bundle(old.shelf.in_use, new)
        if old.plan != new.plan or old.live_run != new.live_run:
            self._show(new)

    def _follow_bundle(self, before: ModelBundle | None, new: TrainingSnapshot) -> None:
        """What was checked was checked for the bundle that was in use then."""
        self.form.set_in_use(new.shelf.in_use)
        if before is not None:
            self._planned = None
        self._show(new)

    def _show(self, snapshot: TrainingSnapshot) -> None:
        plan = snapshot.plan if self._planned is not None else PlanView()
        summary = plan.summary
        live = snapshot.live_run
        lines = [] if summary is None else summary_lines(summary)
        if summary is not None and plan.cost is not None:
            lines.append(cost_text(plan.cost))
        problem = self.form.problem()
        refusal = problem or plan.message
        problems = [refusal] if refusal else []
        problems += [] if summary is None else summary.problems
        if live is not None:
            problems.append(f"{live.name} trains now; one training at a time.")
        set_kind(self.counts, "body" if lines else "dim")
        if not lines and not refusal:
            lines = ["Counting…" if plan.is_running else "Check the data first."]
        _show_lines(self.counts, lines)
        _show_lines(self.notes, () if summary is None else summary.notes)
        _show_lines(self.problems, problems)
        self.check.setEnabled(not plan.is_running and not problem)
        is_ready = summary is not None and summary.is_ready
        self.start.setEnabled(is_ready and not problem and live is None)


def _show_lines(words: QLabel, lines: Sequence[str]) -> None:
    words.setText("\n".join(lines))
    words.setVisible(bool(lines))
