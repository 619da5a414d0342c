"""The crosshair over a picture: thin, faint, and open at its point, so that nothing is hidden."""

from typing import Final

from PySide6.QtCore import QLineF, QRectF
from PySide6.QtGui import QColor, QPainter, QPen

from pe_viewer.display.palette import PALETTE
from pe_viewer.display.placement import Placement

_OPEN_PX: Final = 14.0
_OPACITY: Final = 0.5


def paint_crosshair(
    painter: QPainter, area: QRectF, placement: Placement, crosshair: tuple[float, float]
) -> None:
    """Lines through a pixel (row, col), over as much of the picture as is seen."""
    seen = QRectF(*placement.rectangle()).intersected(area)
    x, y = (round(value) + 0.5 for value in placement.to_view(*crosshair))
    colour = QColor(PALETTE.dim_text)
    colour.setAlphaF(_OPACITY)
    painter.save()
    painter.setClipRect(seen)
    painter.setPen(QPen(colour, 1.0))
    painter.drawLines(
        [
            QLineF(seen.left(), y, x - _OPEN_PX, y),
            QLineF(x + _OPEN_PX, y, seen.right(), y),
            QLineF(x, seen.top(), x, y - _OPEN_PX),
            QLineF(x, y + _OPEN_PX, x, seen.bottom()),
        ]
    )
    painter.restore()
