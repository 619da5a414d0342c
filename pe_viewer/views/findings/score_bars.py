"""The exam labels as bars: raw and calibrated, with a tick where the consistent score lies.

Labels whose three scores are one and the same have a plain bar.
"""

from collections.abc import Mapping
from typing import Final

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QToolTip, QWidget

from pe_models.findings import ExamScore
from pe_viewer.display.fonts import font
from pe_viewer.display.palette import PALETTE
from pe_viewer.display.texts import LABEL_TEXTS, score_text
from pe_viewer.views.style import BODY_PX, SMALL_PX

_ROW_PX: Final = 22
_LEGEND_PX: Final = 20
_NAME_PX: Final = 124
_VALUE_PX: Final = 56
_IS_TRUE: Final = 0.5

Align = Qt.AlignmentFlag


class ScoreBars(QWidget):
    """Draws the exam's scores; knows nothing but what it is given."""

    def __init__(self) -> None:
        super().__init__()
        self._exam: Mapping[str, ExamScore] = {}
        self._is_plain = True
        self.setAccessibleName("Model scores of the examination")

    def show_exam(self, exam: Mapping[str, ExamScore]) -> None:
        self._exam = exam
        self._is_plain = all(_is_one(score) for score in exam.values())
        self.setAccessibleDescription("; ".join(row_text(*item) for item in exam.items()))
        self.setFixedHeight(len(exam) * _ROW_PX + (0 if self._is_plain else _LEGEND_PX))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(280, self.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        for row, (name, score) in enumerate(self._exam.items()):
            area = QRectF(0, row * _ROW_PX, self.width() - 8, _ROW_PX)
            _paint_row(painter, area, LABEL_TEXTS.get(name, name), score)
        if not self._is_plain:
            below = len(self._exam) * _ROW_PX
            _paint_legend(painter, QRectF(0, below, self.width(), _LEGEND_PX))

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() is QEvent.Type.ToolTip:
            row, rows = event.y() // _ROW_PX, list(self._exam.items())
            words = row_text(*rows[row]) if 0 <= row < len(rows) else ""
            QToolTip.showText(event.globalPos(), words, self)
            return True
        return super().event(event)


def row_text(name: str, score: ExamScore) -> str:
    """``Right: raw 0.88, calibrated 0.79, consistent 1.00``; one score where all are the same."""
    if _is_one(score):
        return f"{LABEL_TEXTS.get(name, name)}: {score_text(score.consistent)}"
    return (
        f"{LABEL_TEXTS.get(name, name)}: raw {score_text(score.raw)}, "
        f"calibrated {score_text(score.calibrated)}, consistent {score_text(score.consistent)}"
    )


def _is_one(score: ExamScore) -> bool:
    return score.raw == score.calibrated == score.consistent


def _paint_row(painter: QPainter, area: QRectF, name: str, score: ExamScore) -> None:
    painter.setFont(font(BODY_PX))
    is_true = score.consistent > _IS_TRUE
    painter.setPen(QColor(PALETTE.text if is_true else PALETTE.dim_text))
    painter.drawText(area, Align.AlignVCenter | Align.AlignLeft, name)
    painter.drawText(area, Align.AlignVCenter | Align.AlignRight, score_text(score.calibrated))
    bar = QRectF(_NAME_PX, area.center().y() - 4, area.width() - _NAME_PX - _VALUE_PX, 8)
    painter.fillRect(bar, QColor(PALETTE.raised))
    if _is_one(score):
        _fill(painter, bar, score.consistent, top=0, height=8, colour=PALETTE.model)
        return
    _fill(painter, bar, score.raw, top=0, height=3, colour=PALETTE.model_dim)
    _fill(painter, bar, score.calibrated, top=4, height=4, colour=PALETTE.model)
    tick = bar.left() + (bar.width() - 2) * score.consistent
    painter.fillRect(QRectF(tick, bar.top() - 3, 2, 14), QColor(PALETTE.text))


def _fill(
    painter: QPainter, bar: QRectF, share: float, *, top: int, height: int, colour: str
) -> None:
    area = QRectF(bar.left(), bar.top() + top, bar.width() * share, height)
    painter.fillRect(area, QColor(colour))


def _paint_legend(painter: QPainter, area: QRectF) -> None:
    painter.setFont(font(SMALL_PX))
    left, middle = area.left(), area.center().y() + 2
    for words, colour, size in (
        ("raw", PALETTE.model_dim, (10, 3)),
        ("calibrated", PALETTE.model, (10, 4)),
        ("consistent", PALETTE.text, (2, 10)),
    ):
        width, height = size
        painter.fillRect(QRectF(left, middle - height / 2, width, height), QColor(colour))
        painter.setPen(QColor(PALETTE.dim_text))
        text = QRectF(left + width + 4, middle - 8, 80, 16)
        painter.drawText(text, Align.AlignVCenter | Align.AlignLeft, words)
        left = text.left() + painter.fontMetrics().horizontalAdvance(words) + 10
