"""The track: a model score a slice, beside the slices, superior at the top."""

from typing import Final

from PySide6.QtCore import QEvent, QPointF, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPixmap, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QToolTip, QWidget

from pe_viewer.display.track import TrackScale
from pe_viewer.state import ReviewSnapshot, ReviewState
from pe_viewer.views.picture.gestures import WheelSteps
from pe_viewer.views.track.track_marks import TRACK_PX, paint_pointer
from pe_viewer.views.track.track_painting import (
    PAD_PX,
    head_px,
    paint_track,
    score_at,
    threshold_x,
)
from pe_viewer.views.track.track_text import value_text

_KEPT_FIELDS: Final = (
    "series", "geometry", "loaded", "viewed", "volume", "findings", "coarse_scores", "review",
    "recut", "shows_raw_scores", "compared", "withholds_model",
)  # fmt: skip
"""What the track shows of a study; it is drawn once and kept while these stay."""

_HELD_PX: Final = 3.0
"""So near to the line of the threshold a drag moves it, and not the slices."""


class ScoreTrack(QWidget):
    """Scores, flags, what is loaded and viewed, the reader's marks, and the current slice."""

    slice_requested = Signal(int)
    threshold_requested = Signal(float)
    threshold_reset_requested = Signal()

    def __init__(self, state: ReviewState) -> None:
        super().__init__()
        self._state = state
        self._wheel = WheelSteps()
        self._kept: QPixmap | None = None
        self._holds_threshold = False
        self.setObjectName("score_track")
        self.setAccessibleName("Track of model scores")
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        state.changed.connect(self._on_changed)

    @property
    def scale(self) -> TrackScale | None:
        """How slices lie on the track, below its padding; None while nothing is open."""
        n_slices, height = self._state.snapshot.n_slices, self.height() - self._head_px - PAD_PX
        return TrackScale(n_slices, height) if n_slices > 0 and height > 0 else None

    @property
    def _head_px(self) -> int:
        return head_px(self._state.snapshot)

    def sizeHint(self) -> QSize:
        return QSize(TRACK_PX, 400)

    def paintEvent(self, event: QPaintEvent) -> None:
        scale = self.scale
        if self._kept is None:
            self._kept = self._drawn(scale)
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._kept)
        if scale is not None:
            painter.translate(0, self._head_px)
            paint_pointer(painter, scale, self._state.snapshot.slice_index)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._kept = None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self._holds_threshold = self._is_on_threshold(event.position())
            if not self._holds_threshold:
                self._request(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if not event.buttons() & Qt.MouseButton.LeftButton:
            is_on_line = self._is_on_threshold(event.position())
            shape = Qt.CursorShape.SplitHCursor if is_on_line else Qt.CursorShape.ArrowCursor
            self.setCursor(shape)
            self._show_value(event)
        elif self._holds_threshold:
            self.threshold_requested.emit(score_at(event.position().x()))
        else:
            self._request(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self._is_on_threshold(event.position()):
            self.threshold_reset_requested.emit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        steps = self._wheel.turned(event.angleDelta().y())
        if steps:
            self.slice_requested.emit(self._state.snapshot.slice_index + steps)
        event.accept()

    def leaveEvent(self, event: QEvent) -> None:
        QToolTip.hideText()

    def _is_on_threshold(self, at: QPointF) -> bool:
        snapshot = self._state.snapshot
        if snapshot.findings is None:
            return False
        return abs(at.x() - threshold_x(snapshot.threshold)) <= _HELD_PX

    def _drawn(self, scale: TrackScale | None) -> QPixmap:
        ratio = self.devicePixelRatioF()
        kept = QPixmap(round(self.width() * ratio), round(self.height() * ratio))
        kept.setDevicePixelRatio(ratio)
        painter = QPainter(kept)
        paint_track(painter, self.rect(), scale, self._state.snapshot)
        painter.end()
        return kept

    def _request(self, event: QMouseEvent) -> None:
        scale = self.scale
        if scale is not None:
            self.slice_requested.emit(scale.slice_at(event.position().y() - self._head_px))

    def _show_value(self, event: QMouseEvent) -> None:
        scale = self.scale
        if scale is not None:
            slice_index = scale.slice_at(event.position().y() - self._head_px)
            words = value_text(self._state.snapshot, slice_index)
            QToolTip.showText(event.globalPosition().toPoint(), words, self)

    def _on_changed(self, old: ReviewSnapshot, new: ReviewSnapshot) -> None:
        if not all(getattr(old, name) is getattr(new, name) for name in _KEPT_FIELDS):
            self._kept = None
            self.update()
        elif old.slice_index != new.slice_index:
            self.update()
