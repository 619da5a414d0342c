"""What the model says of the examination, and what the reader says of each flagged run."""

from functools import partial
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QFrame, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from pe_models.findings import Flag, Verdict
from pe_viewer.display.orientation import reading_orientation
from pe_viewer.display.slice_image import render
from pe_viewer.display.texts import (
    ZONE_TEXTS,
    count_text,
    looked_at_text,
    score_meaning,
    slice_name,
    verdict_line,
    verdict_reason,
)
from pe_viewer.state import Activity, Phase, ReviewSnapshot, ReviewState
from pe_viewer.views.flag_row import FlagRow
from pe_viewer.views.qimages import grey_image
from pe_viewer.views.score_bars import ScoreBars
from pe_viewer.views.style import label, set_kind

_DRAWN_FIELDS: Final = ("series", "findings", "analysis", "model", "loading")


class FindingsPanel(QWidget):
    """Draws Findings and Review beside the slices; asks to go, to decide, to analyse."""

    flag_requested = Signal(int)
    decision_requested = Signal(object)
    analysis_requested = Signal()

    def __init__(self, state: ReviewState) -> None:
        super().__init__()
        self.setObjectName("findings_panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._verdict = label("", "verdict")
        self._reason = _wrapped("dim")
        self._meaning = _wrapped("small")
        self._bars = ScoreBars()
        self._bars_title = label("Examination: raw above, calibrated below", "section")
        self._flags_title = label("", "section")
        self._analyze = QPushButton("Analyse")
        self._analyze.setToolTip("Let the model look at this series (Ctrl+R)")
        self._analyze.clicked.connect(self.analysis_requested)
        self._rows: list[FlagRow] = []
        self._list = QVBoxLayout()
        self._lay_out()
        state.changed.connect(self._on_changed)
        self._show(state.snapshot)

    def _lay_out(self) -> None:
        holder = QWidget()
        self._list.setContentsMargins(0, 0, 0, 0)
        self._list.setSpacing(4)
        outer = QVBoxLayout(holder)
        outer.setContentsMargins(0, 0, 4, 0)
        outer.addLayout(self._list)
        outer.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidget(holder)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 12, 12)
        column.setSpacing(8)
        column.addWidget(self._verdict)
        column.addWidget(self._reason)
        column.addWidget(self._analyze, alignment=Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self._meaning)
        column.addSpacing(8)
        column.addWidget(self._bars_title)
        column.addWidget(self._bars)
        column.addWidget(_rule())
        column.addWidget(self._flags_title)
        column.addWidget(scroll, stretch=1)

    def _on_changed(self, old: ReviewSnapshot, new: ReviewSnapshot) -> None:
        if not all(getattr(old, name) is getattr(new, name) for name in _DRAWN_FIELDS):
            self._show(new)
        if old.findings is not new.findings:
            self._show_flags(new)
        elif old.review is not new.review or old.slice_index != new.slice_index:
            self._show_decisions(new)

    def _show(self, snapshot: ReviewSnapshot) -> None:
        findings = snapshot.findings
        self._bars.show_findings(findings)
        for widget in (self._bars, self._bars_title, self._meaning, self._flags_title):
            widget.setVisible(findings is not None)
        self._analyze.setVisible(findings is None and not snapshot.analysis.is_running)
        self._analyze.setEnabled(snapshot.series is not None)
        if findings is None:
            title, words, kind = _before_findings(snapshot)
            set_kind(self._verdict, kind)
            self._verdict.setText(title)
            self._reason.setText(words)
            return
        is_loud = findings.verdict is Verdict.POSITIVE or bool(findings.flags)
        set_kind(self._verdict, "verdict" if is_loud else "verdict-quiet")
        self._verdict.setText(verdict_line(findings))
        zone = "" if findings.zone is None else ZONE_TEXTS[findings.zone]
        details = [verdict_reason(findings), *(w.message for w in findings.quality.warnings)]
        self._reason.setText("\n".join(dict.fromkeys(d for d in details if d)))
        self._reason.setVisible(bool(self._reason.text()))
        self._meaning.setText(
            f"{score_meaning(findings.bundle).capitalize()}, {zone}\n{looked_at_text(findings)}"
        )

    def _show_flags(self, snapshot: ReviewSnapshot) -> None:
        for row in self._rows:
            self._list.removeWidget(row)
            row.deleteLater()
        self._rows = [
            self._make_row(snapshot, number, flag) for number, flag in enumerate(snapshot.flags)
        ]
        count = count_text(len(self._rows), "flagged run", "flagged runs")
        self._flags_title.setText(count if self._rows else "No flagged runs")
        self._show_decisions(snapshot)

    def _make_row(self, snapshot: ReviewSnapshot, number: int, flag: Flag) -> FlagRow:
        row = FlagRow(flag, _place(snapshot, flag), _peak_image(snapshot, flag))
        row.chosen.connect(partial(self.flag_requested.emit, number))
        row.decision_requested.connect(self.decision_requested)
        self._list.addWidget(row)
        return row

    def _show_decisions(self, snapshot: ReviewSnapshot) -> None:
        for row, flag in zip(self._rows, snapshot.flags, strict=True):
            decision = snapshot.review.decision_on(flag)
            row.show_decision(decision, is_current=snapshot.slice_index in flag)


def _before_findings(snapshot: ReviewSnapshot) -> tuple[str, str, str]:
    """Title, words and kind while there are no Findings."""
    analysis: Activity = snapshot.analysis
    if analysis.phase is Phase.FAILED:
        return "Analysis failed", analysis.message, "bad-title"
    if analysis.is_running:
        return "Analysing", "Scores come in coarse first, then slice by slice", "title"
    if analysis.phase is Phase.CANCELLED:
        return "Analysis cancelled", "Press Ctrl+R to start it again", "title"
    if not snapshot.model.is_ready and snapshot.model.message:
        return "No model", snapshot.model.message, "bad-title"
    return "Not analysed", "Press Ctrl+R to let the model look at this series", "title"


def _place(snapshot: ReviewSnapshot, flag: Flag) -> str:
    """``Im 178-187``, in the order that the instance numbers have."""
    findings = snapshot.findings
    if findings is None:
        return ""
    ends = [findings.slices[index].instance_number for index in (flag.first, flag.last)]
    if None in ends or flag.first == flag.last:
        return slice_name(flag.peak, findings.slices[flag.peak].instance_number)
    low, high = sorted(number for number in ends if number is not None)
    return f"Im {low}-{high}"


def _peak_image(snapshot: ReviewSnapshot, flag: Flag) -> QImage | None:
    if snapshot.pixels is None or snapshot.geometry is None:
        return None
    grey = render(snapshot.pixels[flag.peak], snapshot.window)
    return grey_image(reading_orientation(snapshot.geometry).turn(grey))


def _wrapped(kind: str) -> QLabel:
    made = label("", kind)
    made.setWordWrap(True)
    return made


def _rule() -> QFrame:
    line = QFrame()
    line.setProperty("kind", "rule")
    return line
