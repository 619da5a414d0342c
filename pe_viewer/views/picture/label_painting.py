"""The words beside what is drawn on the picture: whole, in the view, and clear of other text."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter

from pe_viewer.display.fonts import font
from pe_viewer.views.picture.corner_painting import folded, paint_over, width_px
from pe_viewer.views.picture.text_room import TextRoom
from pe_viewer.views.style import SMALL_PX

LABEL_LINE_PX: Final = 15.0
_PLATE_PX: Final = 8

Align = Qt.AlignmentFlag


@dataclass(frozen=True, slots=True)
class Label:
    """Lines of small text whose first begins at ``corner``; ``shape`` is what they are of, in px.

    Where the shape is out of view its words are too.
    """

    corner: QPointF
    lines: tuple[str, ...]
    colour: str
    shape: QRectF


def paint_labels(painter: QPainter, room: TextRoom, labels: Sequence[Label]) -> None:
    """Each label where it is wanted or as near as it is free."""
    painter.setFont(font(SMALL_PX))
    metrics, room_px = QFontMetricsF(painter.font()), room.area.width() - _PLATE_PX
    shapes = [label.shape.adjusted(-1, -1, 1, 1) for label in labels]
    for label, shape in zip(labels, shapes, strict=True):
        if not room.area.intersects(shape):
            continue
        lines = [part for line in label.lines for part in folded(line, metrics, room_px)]
        size = QSizeF(
            max((width_px(metrics, line) for line in lines), default=0), len(lines) * LABEL_LINE_PX
        )
        place = _plated(room, QRectF(label.corner, size), shapes)
        for number, line in enumerate(lines):
            top = place.top() + number * LABEL_LINE_PX
            row = QRectF(place.left(), top, place.width(), LABEL_LINE_PX)
            paint_over(painter, row, Align.AlignLeft | Align.AlignVCenter, line, label.colour)


def small_width_px(text: str) -> int:
    """Of one line of a label."""
    return width_px(QFontMetricsF(font(SMALL_PX)), text)


def _plated(room: TextRoom, wanted: QRectF, shapes: Sequence[QRectF]) -> QRectF:
    """The place that was found, without the plate about it."""
    found = room.take(room.beside(wanted.adjusted(-4, -1, 4, 1), shunned=shapes))
    return found.adjusted(4, 1, -4, -1)
