"""What the gate said of one candidate, criterion by criterion, and the rule it went by."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton, QSizePolicy, QVBoxLayout, QWidget

from pe_models.evaluation.gate import GateDecision
from pe_viewer.display.training_texts import check_cells, doubt_text, rule_text, verdict_text
from pe_viewer.views.grid_table import GridTable
from pe_viewer.views.style import label, set_kind, wrapped_label

_HEADS = ("Criterion", "In use", "Candidate", "Difference (95 %)", "Allowed", "")


class RetrainGateCard(QWidget):
    """A refused candidate has no button: it can be looked into, not overridden."""

    promotion_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.verdict = label("", "title")
        self.checks = GridTable(_HEADS)
        self.words = wrapped_label("", "dim")
        self.promote = QPushButton("Put the candidate to use")
        self.promote.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.promote.clicked.connect(self.promotion_requested)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        for widget in (self.verdict, self.checks, self.words, self.promote):
            column.addWidget(widget)
        self.show_decision(None, is_in_use=False)

    def show_decision(self, decision: GateDecision | None, *, is_in_use: bool) -> None:
        """``is_in_use``: the candidate was put to use already."""
        self.setVisible(decision is not None)
        if decision is None:
            return
        self.promote.setVisible(decision.passes and not is_in_use)
        self.verdict.setText(verdict_text(decision))
        set_kind(self.verdict, "title" if decision.passes else "bad-title")
        held = [check.holds for check in decision.checks]
        self.checks.show_rows(
            [
                (*check_cells(check), "✓ holds" if holds else "✗ too low")
                for check, holds in zip(decision.checks, held, strict=True)
            ],
            kinds=["good" if holds else "bad" for holds in held],
        )
        said = (*decision.problems, doubt_text(decision), rule_text(decision))
        self.words.setText("\n".join(words for words in said if words))
