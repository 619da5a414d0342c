"""The two scales over the slice view: millimetres, and the logits of the activation map."""

from typing import Final

from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from pe_viewer.display.fonts import font
from pe_viewer.display.heat import HeatScale, colour_bar, scale_of
from pe_viewer.display.palette import PALETTE
from pe_viewer.display.placement import Placement, nice_length_mm
from pe_viewer.display.texts import scale_title
from pe_viewer.views.picture.corner_painting import MARGIN_PX, paint_over
from pe_viewer.views.qimages import rgb_image
from pe_viewer.views.style import SMALL_PX

_LONGEST_PX: Final = 160.0
_BELOW_PX: Final = 84
_COLOUR_BAR_PX: Final = (10, 128)
_TEXT_PX: Final = 120

Align = Qt.AlignmentFlag


def paint_scale_bar(
    painter: QPainter,
    area: QRectF,
    placement: Placement,
    *,
    note: str = "",
    below_px: float = _BELOW_PX,
) -> None:
    """A round length in the right corner, ``below_px`` above its bottom, with a ``note`` on it."""
    length_mm = nice_length_mm(_LONGEST_PX / placement.scale)
    right, y = area.right() - MARGIN_PX, area.bottom() - below_px
    left = right - length_mm * placement.scale
    lines = [
        QLineF(left, y, right, y),
        QLineF(left, y - 4, left, y + 4),
        QLineF(right, y - 4, right, y + 4),
    ]
    for colour, width in ((PALETTE.view, 3.0), (PALETTE.text, 1.0)):
        painter.setPen(QPen(QColor(colour), width))
        painter.drawLines(lines)
    painter.setFont(font(SMALL_PX))
    words = f"{length_mm / 10:g} cm" if length_mm >= 10 else f"{length_mm:g} mm"
    above = QRectF(right - _TEXT_PX, y - 22, _TEXT_PX, 16)
    colour = PALETTE.bad if note else PALETTE.text
    words = f"{words}, {note}" if note else words
    paint_over(painter, above, Align.AlignRight | Align.AlignVCenter, words, colour)


def paint_colour_bar(painter: QPainter, area: QRectF, method: str, least_share: float) -> None:
    """The colours with their logits, and the method, at the right edge above the middle.

    A line across marks the logit that the map is drawn from, where the reader raised it.
    """
    width, height = _COLOUR_BAR_PX
    scale = scale_of(method)
    bar = QRectF(area.right() - MARGIN_PX - width, area.top() + 120, width, height)
    painter.drawImage(bar, rgb_image(colour_bar()[::-1, None]))
    painter.setPen(QColor(PALETTE.edge))
    painter.drawRect(bar)
    painter.setFont(font(SMALL_PX))
    for y, words in (
        (bar.top() - 22, scale_title(method)),
        (bar.top() - 2, f"{scale.high_logit:g}"),
        (bar.bottom() - 14, f"{scale.low_logit:g}"),
    ):
        at_title = y < bar.top() - 10
        right = bar.right() if at_title else bar.left() - 6
        line = QRectF(right - 3 * _TEXT_PX, y, 3 * _TEXT_PX, 16)
        align = Align.AlignRight | Align.AlignVCenter
        paint_over(painter, line, align, words, PALETTE.model)
    if least_share > 0.0:
        _paint_least(painter, bar, least_share, scale)


def _paint_least(painter: QPainter, bar: QRectF, share: float, scale: HeatScale) -> None:
    y = bar.bottom() - share * bar.height()
    painter.fillRect(QRectF(bar.left(), y, bar.width(), bar.bottom() - y), QColor(0, 0, 0, 176))
    painter.setPen(QPen(QColor(PALETTE.reader), 1))
    painter.drawLine(QLineF(bar.left() - 3, y, bar.right() + 3, y))
    line = QRectF(bar.left() - 6 - _TEXT_PX, y - 8, _TEXT_PX, 16)
    align = Align.AlignRight | Align.AlignVCenter
    paint_over(painter, line, align, f"{scale.at(share):g}", PALETTE.reader)
