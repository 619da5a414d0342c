"""How the track is drawn: image side left, then curve, flags, the reader's marks, the pointer.

    viewed | curve of the score ->  | flag bar with its peak | sides | marks | key images, pointer

The curve starts at the image's side; what reaches the threshold is bright, the rest is dim.
"""

from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPen, QPolygonF

from pe_viewer.display.fonts import font
from pe_viewer.display.palette import PALETTE
from pe_viewer.display.scores import kinds_shown, shown_scores, summary_label
from pe_viewer.display.texts import SHORT_LABEL_TEXTS
from pe_viewer.display.track import TrackScale, held_between, raw_scores, runs_of
from pe_viewer.display.warning_places import gaps_of
from pe_viewer.state import ReviewSnapshot
from pe_viewer.views.track.track_marks import (
    POINTER_PX,
    TRACK_PX,
    paint_decisions,
    paint_flags,
    paint_key_slices,
)

PAD_PX: Final = 8
_NAMED_PX: Final = 22
_NAME_PX: Final = 10
"""Room above a track that has its label's name there, and the size of the name."""

_VIEWED: Final = (1.0, 2.0)
"""Left edge and width of the line of viewed slices."""
_CURVE: Final = (6.0, 29.0)
"""Where a score of 0 and a score of 1 lie."""
CURVE_X: Final = int(_CURVE[0])
_LEAST_MISSING_PX: Final = 4.0
_BREAK_PX: Final = 5
_HANDLE_PX: Final = 4.0


def scores_of(snapshot: ReviewSnapshot) -> NDArray[np.floating] | None:
    """Final scores (slice,), else coarse ones, NaN where unknown; None while nothing is known."""
    return snapshot.coarse_scores if snapshot.findings is None else shown_scores(snapshot.findings)


def head_px(snapshot: ReviewSnapshot) -> int:
    """Room above the topmost slice: more where each label has a track, with its name on top."""
    return _NAMED_PX if kinds_shown(snapshot.findings) else PAD_PX


def paint_track(
    painter: QPainter, area: QRect, scale: TrackScale | None, snapshot: ReviewSnapshot
) -> None:
    """All but the pointer."""
    painter.fillRect(area, QColor(PALETTE.ground))
    if scale is None:
        return
    painter.translate(0, head_px(snapshot))
    if snapshot.findings is not None and kinds_shown(snapshot.findings):
        paint_name(painter, _CURVE[0], summary_label(snapshot.findings), is_bright=True)
    _paint_unloaded(painter, scale, snapshot)
    _paint_viewed(painter, scale, snapshot)
    paint_axis(painter, scale)
    if snapshot.findings is not None:
        _paint_scores(painter, scale, snapshot)
        if snapshot.shows_raw_scores:
            _paint_raw(painter, scale, raw_scores(snapshot.findings))
        _paint_thresholds(painter, scale, snapshot)
    elif snapshot.coarse_scores is not None:
        _paint_coarse(painter, scale, snapshot.coarse_scores)
    _paint_compared(painter, scale, snapshot)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    paint_flags(painter, scale, snapshot.shown_flags)
    paint_decisions(painter, scale, snapshot.review.decisions)
    paint_key_slices(painter, scale, snapshot.review.key_slices)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    _paint_missing(painter, scale, snapshot)
    _paint_gaps(painter, scale, snapshot)


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
            painter.drawLine(QLineF(0, y, TRACK_PX - POINTER_PX, y))


def _paint_viewed(painter: QPainter, scale: TrackScale, snapshot: ReviewSnapshot) -> None:
    left, width = _VIEWED
    painter.fillRect(QRectF(left, 0, width, scale.height_px), QColor(PALETTE.raised))
    if snapshot.viewed is not None:
        for top, bottom in runs_of(scale.merged_by_all(snapshot.viewed.mask())):
            painter.fillRect(QRectF(left, top, width, bottom - top), QColor(PALETTE.reader_dim))


def _paint_scores(painter: QPainter, scale: TrackScale, snapshot: ReviewSnapshot) -> None:
    if snapshot.findings is not None:
        paint_curve(painter, scale, shown_scores(snapshot.findings), snapshot.threshold)


