"""The nine exam labels as bars: raw and calibrated, with a tick where the consistent score lies."""

from typing import Final

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from pe_models.findings import ExamScore, Findings
from pe_viewer.display.fonts import font
from pe_viewer.display.palette import PALETTE
from pe_viewer.display.texts import LABEL_TEXTS, score_text

_ROW_PX: Final = 22
_NAME_PX: Final = 120
_VALUE_PX: Final = 48


class ScoreBars(QWidget):
    """Draws the exam's scores; knows nothing but the Findings it is given."""

    def __init__(self) -> None:
        super().__init__()
        self._findings: Findings | None = None
        self.setAccessibleName("Model scores of the examination")

    def show_findings(self, findings: Findings | None) -> None:
        self._findings = findings
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        n_rows = 0 if self._findings is None else len(self._findings.exam)
        return QSize(280, n_rows * _ROW_PX)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._findings is None:
            return
        painter = QPainter(self)
        for row, (name, score) in enumerate(self._findings.exam.items()):
            area = QRectF(0, row * _ROW_PX, self.width(), _ROW_PX)
            _draw_row(painter, area, LABEL_TEXTS.get(name, name), score)


def _draw_row(painter: QPainter, area: QRectF, name: str, score: ExamScore) -> None:
    painter.setFont(font(13))
    is_on = score.consistent > 0.5
    painter.setPen(QColor(PALETTE.text if is_on else PALETTE.dim_text))
    middle = Qt.AlignmentFlag.AlignVCenter
    painter.drawText(area, middle | Qt.AlignmentFlag.AlignLeft, name)
    painter.drawText(area, middle | Qt.AlignmentFlag.AlignRight, score_text(score.calibrated))
    track = QRectF(_NAME_PX, area.center().y() - 4, area.width() - _NAME_PX - _VALUE_PX, 8)
    painter.fillRect(track, QColor(PALETTE.raised))
    raw, calibrated = QRectF(track), QRectF(track)
    raw.setSize(track.size())
    raw.setWidth(track.width() * score.raw)
    raw.setHeight(3)
    calibrated.setTop(track.top() + 4)
    calibrated.setHeight(4)
    calibrated.setWidth(track.width() * score.calibrated)
    painter.fillRect(raw, QColor(PALETTE.model_dim))
    painter.fillRect(calibrated, QColor(PALETTE.model))
    tick = track.left() + track.width() * score.consistent
    painter.fillRect(QRectF(tick - 0.5, track.top() - 2, 1.5, 12), QColor(PALETTE.text))
