"""The reader's decisions on runs of another bundle, which the list of flags does not show."""

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout

from pe_models.imaging.study import Series
from pe_viewer.display.texts import DECISION_TEXTS, REASON_TEXTS, count_text, run_place_text
from pe_viewer.review import Decision
from pe_viewer.state import ReviewSnapshot
from pe_viewer.views.findings.titled_rows import TitledRows
from pe_viewer.views.row_button import row_button
from pe_viewer.views.style import set_kind, wrapped_label


class DetachedList(TitledRows):
    """Asks to go to such a run, or to remove what was said of it; absent while there are none."""

    slice_requested = Signal(int)
    removal_requested = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._rows: dict[Decision, _Row] = {}

    def show_snapshot(self, snapshot: ReviewSnapshot) -> None:
        detached = snapshot.detached
        if tuple(self._rows) != detached:
            rows = self._make_rows(detached, snapshot.series)
            n_runs = count_text(len(detached), "run", "runs")
            self.draw_rows(f"Decided on {n_runs} of another bundle", rows.values())
            self._rows = rows
        for decision, row in self._rows.items():
            is_current = decision.first <= snapshot.slice_index <= decision.last
            set_kind(row, "row-current" if is_current else "row")

    def _make_rows(
        self, detached: tuple[Decision, ...], series: Series | None
    ) -> dict[Decision, "_Row"]:
        return {} if series is None else {d: self._make_row(d, series) for d in detached}

    def _make_row(self, decision: Decision, series: Series) -> "_Row":
        first, last = (series.slices[k].instance_number for k in (decision.first, decision.last))
        row = _Row(decision, run_place_text(decision.first, decision.last, first, last))
        row.chosen.connect(partial(self.slice_requested.emit, decision.peak))
        row.removal_requested.connect(partial(self.removal_requested.emit, decision))
        return row


class _Row(QFrame):
    """Where the run lay and what was decided; asks to go there and to remove it."""

    chosen = Signal()
    removal_requested = Signal()

    def __init__(self, decision: Decision, place: str) -> None:
        super().__init__()
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(f"Decision on {place}, a run of another bundle")
        head = QHBoxLayout()
        head.setSpacing(4)
        head.addWidget(wrapped_label(f"{place}: {_said(decision)}", "reader"), stretch=1)
        removing = row_button("ph.trash", "Remove this decision")
        removing.clicked.connect(self.removal_requested)
        head.addWidget(removing, alignment=Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 6, 6, 6)
        column.setSpacing(4)
        column.addLayout(head)
        if decision.comment:
            column.addWidget(wrapped_label(decision.comment, "reader-small"))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.chosen.emit()


def _said(decision: Decision) -> str:
    reason = "" if decision.reason is None else f", {REASON_TEXTS[decision.reason].lower()}"
    return f"{DECISION_TEXTS[decision.state]}{reason}"
