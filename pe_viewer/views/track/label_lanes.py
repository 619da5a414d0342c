"""One narrow track a label, beside the track of them all: what kind of finding, and where."""

from typing import Final

from PySide6.QtCore import QEvent, QLineF, QPointF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QToolTip, QWidget

from pe_models.findings import Findings
from pe_viewer.display.palette import PALETTE
from pe_viewer.display.scores import kind_scores, kinds_shown
from pe_viewer.display.texts import LABEL_TEXTS, score_text, slice_name
from pe_viewer.display.track import TrackScale
from pe_viewer.state import ReviewSnapshot, ReviewState
from pe_viewer.views.picture.gestures import WheelSteps
from pe_viewer.views.track.track_painting import (
    CURVE_X,
    PAD_PX,
    head_px,
    paint_axis,
    paint_curve,
    paint_name,
)

LANE_PX: Final = 28
"""The curve takes 23 of them; the rest keeps lanes apart."""


class LabelLanes(QWidget):
    """Drawn while the Findings in view have labels of several kinds, each from its own axis.

    A score is bright from where a slice is flagged, as on the track beside; none is cut or moved
    by the reader's threshold, which belongs to that track alone.
    """

    slice_requested = Signal(int)

    def __init__(self, state: ReviewState) -> None:
        super().__init__()
        self._state = state
        self._wheel = WheelSteps()
        self._kept: QPixmap | None = None
        self.setObjectName("label_lanes")
        self.setAccessibleName("Tracks of the single labels")
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        state.changed.connect(self._on_changed)
        self._show(state.snapshot)

    @property
    def labels(self) -> tuple[str, ...]:
        """What there is a lane of, from the left."""
        return kinds_shown(self._state.snapshot.findings)

    @property
    def scale(self) -> TrackScale | None:
        """That of the track beside; None while nothing is open."""
        snapshot = self._state.snapshot
        height = self.height() - head_px(snapshot) - PAD_PX
        return TrackScale(snapshot.n_slices, height) if snapshot.n_slices and height > 0 else None

    def sizeHint(self) -> QSize:
        return QSize(LANE_PX * len(self.labels), 400)

    def paintEvent(self, event: QPaintEvent) -> None:
        scale, snapshot = self.scale, self._state.snapshot
        if self._kept is None:
            self._kept = self._drawn(scale)
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._kept)
        if scale is not None:
            y = head_px(snapshot) + scale.centre_of(snapshot.slice_index)
            painter.setPen(QPen(QColor(PALETTE.edge), 1))
            painter.drawLine(QLineF(0, y, self.width(), y))

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._kept = None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self._request(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._request(event.position())
        else:
            self._show_values(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        steps = self._wheel.turned(event.angleDelta().y())
        if steps:
            self.slice_requested.emit(self._state.snapshot.slice_index + steps)
        event.accept()

    def leaveEvent(self, event: QEvent) -> None:
        QToolTip.hideText()

    def _slice_at(self, at: QPointF) -> int | None:
        scale = self.scale
        return None if scale is None else scale.slice_at(at.y() - head_px(self._state.snapshot))

    def _request(self, at: QPointF) -> None:
        slice_index = self._slice_at(at)
        if slice_index is not None:
            self.slice_requested.emit(slice_index)

    def _show_values(self, event: QMouseEvent) -> None:
        slice_index = self._slice_at(event.position())
        if slice_index is not None:
            words = lane_text(self._state.snapshot, slice_index)
            QToolTip.showText(event.globalPosition().toPoint(), words, self)

    def _drawn(self, scale: TrackScale | None) -> QPixmap:
        ratio = self.devicePixelRatioF()
        kept = QPixmap(round(self.width() * ratio), round(self.height() * ratio))
        kept.setDevicePixelRatio(ratio)
        painter = QPainter(kept)
        painter.fillRect(self.rect(), QColor(PALETTE.ground))
        findings = self._state.snapshot.findings
        if scale is not None and findings is not None:
            painter.translate(1 - CURVE_X, head_px(self._state.snapshot))
            for label in self.labels:
                _paint_lane(painter, scale, findings, label)
                painter.translate(LANE_PX, 0)
        painter.end()
        return kept

    def _show(self, snapshot: ReviewSnapshot) -> None:
        n_lanes = len(kinds_shown(snapshot.findings))
        self.setFixedWidth(max(1, LANE_PX * n_lanes))
        self.setVisible(n_lanes > 0)

    def _on_changed(self, old: ReviewSnapshot, new: ReviewSnapshot) -> None:
        if old.findings is not new.findings:
            self._kept = None
            self._show(new)
            self.update()
        elif old.slice_index != new.slice_index or old.geometry is not new.geometry:
            self.update()


def lane_text(snapshot: ReviewSnapshot, slice_index: int) -> str:
    """``Im 12``, then a line a label: ``Subdural 0.94``."""
    findings = snapshot.findings
    if findings is None:
        return ""
    scores = findings.slices[slice_index].scores
    lines = (
        f"{LABEL_TEXTS.get(label, label)} {score_text(scores[label])}"
        for label in kinds_shown(findings)
        if label in scores
    )
    name = slice_name(slice_index, findings.slices[slice_index].instance_number)
    return "\n".join((name, *lines))


def _paint_lane(painter: QPainter, scale: TrackScale, findings: Findings, label: str) -> None:
    """The lane of one label, its axis where the track's own is, its name on top."""
    scores = kind_scores(findings, label)
    is_flagged = bool((scores >= findings.flag_threshold).any())
    paint_name(painter, CURVE_X - 1, label, is_bright=is_flagged)
    paint_axis(painter, scale)
    paint_curve(painter, scale, scores, findings.flag_threshold)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
