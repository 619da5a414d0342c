"""How the track is drawn: image side left, then curve, flags, the reader's marks, the pointer.

    viewed | curve of the score ->  | flag bar with its peak | marks | pointer

The curve starts at the image's side; what reaches the threshold is bright, the rest is dim.
"""

from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPen, QPolygonF

from pe_viewer.display.palette import PALETTE
from pe_viewer.display.track import TrackScale, held_between, runs_of
from pe_viewer.display.warning_places import gaps_of
from pe_viewer.review import DecisionState
from pe_viewer.state import ReviewSnapshot

TRACK_PX: Final = 64
PAD_PX: Final = 8

_VIEWED: Final = (1.0, 2.0)
"""Left edge and width of the line of viewed slices."""
_CURVE: Final = (6.0, 40.0)
"""Where a score of 0 and a score of 1 lie."""
_FLAG: Final = (43.0, 4.0)
_MARK_X: Final = 54.0
_MARK_PX: Final = 4.0
_LEAST_FLAG_PX: Final = 3.0
_LEAST_MISSING_PX: Final = 4.0
_BREAK_PX: Final = 5
_TIP_PX: Final = 8
"""Width of the pointer's tip, which a break leaves free."""


def scores_of(snapshot: ReviewSnapshot) -> NDArray[np.floating] | None:
    """Final scores (slice,), else coarse ones, NaN where unknown; None while nothing is known."""
    return snapshot.coarse_scores if snapshot.findings is None else snapshot.findings.pe_scores()


def paint_track(
    painter: QPainter, area: QRect, scale: TrackScale | None, snapshot: ReviewSnapshot
) -> None:
    """All but the pointer."""
    painter.fillRect(area, QColor(PALETTE.ground))
    if scale is None:
        return
    painter.translate(0, PAD_PX)
    _paint_unloaded(painter, scale, snapshot)
    _paint_viewed(painter, scale, snapshot)
    _paint_axis(painter, scale)
    if snapshot.findings is not None:
        _paint_scores(painter, scale, snapshot)
        _paint_threshold(painter, scale, snapshot.findings.flag_threshold)
    elif snapshot.coarse_scores is not None:
        _paint_coarse(painter, scale, snapshot.coarse_scores)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    _paint_flags(painter, scale, snapshot)
    _paint_decisions(painter, scale, snapshot)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    _paint_missing(painter, scale, snapshot)
    _paint_gaps(painter, scale, snapshot)


def paint_pointer(painter: QPainter, scale: TrackScale, slice_index: int) -> None:
    """The current slice: a line through everything, and a tip at the far side."""
    y = scale.centre_of(slice_index)
    painter.setPen(QPen(QColor(PALETTE.text), 1))
    painter.drawLine(QLineF(0, y, TRACK_PX, y))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(PALETTE.text))
    tip = [QPointF(TRACK_PX - 6, y), QPointF(TRACK_PX, y - 5), QPointF(TRACK_PX, y + 5)]
    painter.drawPolygon(QPolygonF(tip))


def _paint_unloaded(painter: QPainter, scale: TrackScale, snapshot: ReviewSnapshot) -> None:
    if snapshot.loaded is None or snapshot.loaded.is_complete:
        return
    hatching = QBrush(QColor(PALETTE.edge), Qt.BrushStyle.BDiagPattern)
    for top, bottom in runs_of(~scale.merged_by_all(snapshot.loaded.mask())):
        painter.fillRect(QRectF(_CURVE[0], top, _CURVE[1] - _CURVE[0], bottom - top), hatching)


def _paint_missing(painter: QPainter, scale: TrackScale, snapshot: ReviewSnapshot) -> None:
    """Hatched across, and never less than can be seen: a slice that could not be read."""
    if snapshot.volume is None:
        return
    brush = QBrush(QColor(PALETTE.bad), Qt.BrushStyle.FDiagPattern)
    for index in snapshot.volume.missing_slices:
        top, bottom = scale.span_of(index, index)
        height = max(_LEAST_MISSING_PX, bottom - top)
        across = QRectF(_CURVE[0], (top + bottom - height) / 2, _CURVE[1] - _CURVE[0], height)
        painter.fillRect(across, QColor(PALETTE.ground))
        painter.fillRect(across, brush)


def _paint_gaps(painter: QPainter, scale: TrackScale, snapshot: ReviewSnapshot) -> None:
    """A break right through the track between the two slices, between two lines."""
    if snapshot.series is None:
        return
    for gap in gaps_of(snapshot.series):
        middle = round(scale.span_of(gap.below, gap.below)[0])
        top = middle - _BREAK_PX // 2
        painter.fillRect(QRectF(0, top, TRACK_PX, _BREAK_PX), QColor(PALETTE.ground))
        painter.setPen(QPen(QColor(PALETTE.bad), 1))
        for y in (top, top + _BREAK_PX - 1):
            painter.drawLine(QLineF(0, y, TRACK_PX - _TIP_PX, y))