def paint_curve(
    painter: QPainter, scale: TrackScale, scores: NDArray[np.floating], threshold: float
) -> None:
    """``scores`` (slice,) from the axis at column CURVE_X; bright from ``threshold`` on.

    A bar a row: rows are pixels, so that a clot on one slice of many keeps its full height.
    """
    rows = scale.merged_by_maximum(scores)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)  # a score of 0.02 is half a pixel
    for is_flagged, colour in ((False, PALETTE.model_dim), (True, PALETTE.model)):
        chosen = (rows >= threshold) == is_flagged
        _fill_rows(painter, np.where(chosen, rows, np.nan), QBrush(QColor(colour)))


def paint_axis(painter: QPainter, scale: TrackScale) -> None:
    """The line of a score of 0, just before column CURVE_X."""
    painter.fillRect(QRectF(CURVE_X - 1, 0, 1, scale.height_px), QColor(PALETTE.line))


def paint_name(painter: QPainter, left: float, label: str, *, is_bright: bool) -> None:
    """The short name of a label above its track, whose topmost row is at 0."""
    painter.setFont(font(_NAME_PX))
    painter.setPen(QColor(PALETTE.text if is_bright else PALETTE.dim_text))
    painter.drawText(QPointF(left, -PAD_PX), SHORT_LABEL_TEXTS.get(label, label))


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


def _paint_raw(painter: QPainter, scale: TrackScale, scores: NDArray[np.floating]) -> None:
    """The scores before calibration: a thin line, not filled, as nothing is flagged by them."""
    _paint_line(painter, scale, scores, PALETTE.dim_text)


def _paint_compared(painter: QPainter, scale: TrackScale, snapshot: ReviewSnapshot) -> None:
    """What two bundles said of this study when they were compared: lines over the curve."""
    pair = snapshot.compared
    if pair is None or snapshot.withholds_model or len(pair.in_use) != scale.n_slices:
        return
    _paint_line(painter, scale, np.asarray(pair.in_use), PALETTE.model)
    _paint_line(painter, scale, np.asarray(pair.candidate), PALETTE.text)


def _paint_line(
    painter: QPainter, scale: TrackScale, scores: NDArray[np.floating], colour: str
) -> None:
    """A thin line through the known rows; ``scores`` (slice,), NaN where unknown."""
    rows = scale.merged_by_maximum(scores)
    painter.setPen(QPen(QColor(colour), 1))
    for start, stop in runs_of(~np.isnan(rows)):
        line = [QPointF(_x_of(float(rows[y])), y + 0.5) for y in range(start, stop)]
        painter.drawPolyline(QPolygonF(line))


def _paint_thresholds(painter: QPainter, scale: TrackScale, snapshot: ReviewSnapshot) -> None:
    """The model's own as a grey line; the reader's, where it is another, in the reader's colour."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    if snapshot.findings is not None:
        own = snapshot.findings.flag_threshold
        _paint_threshold(painter, scale, own, PALETTE.edge)
        is_own = snapshot.threshold == own
        colour = PALETTE.dim_text if is_own else PALETTE.reader
        if not is_own:
            _paint_threshold(painter, scale, snapshot.threshold, colour)
        _paint_handle(painter, threshold_x(snapshot.threshold), colour)


def _paint_threshold(painter: QPainter, scale: TrackScale, score: float, colour: str) -> None:
    x = threshold_x(score)
    painter.setPen(QPen(QColor(colour), 1))
    painter.drawLine(QLineF(x, 0, x, scale.height_px))


def _paint_handle(painter: QPainter, x: float, colour: str) -> None:
    """What a hand takes hold of: a small tip above the line."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colour))
    size = _HANDLE_PX
    tip = [QPointF(x - size, -PAD_PX + 1), QPointF(x + size, -PAD_PX + 1), QPointF(x, -PAD_PX + 7)]
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.drawPolygon(QPolygonF(tip))


def threshold_x(score: float) -> float:
    """Column of the line of a threshold, in the middle of a pixel."""
    return round(_x_of(score)) + 0.5


def score_at(x: float) -> float:
    """The score whose place on the curve's axis is column ``x``; may lie outside [0, 1]."""
    return (x - _CURVE[0]) / (_CURVE[1] - _CURVE[0])


def _x_of(score: float) -> float:
    return _CURVE[0] + score * (_CURVE[1] - _CURVE[0])
