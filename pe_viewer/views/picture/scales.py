"""The two scales over the slice view: millimetres, and the logits of the activation map."""

from typing import Final

from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen

from pe_viewer.display.fonts import font
from pe_viewer.display.heat import HeatScale, colour_bar, scale_of
from pe_viewer.display.palette import PALETTE
from pe_viewer.display.placement import Placement, nice_length_mm
from pe_viewer.display.texts import scale_title
from pe_viewer.views.picture.corner_painting import MARGIN_PX, paint_over, width_px
from pe_viewer.views.picture.text_room import TextRoom
from pe_viewer.views.qimages import rgb_image
from pe_viewer.views.style import SMALL_PX

_LONGEST_PX: Final = 160.0
_BELOW_PX: Final = 84
_COLOUR_BAR_PX: Final = (10, 128)
_COLOUR_BAR_TOP_PX: Final = 120
_LEAST_COLOUR_BAR_PX: Final = 48
_HALF_LETTER_PX: Final = 20
_TEXT_PX: Final = 120
_NUMBERS_PX: Final = 32
"""Left of the colour bar: its ends, and the reader's least logit."""
_TICK_PX: Final = 4
_SCALE_PX: Final = 26
"""The height of the words above the line, and of its lower ticks."""

Align = Qt.AlignmentFlag


def paint_scale_bar(
    painter: QPainter,
    room: TextRoom,
    placement: Placement,
    *,
    note: str = "",
    below_px: float = _BELOW_PX,
) -> None:
    """A round length in the right corner, ``below_px`` above its bottom, with a ``note`` on it.

    It steps up past what stands in its way.
    """
    length_mm = nice_length_mm(_LONGEST_PX / placement.scale)
    words = f"{length_mm / 10:g} cm" if length_mm >= 10 else f"{length_mm:g} mm"
    words = f"{words}, {note}" if note else words
    small = font(SMALL_PX)
    length_px = length_mm * placement.scale
    width = max(length_px, width_px(QFontMetricsF(small), words))
    right, bottom = room.area.right() - MARGIN_PX, room.area.bottom() - below_px + _TICK_PX
    place = room.take(room.above(QRectF(right - width, bottom - _SCALE_PX, width, _SCALE_PX)))
    y, left = place.bottom() - _TICK_PX, right - length_px
    lines = [
        QLineF(left, y, right, y),
        QLineF(left, y - _TICK_PX, left, y + _TICK_PX),
        QLineF(right, y - _TICK_PX, right, y + _TICK_PX),
    ]
    for colour, width in ((PALETTE.view, 3.0), (PALETTE.text, 1.0)):
        painter.setPen(QPen(QColor(colour), width))
        painter.drawLines(lines)
    painter.setFont(small)
    above = QRectF(place.left(), place.top(), place.width(), 16)
    colour = PALETTE.bad if note else PALETTE.text
    paint_over(painter, above, Align.AlignRight | Align.AlignVCenter, words, colour)


def paint_colour_bar(painter: QPainter, area: QRectF, method: str, least_share: float) -> None:
    """The colours with their logits, and the method, at the right edge above the middle.

    A line across marks the logit that the map is drawn from, where the reader raised it.
    """
    scale, bar = scale_of(method), _colour_bar(area)
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


def colour_bar_places(area: QRectF, method: str) -> tuple[QRectF, QRectF]:
    """Where ``paint_colour_bar`` paints: the bar with its numbers, and the title."""
    bar = _colour_bar(area)
    width = width_px(QFontMetricsF(font(SMALL_PX)), scale_title(method))
    title = QRectF(bar.right() - width, bar.top() - 22, width, 16)
    return bar.adjusted(-_NUMBERS_PX, -8, 3, 8), title


def _colour_bar(area: QRectF) -> QRectF:
    """Shorter in a low view, so that it ends above the letter at the side."""
    width, height = _COLOUR_BAR_PX
    room = area.height() / 2 - _HALF_LETTER_PX - _COLOUR_BAR_TOP_PX
    height = max(_LEAST_COLOUR_BAR_PX, min(height, int(room)))
    top = area.top() + _COLOUR_BAR_TOP_PX
    return QRectF(area.right() - MARGIN_PX - width, top, width, height)


def _paint_least(painter: QPainter, bar: QRectF, share: float, scale: HeatScale) -> None:
    y = bar.bottom() - share * bar.height()
    painter.fillRect(QRectF(bar.left(), y, bar.width(), bar.bottom() - y), QColor(0, 0, 0, 176))
    painter.setPen(QPen(QColor(PALETTE.reader), 1))
    painter.drawLine(QLineF(bar.left() - 3, y, bar.right() + 3, y))
    line = QRectF(bar.left() - 6 - _TEXT_PX, y - 8, _TEXT_PX, 16)
    align = Align.AlignRight | Align.AlignVCenter
    paint_over(painter, line, align, f"{scale.at(share):g}", PALETTE.reader)
