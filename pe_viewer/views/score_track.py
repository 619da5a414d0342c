"""The track: a model score a slice, beside the slices, superior at the top."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QBrush,
    QColor,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
    QWheelEvent,
)
from PySide6.QtWidgets import QToolTip, QWidget

from pe_viewer.display.fonts import font
from pe_viewer.display.palette import PALETTE
from pe_viewer.display.texts import score_text, slice_name
from pe_viewer.display.track import TrackScale, runs_of
from pe_viewer.review import DecisionState
from pe_viewer.state import ReviewSnapshot, ReviewState
from pe_viewer.views.gestures import WheelSteps

_PAD_PX: Final = 8
_CURVE_LEFT: Final = 6
_CURVE_RIGHT: Final = 44
_FLAG_X: Final = 48.0
_FLAG_PX: Final = 4.0
_VIEWED_X: Final = 56.0
_DRAWN_FIELDS: Final = (
    "series", "geometry", "loaded", "viewed", "findings", "coarse_scores", "review", "slice_index",
)  # fmt: skip


class ScoreTrack(QWidget):
    """Scores, flags, what is loaded and viewed, the reader's marks, and the current slice."""

    slice_requested = Signal(int)

    def __init__(self, state: ReviewState) -> None:
        super().__init__()
        self._state = state
        self._wheel = WheelSteps()
        self.setAccessibleName("Track of model scores")
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        state.changed.connect(self._on_changed)

    def sizeHint(self) -> QSize:
        return QSize(64, 400)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(PALETTE.ground))
        snapshot, scale = self._state.snapshot, self._scale()
        if scale is None:
            return
        painter.translate(0, _PAD_PX)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        _draw_unloaded(painter, scale, snapshot)
        _draw_viewed(painter, scale, snapshot)
        _draw_scores(painter, scale, snapshot)
        _draw_flags(painter, scale, snapshot)
        _draw_decisions(painter, scale, snapshot)
        _draw_pointer(painter, scale, snapshot)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self._request(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._request(event)
        else:
            self._show_value(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        steps = self._wheel.turned(event.angleDelta().y())
        if steps:
            self.slice_requested.emit(self._state.snapshot.slice_index + steps)
        event.accept()

    def leaveEvent(self, event: QEvent) -> None:
        QToolTip.hideText()

    def _scale(self) -> TrackScale | None:
        n_slices, height = self._state.snapshot.n_slices, self.height() - 2 * _PAD_PX
        return TrackScale(n_slices, height) if n_slices > 0 and height > 0 else None

    def _request(self, event: QMouseEvent) -> None:
        scale = self._scale()
        if scale is not None:
            self.slice_requested.emit(scale.slice_at(event.position().y() - _PAD_PX))

    def _show_value(self, event: QMouseEvent) -> None:
        scale, snapshot = self._scale(), self._state.snapshot
        if scale is None or snapshot.series is None:
            return
        index = scale.slice_at(event.position().y() - _PAD_PX)
        name = slice_name(index, snapshot.series.slices[index].instance_number)
        scores, is_coarse = _scores(snapshot)
        if scores is None or np.isnan(scores[index]):
            words = f"{name}   not analysed"
        else:
            words = f"{name}   model score {score_text(float(scores[index]))}"
            words += " (coarse)" if is_coarse else ""
        QToolTip.showText(event.globalPosition().toPoint(), words, self)

    def _on_changed(self, old: ReviewSnapshot, new: ReviewSnapshot) -> None:
        if not all(getattr(old, name) is getattr(new, name) for name in _DRAWN_FIELDS):
            self.update()


def _scores(snapshot: ReviewSnapshot) -> tuple[NDArray[np.floating] | None, bool]:
    """Scores (slice,) and whether they are coarse; None while nothing is known."""
    if snapshot.findings is not None:
        return snapshot.findings.pe_scores(), False
    return snapshot.coarse_scores, True


def _draw_unloaded(painter: QPainter, scale: TrackScale, snapshot: ReviewSnapshot) -> None:
    if snapshot.loaded is None or snapshot.loaded.is_complete:
        return
    hatching = QBrush(QColor(PALETTE.line), Qt.BrushStyle.BDiagPattern)
    for top, bottom in runs_of(~scale.merged_by_all(snapshot.loaded.mask())):
        area = QRectF(_CURVE_LEFT, top, _CURVE_RIGHT - _CURVE_LEFT, bottom - top)
        painter.fillRect(area, hatching)


def _draw_viewed(painter: QPainter, scale: TrackScale, snapshot: ReviewSnapshot) -> None:
    painter.fillRect(QRectF(_VIEWED_X, 0, 1, scale.height_px), QColor(PALETTE.raised))
    if snapshot.viewed is None:
        return
    for top, bottom in runs_of(scale.merged_by_all(snapshot.viewed.mask())):
        painter.fillRect(QRectF(_VIEWED_X, top, 1, bottom - top), QColor(PALETTE.reader))


def _draw_scores(painter: QPainter, scale: TrackScale, snapshot: ReviewSnapshot) -> None:
    painter.setPen(QPen(QColor(PALETTE.line), 1))
    painter.drawLine(QPointF(_CURVE_RIGHT, 0), QPointF(_CURVE_RIGHT, scale.height_px))
    scores, is_coarse = _scores(snapshot)
    if scores is None:
        return
    rows = scale.merged_by_maximum(scores)
    colour = QColor(PALETTE.model_dim if is_coarse else PALETTE.model)
    fill = QColor(colour)
    fill.setAlpha(70)
    for start, stop in runs_of(~np.isnan(rows)):
        edge = [QPointF(_x_of(rows[row]), row + 0.5) for row in range(start, stop)]
        base = [QPointF(_CURVE_RIGHT, stop), QPointF(_CURVE_RIGHT, start)]
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(fill)
        painter.drawPolygon(QPolygonF([*edge, *base]))
        painter.setPen(
            QPen(colour, 1.25, Qt.PenStyle.DotLine if is_coarse else Qt.PenStyle.SolidLine)
        )
        painter.drawPolyline(QPolygonF(edge))
    if snapshot.findings is not None:
        x = _x_of(snapshot.findings.flag_threshold)
        painter.setPen(QPen(QColor(PALETTE.dim_text), 1, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(x, 0), QPointF(x, scale.height_px))


def _draw_flags(painter: QPainter, scale: TrackScale, snapshot: ReviewSnapshot) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(PALETTE.model))
    for flag in snapshot.flags:
        top, bottom = scale.span_of(flag.first, flag.last)
        height = max(3.0, bottom - top)
        painter.drawRect(QRectF(_FLAG_X, (top + bottom - height) / 2, _FLAG_PX, height))
        peak = scale.centre_of(flag.peak)
        notch = [QPointF(_FLAG_X, peak - 3), QPointF(_FLAG_X - 4, peak), QPointF(_FLAG_X, peak + 3)]
        painter.drawPolygon(QPolygonF(notch))


def _draw_decisions(painter: QPainter, scale: TrackScale, snapshot: ReviewSnapshot) -> None:
    """Each state has a shape of its own, so that colour is not needed to tell them apart."""
    painter.setFont(font(11))
    painter.setPen(QColor(PALETTE.reader))
    for decision in snapshot.review.decisions:
        y = scale.centre_of(decision.peak)
        area = QRectF(0, y - 7, 12, 14)
        painter.drawText(area, Qt.AlignmentFlag.AlignCenter, _MARKS[decision.state])


_MARKS: Final = {
    DecisionState.UNDECIDED: "",
    DecisionState.ACCEPTED: "✓",
    DecisionState.REJECTED: "✕",
    DecisionState.UNSURE: "?",
    DecisionState.ADDED: "+",
}


def _draw_pointer(painter: QPainter, scale: TrackScale, snapshot: ReviewSnapshot) -> None:
    y = scale.centre_of(snapshot.slice_index)
    painter.setPen(QPen(QColor(PALETTE.text), 1))
    painter.drawLine(QPointF(0, y), QPointF(_VIEWED_X, y))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(PALETTE.text))
    tip = [QPointF(_VIEWED_X - 2, y), QPointF(64, y - 5), QPointF(64, y + 5)]
    painter.drawPolygon(QPolygonF(tip))


def _x_of(score: float) -> float:
    """A score of 0 lies at the right, 1 at the left, toward the slices."""
    return _CURVE_RIGHT - float(score) * (_CURVE_RIGHT - _CURVE_LEFT)
