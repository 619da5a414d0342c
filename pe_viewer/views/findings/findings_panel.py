"""What the model says of the examination, and what the reader says of each flagged run."""

from functools import partial
from typing import Final

import numpy as np
from PySide6.QtCore import QMargins, Qt, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from pe_models.findings import Findings, Flag
from pe_viewer.display.orientation import reading_orientation
from pe_viewer.display.scores import shown_exam
from pe_viewer.display.slice_image import render
from pe_viewer.display.texts import count_text, slices_text
from pe_viewer.state import ReviewSnapshot, ReviewState
from pe_viewer.views.findings.added_list import AddedList
from pe_viewer.views.findings.detached_list import DetachedList
from pe_viewer.views.findings.flag_row import FlagRow
from pe_viewer.views.findings.heart_row import HeartRow
from pe_viewer.views.findings.score_bars import ScoreBars
from pe_viewer.views.findings.verdict_block import VerdictBlock
from pe_viewer.views.qimages import grey_image
from pe_viewer.views.scrolled import scrolled
from pe_viewer.views.style import label

_VERDICT_FIELDS: Final = ("series", "findings", "analysis", "model", "withholds_model", "keymap")


class FindingsPanel(QWidget):
    """Draws Findings and Review beside the slices; asks to go, to decide, to analyse."""

    flag_requested = Signal(int)
    slice_requested = Signal(int)
    decision_requested = Signal(object)
    comment_requested = Signal(object, str)
    removal_requested = Signal(object)
    heart_takeover_requested = Signal()
    analysis_requested = Signal()

    def __init__(self, state: ReviewState) -> None:
        super().__init__()
        self._state = state
        self.setObjectName("findings_panel")
        self.setAccessibleName("Findings")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._verdict = VerdictBlock()
        self._verdict.analysis_requested.connect(self.analysis_requested)
        self._bars = ScoreBars()
        self._flags_title = label("", "section")
        self._of_findings = (
            label("Examination", "section"),
            self._bars,
            _rule(),
            self._flags_title,
        )
        self._rows: dict[Flag, FlagRow] = {}
        self._list = QVBoxLayout()
        self._added = AddedList(state)
        self._added.slice_requested.connect(self.slice_requested)
        self._added.removal_requested.connect(self.removal_requested)
        self._added.comment_requested.connect(self.comment_requested)
        self._detached = DetachedList()
        self._detached.slice_requested.connect(self.slice_requested)
        self._detached.removal_requested.connect(self.removal_requested)
        self._heart = HeartRow(state)
        self._heart.slice_requested.connect(self.slice_requested)
        self._heart.takeover_requested.connect(self.heart_takeover_requested)
        self._lay_out()
        state.changed.connect(self._on_changed)
        self._show(state.snapshot)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 8, 8)
        column.setSpacing(8)
        column.addWidget(self._verdict)
        for widget in self._of_findings:
            column.addWidget(widget)
        self._list.setContentsMargins(0, 0, 0, 0)
        self._list.setSpacing(4)
        lists = QVBoxLayout()
        lists.setSpacing(0)
        lists.addLayout(self._list)
        lists.addWidget(self._added)
        lists.addWidget(self._detached)
        lists.addSpacing(8)
        lists.addWidget(self._heart)
        column.addWidget(scrolled(lists, margins=QMargins(0, 0, 4, 0)), stretch=1)

    def edit_comment(self) -> None:
        """Opens the comment of the reader's own finding at the slice in view, else of the flag."""
        here = self._state.snapshot.slice_index
        if not self._added.edit_comment_at(here):
            for flag, row in self._rows.items():
                if here in flag:
                    row.edit_comment()
                    return

    def finish_comment(self) -> None:
        """Keeps the comment that is being typed, if one is."""
        for row in self._rows.values():
            row.finish_comment()
        self._added.finish_comment()

    def _on_changed(self, old: ReviewSnapshot, new: ReviewSnapshot) -> None:
        is_other_series = old.series_key != new.series_key
        if is_other_series:
            self._forget_comment()
        if old.findings is not new.findings:
            self._show(new)
        elif not all(getattr(old, name) is getattr(new, name) for name in _VERDICT_FIELDS):
            self._verdict.show_snapshot(new)
        if old.volume is None and new.volume is not None:
            for flag, row in self._rows.items():
                row.show_picture(_peak_image(new, flag))
        is_same_review = old.review is new.review and not is_other_series
        if not is_same_review or old.slice_index != new.slice_index:
            self._show_decisions(new)
        elif old.detached != new.detached:
            self._detached.show_snapshot(new)

    def _forget_comment(self) -> None:
        """One that is still being typed belongs to the series before, not to the next one."""
        for row in self._rows.values():
            row.forget_comment()
        self._added.forget_comment()

    def _show(self, snapshot: ReviewSnapshot) -> None:
        self._verdict.show_snapshot(snapshot)
        self._bars.show_exam({} if snapshot.findings is None else shown_exam(snapshot.findings))
        for widget in self._of_findings:
            widget.setVisible(snapshot.findings is not None)
        self._heart.show_snapshot(snapshot)
        self._show_flags(snapshot)

    def _show_flags(self, snapshot: ReviewSnapshot) -> None:
        for row in self._rows.values():
            self._list.removeWidget(row)
            row.hide()  # deleted when the event loop comes round; not to be seen until then
            row.deleteLater()
        self._rows = {}
        n_flags = len(snapshot.flags)
        self._flags_title.setText(
            count_text(n_flags, "flagged run", "flagged runs") if n_flags else "No flagged runs"
        )
        if snapshot.findings is not None:
            for number, flag in enumerate(head_to_feet(snapshot.flags), start=1):
                self._rows[flag] = self._make_row(snapshot, snapshot.findings, number, flag)
        self._show_decisions(snapshot)

    def _make_row(
        self, snapshot: ReviewSnapshot, findings: Findings, number: int, flag: Flag
    ) -> FlagRow:
        slices, peak = f"{number}   {slices_text(findings, flag)}", _peak_image(snapshot, flag)
        row = FlagRow(self._state, flag, slices, peak)
        row.chosen.connect(partial(self.flag_requested.emit, snapshot.flags.index(flag)))
        row.decision_requested.connect(self.decision_requested)
        row.comment_requested.connect(self.comment_requested)
        self._list.addWidget(row)
        return row

    def _show_decisions(self, snapshot: ReviewSnapshot) -> None:
        for flag, row in self._rows.items():
            decision = snapshot.review.decision_on(flag)
            row.show_decision(decision, is_current=snapshot.slice_index in flag)
        self._added.show_snapshot(snapshot)
        self._detached.show_snapshot(snapshot)


def head_to_feet(flags: tuple[Flag, ...]) -> tuple[Flag, ...]:
    """The order of the list and of the report, whatever order Findings have."""
    return tuple(sorted(flags, key=lambda flag: -flag.peak))


def _peak_image(snapshot: ReviewSnapshot, flag: Flag) -> QImage | None:
    """The peak within the crop that the model looked at: at this size the rest tells nothing."""
    if snapshot.pixels is None or snapshot.geometry is None or snapshot.findings is None:
        return None
    crop = snapshot.findings.crop
    inside = np.s_[crop.row_min : crop.row_max, crop.col_min : crop.col_max]
    grey = render(snapshot.pixels[flag.peak][inside], snapshot.window)
    return grey_image(reading_orientation(snapshot.geometry).turn(grey))


def _rule() -> QFrame:
    line = QFrame()
    line.setProperty("kind", "rule")
    return line
