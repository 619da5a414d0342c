"""How text is painted over the slice: on dark plates, out of the cursor's way."""

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter

from pe_viewer.display.fonts import font
from pe_viewer.display.orientation import Orientation
from pe_viewer.display.palette import PALETTE
from pe_viewer.views.picture.corner_text import Block
from pe_viewer.views.style import BODY_PX, TITLE_PX, bold

MARGIN_PX: Final = 12
_LINE_PX: Final = 18
_TOP_NOTE_PX: Final = 100
_PLATE: Final = QColor(0, 0, 0, 176)

Align = Qt.AlignmentFlag


def paint_blocks(
    painter: QPainter, area: QRectF, blocks: Sequence[Block], cursor: QPointF | None
) -> None:
    """Paints each block in its corner of ``area``, but for one that the cursor is on."""
    inner = area.adjusted(MARGIN_PX, MARGIN_PX, -MARGIN_PX, -MARGIN_PX)
    painter.setFont(font(BODY_PX))
    metrics = QFontMetricsF(painter.font())
    for block in blocks:
        place = _place_of(block, inner, metrics)
        if cursor is not None and place.adjusted(-8, -8, 8, 8).contains(cursor):
            continue
        for number, line in enumerate(block.lines):
            row = QRectF(place.left(), place.top() + number * _LINE_PX, place.width(), _LINE_PX)
            paint_over(painter, row, block.align | Align.AlignVCenter, line.text, line.colour)


def paint_letters(painter: QPainter, area: QRectF, turned: Orientation, *, are_known: bool) -> None:
    """The patient's sides at the four edges of the view; with a ``?`` where they are assumed."""
    colour, mark = (PALETTE.text, "") if are_known else (PALETTE.bad, "?")
    painter.setFont(bold(TITLE_PX))
    inner = area.adjusted(MARGIN_PX, MARGIN_PX, -MARGIN_PX, -MARGIN_PX)
    for letter, align in (
        (turned.left, Align.AlignLeft | Align.AlignVCenter),
        (turned.right, Align.AlignRight | Align.AlignVCenter),
        (turned.top, Align.AlignHCenter | Align.AlignTop),
        (turned.bottom, Align.AlignHCenter | Align.AlignBottom),
    ):
        paint_over(painter, inner, align, letter + mark, colour)


def paint_overlay_note(painter: QPainter, area: QRectF, note: str) -> None:
    """What there is to say of the overlay, in the middle above the bottom letter."""
    painter.setFont(font(BODY_PX))
    line = QRectF(area.left(), area.bottom() - MARGIN_PX - 44, area.width(), _LINE_PX)
    paint_over(painter, line, Align.AlignCenter, note, PALETTE.model)


def paint_top_note(painter: QPainter, area: QRectF, note: str) -> None:
    """A line below the letter at the top and the blocks of text beside it."""
    painter.setFont(font(BODY_PX))
    line = QRectF(area.left(), area.top() + MARGIN_PX + _TOP_NOTE_PX, area.width(), _LINE_PX)
    paint_over(painter, line, Align.AlignCenter, note, PALETTE.dim_text)


def paint_over(painter: QPainter, place: QRectF, align: int, text: str, colour: str) -> None:
    """Text on a dark plate of its own size: readable over bone, air and inverted greys."""
    needed = painter.boundingRect(place, align, text)
    painter.fillRect(needed.adjusted(-3, -1, 3, 1), _PLATE)
    painter.setPen(QColor(colour))
    painter.drawText(place, align, text)


def _place_of(block: Block, inner: QRectF, metrics: QFontMetricsF) -> QRectF:
    width = max((metrics.horizontalAdvance(line.text) for line in block.lines), default=0.0) + 2
    height = len(block.lines) * _LINE_PX
    left = inner.left() if block.align & Align.AlignLeft else inner.right() - width
    top = inner.top() if block.align & Align.AlignTop else inner.bottom() - height
    return QRectF(left, top, width, height)
