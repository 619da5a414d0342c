"""The track as a block of a PDF page. Lengths are in decipoints."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from pe_viewer.report.drawing.paper import PAPER
from pe_viewer.report.drawing.side_by_side import side_by_side
from pe_viewer.report.drawing.track_figure import TrackFigure, TrackRun
from pe_viewer.report.pdf.text import TextBox, TextStyle

_PLOT_HEIGHT: Final = 700.0
_RUNS_HEIGHT: Final = 160.0
_TICKS_HEIGHT: Final = 110.0
_SCALE_WIDTH: Final = 200.0
_BAR: Final = 25.0
_BAR_ABOVE: Final = 40.0
_BETWEEN_BARS: Final = 12.0
_SHORTEST_BAR: Final = 15.0
_MARK: Final = 36.0
_NAMES_ABOVE: Final = 158.0
_BETWEEN_NAMES: Final = 50.0
_LABEL: Final = TextStyle(70, PAPER.dim_text)
_NUMBER: Final = TextStyle(75, PAPER.model)
_FILL: Final = "#F0CE92"


@dataclass(frozen=True, slots=True)
class TrackBlock:
    """Scores from head to feet, the threshold, the model's runs and the reader's marks."""

    figure: TrackFigure

    def height(self, width: float) -> float:
        return _RUNS_HEIGHT + _PLOT_HEIGHT + 2 * _TICKS_HEIGHT

    def paint(self, painter: QPainter, frame: QRectF) -> None:
        plot = QRectF(
            frame.left() + _SCALE_WIDTH,
            frame.top() + _RUNS_HEIGHT,
            frame.width() - _SCALE_WIDTH,
            _PLOT_HEIGHT,
        )
        self._paint_curve(painter, plot)
        self._paint_scale(painter, plot)
        for run in self.figure.runs:
            _paint_run(painter, plot, run)
        _paint_names(painter, plot, self.figure.flagged)
        self._paint_ticks(painter, plot)

    def _paint_curve(self, painter: QPainter, plot: QRectF) -> None:
        outline = [
            QPointF(plot.left() + x * plot.width(), plot.bottom() - y * plot.height())
            for x, y in self.figure.steps
        ]
        painter.setPen(QPen(QColor(PAPER.model), 7.0))
        painter.setBrush(QColor(_FILL))
        painter.drawPolygon(QPolygonF([plot.bottomLeft(), *outline, plot.bottomRight()]))

    def _paint_scale(self, painter: QPainter, plot: QRectF) -> None:
        painter.setPen(QPen(QColor(PAPER.line), 5.0))
        painter.drawLine(plot.bottomLeft(), plot.bottomRight())
        painter.drawLine(plot.topLeft(), plot.bottomLeft())
        for score, text in ((0.0, "0"), (1.0, "1")):
            self._paint_scale_label(painter, plot, score, text)
        threshold = self.figure.threshold
        y = plot.bottom() - threshold * plot.height()
        painter.setPen(QPen(QColor(PAPER.dim_text), 5.0, Qt.PenStyle.DashLine))
        painter.drawLine(QLineF(plot.left(), y, plot.right(), y))
        if 0.15 < threshold < 0.85:
            self._paint_scale_label(painter, plot, threshold, f"{threshold:.2f}")

    def _paint_scale_label(self, painter: QPainter, plot: QRectF, score: float, text: str) -> None:
        y = plot.bottom() - score * plot.height() - _LABEL.size * 0.65
        at = QPointF(plot.left() - _SCALE_WIDTH, y)
        TextBox(text, _LABEL, Qt.AlignmentFlag.AlignRight).paint(painter, at, _SCALE_WIDTH - 30)

    def _paint_ticks(self, painter: QPainter, plot: QRectF) -> None:
        half = plot.width() / max(1, len(self.figure.ticks)) / 2
        for x, text in self.figure.ticks:
            middle = plot.left() + x * plot.width()
            painter.setPen(QPen(QColor(PAPER.line), 5.0))
            painter.drawLine(QLineF(middle, plot.bottom(), middle, plot.bottom() + 25))
            at = QPointF(middle - half, plot.bottom() + 25)
            TextBox(text, _LABEL, Qt.AlignmentFlag.AlignHCenter).paint(painter, at, 2 * half)
        below = QPointF(plot.left(), plot.bottom() + _TICKS_HEIGHT)
        for text, align in (
            (self.figure.ends[0], Qt.AlignmentFlag.AlignLeft),
            (self.figure.caption, Qt.AlignmentFlag.AlignHCenter),
            (self.figure.ends[1], Qt.AlignmentFlag.AlignRight),
        ):
            TextBox(text, _LABEL, align).paint(painter, below, plot.width())


def _paint_run(painter: QPainter, plot: QRectF, run: TrackRun) -> None:
    """The model's run as a bar; the reader's as an open diamond on its row."""
    left = plot.left() + run.x_first * plot.width()
    right = plot.left() + run.x_last * plot.width()
    peak = plot.left() + run.x_peak * plot.width()
    if run.number is None:
        middle = QPointF(peak, plot.top() - _BAR_ABOVE + _BAR / 2)
        painter.setPen(QPen(QColor(PAPER.reader), 12.0))
        painter.setBrush(QColor(PAPER.reader_fill))
        corners = ((0, -_MARK), (_MARK, 0), (0, _MARK), (-_MARK, 0))
        painter.drawPolygon(QPolygonF([middle + QPointF(x, y) for x, y in corners]))
        return
    width = max(right - left - _BETWEEN_BARS, _SHORTEST_BAR)
    bar = QRectF(left, plot.top() - _BAR_ABOVE, width, _BAR)
    painter.fillRect(bar, QColor(PAPER.model))


def _paint_names(painter: QPainter, plot: QRectF, runs: Sequence[TrackRun]) -> None:
    """Numbers and sides above the bars, side by side where runs lie close together."""
    boxes = [TextBox(run.name, _NUMBER, Qt.AlignmentFlag.AlignHCenter) for run in runs]
    widths = [box.width() + _BETWEEN_NAMES for box in boxes]
    peaks = [plot.left() + run.x_peak * plot.width() for run in runs]
    for box, width, x in zip(boxes, widths, side_by_side(peaks, widths), strict=True):
        box.paint(painter, QPointF(x - width / 2, plot.top() - _NAMES_ABOVE), width)
