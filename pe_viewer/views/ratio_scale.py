"""A scale of RV/LV with marks at 0.9 and 1.0: where the model's ratio lies, and the reader's."""

from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from pe_models.heart_findings import RightHeart
from pe_viewer.display.fonts import font
from pe_viewer.display.heart_texts import MARKS, model_ratio_text, ratio_text
from pe_viewer.display.palette import PALETTE
from pe_viewer.views.style import SMALL_PX

_ENDS: Final = (0.6, 1.6)
"""Ratios beyond them are drawn at the ends."""
_HEIGHT_PX: Final = 34
_AXIS_Y: Final = 12.0
_DOT_PX: Final = 4.0
_BESIDE_PX: Final = 8.0


class RatioScale(QWidget):
    """Draws what it is given: the model's point and interval, the reader's point."""

    def __init__(self) -> None:
        super().__init__()
        self._model: RightHeart | None = None
        self._reader: float | None = None
        self.setFixedHeight(_HEIGHT_PX)
        self.setAccessibleName("RV/LV with marks at 0.9 and 1.0")

    def show_ratios(self, model: RightHeart | None, reader: float | None) -> None:
        """None for what is not known; the scale hides where neither is."""
        has_model = model is not None and model.ratio is not None
        self._model, self._reader = model if has_model else None, reader
        said = [f"model {model_ratio_text(model)}"] if model is not None and has_model else []
        said += [f"yours {ratio_text(reader)}"] if reader is not None else []
        self.setAccessibleDescription("; ".join(said))
        self.setVisible(bool(said))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(240, _HEIGHT_PX)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(PALETTE.edge), 1.0))
        painter.drawLine(QPointF(_BESIDE_PX, _AXIS_Y), QPointF(self._x(_ENDS[1]), _AXIS_Y))
        self._paint_marks(painter)
        if self._model is not None and self._model.ratio is not None:
            self._paint_interval(painter, self._model)
            self._paint_point(painter, self._model.ratio, PALETTE.model)
        if self._reader is not None:
            self._paint_point(painter, self._reader, PALETTE.reader)

    def _paint_marks(self, painter: QPainter) -> None:
        painter.setFont(font(SMALL_PX))
        for mark in MARKS:
            x = self._x(mark)
            painter.setPen(QPen(QColor(PALETTE.text), 1.0))
            painter.drawLine(QPointF(x, _AXIS_Y - 7), QPointF(x, _AXIS_Y + 7))
            painter.setPen(QColor(PALETTE.dim_text))
            place = QRectF(x - 14, _AXIS_Y + 8, 28, 14)
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, f"{mark:.1f}")

    def _paint_interval(self, painter: QPainter, heart: RightHeart) -> None:
        if heart.range is None:
            return
        low, high = self._x(heart.range.low), self._x(heart.range.high)
        painter.fillRect(QRectF(low, _AXIS_Y - 2, high - low, 4), QColor(PALETTE.model_dim))

    def _paint_point(self, painter: QPainter, ratio: float, colour: str) -> None:
        painter.setPen(QPen(QColor(PALETTE.view), 1.0))
        painter.setBrush(QColor(colour))
        painter.drawEllipse(QPointF(self._x(ratio), _AXIS_Y), _DOT_PX, _DOT_PX)

    def _x(self, ratio: float) -> float:
        least, most = _ENDS
        share = (min(max(ratio, least), most) - least) / (most - least)
        return _BESIDE_PX + share * (self.width() - 2 * _BESIDE_PX)
