"""Studies on which two bundles disagree: a list, both tracks of one, and the way to open it."""

from typing import Final

import pyqtgraph
from PySide6.QtCore import Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from pe_viewer.display.comparison_texts import study_cells, truth_runs
from pe_viewer.display.palette import PALETTE
from pe_viewer.training_state import ComparedStudy
from pe_viewer.views.choice_row import ChoiceRow
from pe_viewer.views.style import label, set_kind
from pe_viewer.views.training.line_plot import CANDIDATE_COLOUR, IN_USE_COLOUR, LinePlot

_MOST_ROWS: Final = 8
_CELLS_PX: Final = (84, 60, 64, 72)
_TRACK_PX: Final = 210
_TRUTH_ALPHA: Final = 70


class ComparedStudies(QWidget):
    """A click shows both tracks of a study; a button opens it in the viewer."""

    study_requested = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._studies: tuple[ComparedStudy, ...] = ()
        self._current: ComparedStudy | None = None
        self.rows: list[StudyRow] = []
        self._list = QVBoxLayout()
        self._list.setSpacing(0)
        self._list.addLayout(_cells(("Study", "Truth", "In use", "Candidate"), "section"))
        self._rows = QVBoxLayout()
        self._rows.setSpacing(0)
        self._list.addLayout(self._rows)
        self._list.addStretch(1)
        self.plot = LinePlot(across="slice, from the feet to the head", up="model score",
                             height_px=_TRACK_PX)  # fmt: skip
        self.plot.setYRange(0.0, 1.0)
        self.plot.setAccessibleName("Tracks of both bundles")
        self._truth: list[pyqtgraph.LinearRegionItem] = []
        self.open = QPushButton("Open in the viewer")
        self.open.clicked.connect(self._on_open)
        self._place()

    def show_studies(self, studies: tuple[ComparedStudy, ...]) -> None:
        """The furthest apart first; the first is shown."""
        self.setVisible(bool(studies))
        if studies == self._studies:
            return
        self._studies = studies
        for row in self.rows:
            self._rows.removeWidget(row)
            row.hide()
            row.deleteLater()
        self.rows = [StudyRow(study) for study in studies[:_MOST_ROWS]]
        for row in self.rows:
            row.chosen.connect(lambda study=row.study: self._show(study))
            self._rows.addWidget(row)
        self._show(studies[0] if studies else None)

    def _place(self) -> None:
        right = QVBoxLayout()
        right.setSpacing(8)
        right.addWidget(self.plot)
        foot = QHBoxLayout()
        foot.addWidget(label("Green: slices that show PE.", "small"))
        foot.addStretch(1)
        foot.addWidget(self.open)
        right.addLayout(foot)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(16)
        row.addLayout(self._list)
        row.addLayout(right, stretch=1)

    def _show(self, study: ComparedStudy | None) -> None:
        self._current = study
        for row in self.rows:
            set_kind(row, "row-current" if row.study is study else "row")
        for region in self._truth:
            self.plot.removeItem(region)
        self._truth = []
        tracks = None if study is None else study.tracks
        self.open.setEnabled(study is not None)
        if study is None or tracks is None:
            self.plot.show_lines({})
            return
        self._truth = [_region(first, last) for first, last in truth_runs(study.truth)]
        for region in self._truth:
            self.plot.addItem(region)
        slices = tuple(float(k) for k in range(len(tracks.in_use)))
        self.plot.show_lines(
            {"in use": (slices, tracks.in_use), "candidate": (slices, tracks.candidate)},
            colours={"in use": IN_USE_COLOUR, "candidate": CANDIDATE_COLOUR},
        )

    def _on_open(self) -> None:
        if self._current is not None:
            self.study_requested.emit(self._current)


class StudyRow(ChoiceRow):
    """One study: its short name, its truth, and what each bundle says of it."""

    def __init__(self, study: ComparedStudy) -> None:
        super().__init__()
        self.study = study
        cells = study_cells(
            study.study, study.in_use_score, study.candidate_score, has_pe=study.has_pe
        )
        self.setLayout(_cells(cells, "body"))
        self.setAccessibleName(", ".join(cells))


def _cells(words: tuple[str, ...], kind: str) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setContentsMargins(8, 4, 8, 4)
    row.setSpacing(8)
    for text, width in zip(words, _CELLS_PX, strict=True):
        cell: QLabel = label(text, kind)
        cell.setFixedWidth(width)
        row.addWidget(cell)
    return row


def _region(first: int, last: int) -> pyqtgraph.LinearRegionItem:
    colour = QColor(PALETTE.good)
    colour.setAlpha(_TRUTH_ALPHA)
    region = pyqtgraph.LinearRegionItem(
        (first - 0.5, last + 0.5), movable=False, brush=colour, pen=QColor(0, 0, 0, 0)
    )
    region.setZValue(-10)
    return region