def _paint_viewed(painter: QPainter, scale: TrackScale, snapshot: ReviewSnapshot) -> None:
    left, width = _VIEWED
    painter.fillRect(QRectF(left, 0, width, scale.height_px), QColor(PALETTE.raised))
    if snapshot.viewed is not None:
        for top, bottom in runs_of(scale.merged_by_all(snapshot.viewed.mask())):
            painter.fillRect(QRectF(left, top, width, bottom - top), QColor(PALETTE.reader_dim))


def _paint_axis(painter: QPainter, scale: TrackScale) -> None:
    painter.fillRect(QRectF(_CURVE[0] - 1, 0, 1, scale.height_px), QColor(PALETTE.line))


def _paint_scores(painter: QPainter, scale: TrackScale, snapshot: ReviewSnapshot) -> None:
    """A bar a row: rows are pixels, so that a clot on one slice of many keeps its full height."""
    findings = snapshot.findings
    if findings is None:
        return
    rows = scale.merged_by_maximum(findings.pe_scores())
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)  # a score of 0.02 is half a pixel
    for is_flagged, colour in ((False, PALETTE.model_dim), (True, PALETTE.model)):
        chosen = (rows >= findings.flag_threshold) == is_flagged
        _fill_rows(painter, np.where(chosen, rows, np.nan), QBrush(QColor(colour)))


def _paint_coarse(painter: QPainter, scale: TrackScale, scores: NDArray[np.float32]) -> None:
    """Hatched and never bright: a first look, not yet what the model says."""
    rows = scale.merged_by_maximum(held_between(scores))
    _fill_rows(painter, rows, QBrush(QColor(PALETTE.model), Qt.BrushStyle.Dense5Pattern))


def _fill_rows(painter: QPainter, rows: NDArray[np.float64], brush: QBrush) -> None:
    """Fills from the axis to each known row's score, rows of one score together."""
    edges = np.flatnonzero(np.diff(rows, prepend=np.nan, append=np.nan) != 0)
    for top, bottom in pairwise(edges):
        if not np.isnan(rows[top]):
            width = _x_of(float(rows[top])) - _CURVE[0]
            painter.fillRect(QRectF(_CURVE[0], float(top), width, float(bottom - top)), brush)


def _paint_threshold(painter: QPainter, scale: TrackScale, threshold: float) -> None:
    x = round(_x_of(threshold)) + 0.5
    painter.setPen(QPen(QColor(PALETTE.edge), 1))
    painter.drawLine(QLineF(x, 0, x, scale.height_px))


def _paint_flags(painter: QPainter, scale: TrackScale, snapshot: ReviewSnapshot) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(PALETTE.model))
    for flag in snapshot.flags:
        _paint_bar(painter, scale, flag.first, flag.last)
        peak, left = scale.centre_of(flag.peak), _FLAG[0]
        notch = [QPointF(left + 1, peak - 4), QPointF(left - 4, peak), QPointF(left + 1, peak + 4)]
        painter.drawPolygon(QPolygonF(notch))


def _paint_bar(painter: QPainter, scale: TrackScale, first: int, last: int) -> None:
    top, bottom = scale.span_of(first, last)
    height = max(_LEAST_FLAG_PX, bottom - top)
    painter.drawRect(QRectF(_FLAG[0], (top + bottom - height) / 2, _FLAG[1], height))


def _paint_decisions(painter: QPainter, scale: TrackScale, snapshot: ReviewSnapshot) -> None:
    for decision in snapshot.review.decisions:
        if decision.state is DecisionState.ADDED:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(PALETTE.reader))
            _paint_bar(painter, scale, decision.first, decision.last)
        painter.setPen(QPen(QColor(PALETTE.reader), 1.75))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        paint_mark = _MARKS.get(decision.state)
        if paint_mark is not None:
            paint_mark(painter, QPointF(_MARK_X, scale.centre_of(decision.peak)))


def _paint_tick(painter: QPainter, at: QPointF) -> None:
    corners = [at + QPointF(-4, 0), at + QPointF(-1, 3), at + QPointF(4, -3)]
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
"""A shape for each decision, so that colour is not needed to tell them apart."""


def _x_of(score: float) -> float:
    return _CURVE[0] + score * (_CURVE[1] - _CURVE[0])
