"""What the gate said of one candidate, figure by figure, and where the two bundles disagree."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QPushButton, QVBoxLayout, QWidget

from pe_models.evaluation.gate import GateDecision
from pe_viewer.display.training_texts import check_cells, doubt_text, verdict_text
from pe_viewer.training_state import Disagreement
from pe_viewer.views.style import label, wrapped_label

_HEADS = ("Figure", "In use", "Candidate", "Difference (95 %)", "Allowed", "")


class RetrainGateCard(QWidget):
    """A refused candidate has no button: it can be looked into, not overridden."""

    promotion_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._decision: GateDecision | None = None
        self._disagreements: tuple[Disagreement, ...] = ()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(8)
        self._body: QWidget | None = None
        self.promote = QPushButton("Put the candidate to use")
        self.promote.clicked.connect(self.promotion_requested)
        self.promote.setSizePolicy(self.promote.sizePolicy().Policy.Fixed,
                                   self.promote.sizePolicy().Policy.Fixed)  # fmt: skip
        self._column.addWidget(self.promote)
        self.show_decision(None, (), is_in_use=False)

    def show_decision(
        self,
        decision: GateDecision | None,
        disagreements: tuple[Disagreement, ...],
        *,
        is_in_use: bool,
    ) -> None:
        """``is_in_use``: the candidate was put to use already."""
        self.setVisible(decision is not None)
        passes = decision is not None and decision.passes
        self.promote.setVisible(passes and not is_in_use)
        if (decision, disagreements) == (self._decision, self._disagreements):
            return
        self._decision, self._disagreements = decision, disagreements
        if self._body is not None:
            self._column.removeWidget(self._body)
            self._body.deleteLater()
            self._body = None
        if decision is not None:
            self._body = _body(decision, disagreements)
            self._column.insertWidget(0, self._body)


def _body(decision: GateDecision, disagreements: tuple[Disagreement, ...]) -> QWidget:
    body = QWidget()
    column = QVBoxLayout(body)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(8)
    column.addWidget(label(verdict_text(decision), "title" if decision.passes else "bad-title"))
    column.addLayout(_table(decision))
    for words in (*decision.problems, doubt_text(decision)):
        if words:
            column.addWidget(wrapped_label(words, "dim"))
    if disagreements:
        column.addWidget(label("Held-out studies on which they lie furthest apart", "section"))
        column.addLayout(_disagreements(disagreements))
    return body


def _table(decision: GateDecision) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(24)
    grid.setVerticalSpacing(4)
    for col, head in enumerate(_HEADS):
        grid.addWidget(label(head, "section"), 0, col)
    for row, check in enumerate(decision.checks, start=1):
        for col, cell in enumerate(check_cells(check)):
            grid.addWidget(_cell(cell, col), row, col)
        mark = label("✓ holds" if check.holds else "✗ too low", "good" if check.holds else "bad")
        grid.addWidget(mark, row, len(_HEADS) - 1)
    grid.setColumnStretch(len(_HEADS), 1)
    return grid


def _disagreements(disagreements: tuple[Disagreement, ...]) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(24)
    grid.setVerticalSpacing(4)
    for col, head in enumerate(("Study", "Truth", "In use", "Candidate")):
        grid.addWidget(label(head, "section"), 0, col)
    for row, found in enumerate(disagreements, start=1):
        cells = (
            found.study[:8],
            "PE" if found.is_positive else "no PE",
            f"{found.in_use_score:.2f}",
            f"{found.candidate_score:.2f}",
        )
        for col, cell in enumerate(cells):
            grid.addWidget(_cell(cell, col), row, col)
    grid.setColumnStretch(4, 1)
    return grid


def _cell(text: str, col: int) -> QWidget:
    made = label(text)
    if col:
        made.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    return made
