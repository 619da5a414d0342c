"""The track: a model score a slice, beside the slices, superior at the top."""

from typing import Final

import numpy as np
from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPixmap, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QToolTip, QWidget

from pe_viewer.display.series_texts import gap_text
from pe_viewer.display.texts import score_text, slice_name
from pe_viewer.display.track import TrackScale
from pe_viewer.display.warning_places import gaps_beside
from pe_viewer.state import ReviewSnapshot, ReviewState
from pe_viewer.views.gestures import WheelSteps
from pe_viewer.views.track_painting import (
    PAD_PX,
    TRACK_PX,
    paint_pointer,
    paint_track,
    scores_of,
)

_KEPT_FIELDS: Final = (
    "series", "geometry", "loaded", "viewed", "volume", "findings", "coarse_scores", "review",
)  # fmt: skip
"""What the track shows of a study; it is drawn once and kept while these stay."""


class ScoreTrack(QWidget):
    """Scores, flags, what is loaded and viewed, the reader's marks, and the current slice."""

    slice_requested = Signal(int)

    def __init__(self, state: ReviewState) -> None:
        super().__init__()
        self._state = state
        self._wheel = WheelSteps()
        self._kept: QPixmap | None = None
        self.setObjectName("score_track")
        self.setAccessibleName("Track of model scores")
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        state.changed.connect(self._on_changed)

    @property
    def scale(self) -> TrackScale | None:
        """How slices lie on the track, below its padding; None while nothing is open."""
        n_slices, height = self._state.snapshot.n_slices, self.height() - 2 * PAD_PX
        return TrackScale(n_slices, height) if n_slices > 0 and height > 0 else None

    def sizeHint(self) -> QSize:
        return QSize(TRACK_PX, 400)

    def paintEvent(self, event: QPaintEvent) -> None:
        scale = self.scale
        if self._kept is None:
            self._kept = self._drawn(scale)
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._kept)
        if scale is not None:
            painter.translate(0, PAD_PX)
            paint_pointer(painter, scale, self._state.snapshot.slice_index)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._kept = None

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

    def value_text(self, slice_index: int) -> str:
        """What the track knows of a slice: ``Im 183   model score 0.94``, and a gap beside it."""
        snapshot = self._state.snapshot
        if snapshot.series is None:
            return ""
        name = slice_name(slice_index, snapshot.series.slices[slice_index].instance_number)
        gaps = (gap_text(gap, slice_index) for gap in gaps_beside(snapshot.series, slice_index))
        return "\n".join((f"{name}   {_standing_of(snapshot, slice_index)}", *gaps))

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
            self.slice_requested.emit(scale.slice_at(event.position().y() - PAD_PX))

    def _show_value(self, event: QMouseEvent) -> None:
        scale = self.scale
        if scale is not None:
            words = self.value_text(scale.slice_at(event.position().y() - PAD_PX))
            QToolTip.showText(event.globalPosition().toPoint(), words, self)

    def _on_changed(self, old: ReviewSnapshot, new: ReviewSnapshot) -> None:
        if not all(getattr(old, name) is getattr(new, name) for name in _KEPT_FIELDS):
            self._kept = None
            self.update()
        elif old.slice_index != new.slice_index:
            self.update()


def _standing_of(snapshot: ReviewSnapshot, slice_index: int) -> str:
    """The slice's score, or why there is none."""
    if snapshot.volume is not None and slice_index in snapshot.volume.missing_slices:
        return "could not be read"
    scores = scores_of(snapshot)
    if scores is None or np.isnan(scores[slice_index]):
        return "not analysed"
    is_coarse = " (coarse)" if snapshot.findings is None else ""
    return f"model score {score_text(float(scores[slice_index]))}{is_coarse}"
