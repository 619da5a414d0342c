"""The marks on the track: flags with peak and sides, decisions, key images, the pointer.

What the model says is a bar with a notch, what the reader says has a shape of its own for each
decision: none of it needs colour to be told apart.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from pe_models.findings import Flag
from pe_viewer.display.fonts import font
from pe_viewer.display.palette import PALETTE
from pe_viewer.display.track import TrackScale
from pe_viewer.review import Decision, DecisionState

TRACK_PX: Final = 64
POINTER_PX: Final = 8
"""Width of the pointer's tip."""

_FLAG: Final = (32.0, 3.0)
_SIDES_PX: Final = (36.0, 9.0)
"""Left edge and size of the letters beside a peak."""
_MOST_LETTERS: Final = 2
_MARK_X: Final = 52.5
_MARK_PX: Final = 3.5
_KEY_X: Final = 60.0
_KEY_PX: Final = 3.0
_LEAST_FLAG_PX: Final = 3.0


def paint_flags(painter: QPainter, scale: TrackScale, flags: Sequence[Flag]) -> None:
    """Runs as bars, each with a notch at its peak, and its sides where the model gives them."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(PALETTE.model))
    for flag in flags:
        _paint_bar(painter, scale, flag.first, flag.last)
        peak, left = scale.centre_of(flag.peak), _FLAG[0]
        notch = [QPointF(left + 1, peak - 4), QPointF(left - 4, peak), QPointF(left + 1, peak + 4)]
        painter.drawPolygon(QPolygonF(notch))
    _paint_sides(painter, scale, flags)


def paint_decisions(painter: QPainter, scale: TrackScale, decisions: Sequence[Decision]) -> None:
    """The reader's word on a run at its peak, and the runs that the reader added."""
    for decision in decisions:
        if decision.state is DecisionState.ADDED:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(PALETTE.reader))
            _paint_bar(painter, scale, decision.first, decision.last)
        painter.setPen(QPen(QColor(PALETTE.reader), 1.75))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        paint_mark = _MARKS.get(decision.state)
        if paint_mark is not None:
            paint_mark(painter, QPointF(_MARK_X, scale.centre_of(decision.peak)))


def paint_key_slices(painter: QPainter, scale: TrackScale, key_slices: frozenset[int]) -> None:
    """A filled diamond a key image."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(PALETTE.reader))
    for slice_index in key_slices:
        y, r = scale.centre_of(slice_index), _KEY_PX
        corners = ((0, -r), (r, 0), (0, r), (-r, 0))
        painter.drawPolygon(QPolygonF([QPointF(_KEY_X + dx, y + dy) for dx, dy in corners]))


def paint_pointer(painter: QPainter, scale: TrackScale, slice_index: int) -> None:
    """The current slice: a line through curve and bars, and a tip at the far side.

    Between the two, where letters and marks stand, it is too dim to strike them through.
    """
    y, marks_x = scale.centre_of(slice_index), sum(_FLAG)
    for left, right, colour in ((0.0, marks_x, PALETTE.text), (marks_x, TRACK_PX, PALETTE.edge)):
        painter.setPen(QPen(QColor(colour), 1))
        painter.drawLine(QLineF(left, y, right, y))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(PALETTE.text))
    tip = [QPointF(TRACK_PX - 5, y), QPointF(TRACK_PX, y - 5), QPointF(TRACK_PX, y + 5)]
    painter.drawPolygon(QPolygonF(tip))


def side_letters_of(flag: Flag) -> str:
    """``R``, ``L``, ``C`` or the first two of them, as room is; "" where the model gives none."""
    return "".join(side[:1].upper() for side in flag.sides[:_MOST_LETTERS])


def _paint_bar(painter: QPainter, scale: TrackScale, first: int, last: int) -> None:
    top, bottom = scale.span_of(first, last)
    height = max(_LEAST_FLAG_PX, bottom - top)
    painter.drawRect(QRectF(_FLAG[0], (top + bottom - height) / 2, _FLAG[1], height))


def _paint_sides(painter: QPainter, scale: TrackScale, flags: Sequence[Flag]) -> None:
    """Letters beside the peaks; where they would overlap, the stronger flag keeps its own."""
    left, size = _SIDES_PX
    painter.setFont(font(int(size)))
    painter.setPen(QColor(PALETTE.model))
    taken: list[float] = []
    for flag in sorted(flags, key=lambda flag: -flag.score):
        y = scale.centre_of(flag.peak)
        if all(abs(y - other) >= size for other in taken):
            place = QRectF(left, y - size, 2 * size, 2 * size)
            painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, side_letters_of(flag))
            taken.append(y)


def _paint_tick(painter: QPainter, at: QPointF) -> None:
    corners = [at + QPointF(-3.5, 0), at + QPointF(-1, 2.5), at + QPointF(3.5, -3)]
    painter.drawPolyline(QPolygonF(corners))


def _paint_cross(painter: QPainter, at: QPointF) -> None:
    r = _MARK_PX - 1
    painter.drawLine(at + QPointF(-r, -r), at + QPointF(r, r))
    painter.drawLine(at + QPointF(-r, r), at + QPointF(r, -r))


def _paint_ring(painter: QPainter, at: QPointF) -> None:
    painter.drawEllipse(at, _MARK_PX - 1, _MARK_PX - 1)


def _paint_plus(painter: QPainter, at: QPointF) -> None:
    painter.drawLine(at + QPointF(-_MARK_PX, 0), at + QPointF(_MARK_PX, 0))
    painter.drawLine(at + QPointF(0, -_MARK_PX), at + QPointF(0, _MARK_PX))


_MARKS: Final[Mapping[DecisionState, Callable[[QPainter, QPointF], None]]] = {
    DecisionState.ACCEPTED: _paint_tick,
    DecisionState.REJECTED: _paint_cross,
    DecisionState.UNSURE: _paint_ring,
    DecisionState.ADDED: _paint_plus,
}
