"""The findings that the reader added, from the head to the feet; absent while there are none."""

from functools import partial

from PySide6.QtCore import Signal

from pe_models.imaging.study import Series
from pe_viewer.display.texts import count_text, run_place_text
from pe_viewer.review import Decision
from pe_viewer.state import ReviewSnapshot, ReviewState
from pe_viewer.views.findings.added_row import AddedRow
from pe_viewer.views.findings.titled_rows import TitledRows

Run = tuple[str, int, int, int]
"""The key of a series; first, peak and last of a run of its slices."""


class AddedList(TitledRows):
    """Draws the Review's own runs; asks to go to one, to remove one, to comment on one."""

    slice_requested = Signal(int)
    removal_requested = Signal(object)
    comment_requested = Signal(object, str)

    def __init__(self, state: ReviewState) -> None:
        super().__init__()
        self._state = state
        self._rows: dict[Run, AddedRow] = {}

    def show_snapshot(self, snapshot: ReviewSnapshot) -> None:
        """Rows stay while their runs do: the press that ends a comment still reaches its button."""
        series, here = snapshot.series, snapshot.slice_index
        added = {} if series is None else {_run(series, d): d for d in snapshot.review.added}
        if tuple(self._rows) != tuple(added):
            title = count_text(len(added), "finding of yours", "findings of yours")
            rows = self._make_rows(added, series)
            self.draw_rows(title, rows.values())
            self._rows = rows
        for run, decision in added.items():
            is_current = decision.first <= here <= decision.last
            self._rows[run].show_decision(decision, is_current=is_current)

    def edit_comment_at(self, slice_index: int) -> bool:
        """Opens the comment of the finding that holds a slice. False where none does."""
        for (_, first, _, last), row in self._rows.items():
            if first <= slice_index <= last:
                row.edit_comment()
                return True
        return False

    def finish_comment(self) -> None:
        for row in tuple(self._rows.values()):
            row.finish_comment()

    def forget_comment(self) -> None:
        for row in self._rows.values():
            row.forget_comment()

    def _make_rows(self, added: dict[Run, Decision], series: Series | None) -> dict[Run, AddedRow]:
        return {} if series is None else {r: self._make_row(d, series) for r, d in added.items()}

    def _make_row(self, decision: Decision, series: Series) -> AddedRow:
        first, last = (series.slices[k].instance_number for k in (decision.first, decision.last))
        place = run_place_text(decision.first, decision.last, first, last)
        row = AddedRow(self._state, decision, place)
        row.chosen.connect(partial(self.slice_requested.emit, decision.peak))
        row.removal_requested.connect(self.removal_requested)
        row.comment_requested.connect(self.comment_requested)
        return row


def _run(series: Series, decision: Decision) -> Run:
    return series.key, decision.first, decision.peak, decision.last
