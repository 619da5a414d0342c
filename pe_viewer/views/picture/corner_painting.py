"""How text is painted over the slice: on dark plates, clear of each other and of the cursor.

What stays whatever the reader hides is a ``Writing``, whose place is known before it is painted.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter

from pe_viewer.display.fonts import font
from pe_viewer.display.orientation import Orientation
from pe_viewer.display.palette import PALETTE
from pe_viewer.views.picture.corner_text import Block, Line
from pe_viewer.views.picture.text_room import TextRoom
from pe_viewer.views.style import BODY_PX, TITLE_PX, bold

MARGIN_PX: Final = 12
_LINE_PX: Final = 18
_TOP_NOTE_PX: Final = 100
_NOTE_ABOVE_PX: Final = 26
_PARTS: Final = re.compile(r".+?(?:, |  +|$)")
_PLATE: Final = QColor(0, 0, 0, 176)

Align = Qt.AlignmentFlag


@dataclass(frozen=True, slots=True)
class Writing:
    """Text within a place, by Qt's flags of alignment."""

    place: QRectF
    align: int
    text: str
    colour: str
    font: QFont

    @property
    def bounds(self) -> QRectF:
        """Where the text itself stands, with its plate."""
        return _plate(QFontMetricsF(self.font).boundingRect(self.place, self.align, self.text))


def paint_writings(painter: QPainter, writings: Sequence[Writing]) -> None:
    for each in writings:
        painter.setFont(each.font)
        paint_over(painter, each.place, each.align, each.text, each.colour)


def paint_blocks(
    painter: QPainter, room: TextRoom, blocks: Sequence[Block], cursor: QPointF | None
) -> None:
    """Paints each block from its corner inward, but for one that the cursor is on.

    A line steps past what stands in its way. One wider than the view is broken where its parts
    end; a part that is wider ends in an ellipsis.
    """
    painter.setFont(font(BODY_PX))
    metrics = QFontMetricsF(painter.font())
    for block in (_folded_block(block, room, metrics) for block in blocks):
        rows = _rows_of(block, room, metrics)
        if cursor is not None and any(row.adjusted(-8, -8, 8, 8).contains(cursor) for row in rows):
            continue
        for row, line in zip(rows, block.lines, strict=True):
            text = metrics.elidedText(line.text, Qt.TextElideMode.ElideRight, row.width())
            paint_over(painter, row, block.align | Align.AlignVCenter, text, line.colour)


def side_letters(area: QRectF, turned: Orientation, *, are_known: bool) -> tuple[Writing, ...]:
    """The patient's sides at the four edges of the view; with a ``?`` where they are assumed."""
    colour, mark = (PALETTE.text, "") if are_known else (PALETTE.bad, "?")
    inner, heavy = _inner(area), bold(TITLE_PX)
    return tuple(
        Writing(inner, align.value, letter + mark, colour, heavy)
        for letter, align in (
            (turned.left, Align.AlignLeft | Align.AlignVCenter),
            (turned.right, Align.AlignRight | Align.AlignVCenter),
            (turned.top, Align.AlignHCenter | Align.AlignTop),
            (turned.bottom, Align.AlignHCenter | Align.AlignBottom),
        )
    )


def overlay_caution(area: QRectF, note: str) -> Writing:
    """What there is to say of the overlay, above the bottom letter; in a narrow view in lines."""
    place = _inner(area).adjusted(0, 0, 0, -_NOTE_ABOVE_PX)
    align = (Align.AlignHCenter | Align.AlignBottom).value | Qt.TextFlag.TextWordWrap.value
    return Writing(place, align, note, PALETTE.model, font(BODY_PX))


def top_note(area: QRectF, note: str) -> Writing:
    """A line below the letter at the top and the blocks of text beside it."""
    line = QRectF(area.left(), area.top() + MARGIN_PX + _TOP_NOTE_PX, area.width(), _LINE_PX)
    return Writing(line, Align.AlignCenter.value, note, PALETTE.dim_text, font(BODY_PX))


def paint_over(painter: QPainter, place: QRectF, align: int, text: str, colour: str) -> None:
    """Text on a dark plate of its own size: readable over bone, air and inverted greys."""
    needed = painter.boundingRect(place, align, text)
    painter.fillRect(_plate(needed), _PLATE)
    painter.setPen(QColor(colour))
    painter.drawText(place, align, text)


def width_px(metrics: QFontMetricsF, text: str) -> int:
    """Whole pixels, so that text set at the right lies on them as text at the left does."""
    return ceil(metrics.horizontalAdvance(text)) + 2


def folded(text: str, metrics: QFontMetricsF, room_px: float) -> list[str]:
    """Lines that fit, broken after a comma or where two blanks part what is said."""
    lines = [""]
    for part in _PARTS.findall(text):
        longer = lines[-1] + part
        if lines[-1] and width_px(metrics, longer.rstrip()) > room_px:
            lines.append(part)
        else:
            lines[-1] = longer
    return [line.rstrip() for line in lines]


def _rows_of(block: Block, room: TextRoom, metrics: QFontMetricsF) -> list[QRectF]:
    """The place of each line, first to last, each stacked on the one before it."""
    inner = _inner(room.area)
    is_top = bool(block.align & Align.AlignTop)
    edge = inner.top() if is_top else inner.bottom()
    rows = []
    for line in block.lines if is_top else reversed(block.lines):
        width = min(width_px(metrics, line.text), inner.width())
        left = inner.left() if block.align & Align.AlignLeft else inner.right() - width
        if is_top:
            row = room.below(QRectF(left, edge, width, _LINE_PX))
            edge = row.bottom()
        else:
            row = room.above(QRectF(left, edge - _LINE_PX, width, _LINE_PX))
            edge = row.top()
        rows.append(row)
    for row in rows:
        room.take(row)
    return rows if is_top else rows[::-1]


def _folded_block(block: Block, room: TextRoom, metrics: QFontMetricsF) -> Block:
    room_px = _inner(room.area).width()
    lines = (
        Line(part, line.colour)
        for line in block.lines
        for part in folded(line.text, metrics, room_px)
    )
    return Block(block.align, tuple(lines))


def _inner(area: QRectF) -> QRectF:
    return area.adjusted(MARGIN_PX, MARGIN_PX, -MARGIN_PX, -MARGIN_PX)


def _plate(needed: QRectF) -> QRectF:
    return needed.adjusted(-3, -1, 3, 1)
