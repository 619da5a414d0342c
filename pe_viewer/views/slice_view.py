"""The axial view: one slice in true proportions, seen from the feet, with the overlay over it.

Wheel scrolls, left-drag changes the window, middle-drag pans, right-drag or Ctrl+wheel zooms, a
double click fits.
"""

from typing import Final

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from pe_models.imaging.geometry import Geometry
from pe_viewer.display.palette import PALETTE
from pe_viewer.display.placement import Placement
from pe_viewer.state import ReviewSnapshot, ReviewState, ViewTransform
from pe_viewer.views.corner_painting import (
    paint_blocks,
    paint_letters,
    paint_overlay_note,
)
from pe_viewer.views.corner_text import blocks_of, length_note, overlay_note, sides_are_known
from pe_viewer.views.gestures import (
    Drag,
    PanDrag,
    WheelSteps,
    WindowDrag,
    ZoomDrag,
    zoom_of_wheel,
    zoomed,
)
from pe_viewer.views.scales import paint_colour_bar, paint_scale_bar
from pe_viewer.views.slice_absence import (
    SliceCondition,
    absence_of,
    condition_of,
    paint_absence,
)
from pe_viewer.views.slice_layers import SliceLayers

_DRAWN_FIELDS: Final = (
    "series",
    "geometry",
    "pixels",
    "volume",
    "slice_index",
    "window",
    "view",
    "overlay",
    "is_inverted",
    "shows_corner_text",
    "heatmaps",
    "findings",
)


class SliceView(QWidget):
    """Draws the current slice; asks for slices, windows and views."""

    slice_requested = Signal(int)
    slice_painted = Signal(int)
    window_requested = Signal(object)
    view_requested = Signal(object)

    def __init__(self, state: ReviewState) -> None:
        super().__init__()
        self._state = state
        self._layers = SliceLayers()
        self._wheel = WheelSteps()
        self._drag: Drag | None = None
        self._cursor: QPointF | None = None
        self.setObjectName("slice_view")
        self.setAccessibleName("Axial slice")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setCursor(Qt.CursorShape.CrossCursor)
        state.changed.connect(self._on_changed)

    @property
    def placement(self) -> Placement | None:
        """Where the current slice lies in the view; None while nothing is open."""
        snapshot = self._state.snapshot
        return None if snapshot.geometry is None else self._placed(snapshot, snapshot.geometry)

    def sizeHint(self) -> QSize:
        return QSize(640, 640)

    def paintEvent(self, event: QPaintEvent) -> None:
        snapshot = self._state.snapshot
        painter = QPainter(self)
        painter.fillRect(event.rect(), QColor(PALETTE.view))
        if snapshot.geometry is None:
            return
        placement = self._placed(snapshot, snapshot.geometry)
        condition = condition_of(snapshot)
        if condition is SliceCondition.SHOWN:
            self._paint_slice(painter, snapshot, placement)
        else:
            area = QRectF(*placement.rectangle()).intersected(QRectF(self.rect()))
            paint_absence(painter, area, absence_of(snapshot, condition))
        self._paint_text(painter, snapshot, snapshot.geometry, placement)
        painter.end()
        if condition is SliceCondition.SHOWN:
            self.slice_painted.emit(snapshot.slice_index)

    def wheelEvent(self, event: QWheelEvent) -> None:
        angle, placement = event.angleDelta().y(), self.placement
        event.accept()
        if placement is None:
            return
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            at = event.position()
            view, factor = self._state.snapshot.view, zoom_of_wheel(angle)
            self.view_requested.emit(zoomed(view, placement, factor, at.x(), at.y()))
            return
        steps = self._wheel.turned(angle)
        if steps:
            self.slice_requested.emit(self._state.snapshot.slice_index + steps)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        placement, snapshot, at = self.placement, self._state.snapshot, event.position()
        if placement is None or self._drag is not None:
            return
        match event.button():
            case Qt.MouseButton.LeftButton:
                self._drag = WindowDrag(snapshot.window, at.x(), at.y())
            case Qt.MouseButton.MiddleButton:
                self._drag = PanDrag(snapshot.view, placement, at.x(), at.y())
            case Qt.MouseButton.RightButton:
                self._drag = ZoomDrag(snapshot.view, placement, at.x(), at.y())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = event.position()
        self._cursor = at
        if self._drag is None:
            self.update()
        elif isinstance(self._drag, WindowDrag):
            self.window_requested.emit(self._drag.at(at.x(), at.y()))
        else:
            self.view_requested.emit(self._drag.at(at.x(), at.y()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if not event.buttons():
            self._drag = None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton and self.placement is not None:
            self.view_requested.emit(ViewTransform())

    def leaveEvent(self, event: QEvent) -> None:
        self._cursor = None
        self.update()

    def _placed(self, snapshot: ReviewSnapshot, geometry: Geometry) -> Placement:
        return Placement.fitted(
            self._layers.frame(geometry),
            (self.width(), self.height()),
            zoom=snapshot.view.zoom,
            centre_row_col=snapshot.view.centre_row_col,
        )

    def _paint_slice(
        self, painter: QPainter, snapshot: ReviewSnapshot, placement: Placement
    ) -> None:
        target = QRectF(*placement.rectangle())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(target, self._layers.slice_image(snapshot))
        overlay = self._layers.overlay_image(snapshot)
        if overlay is not None:
            painter.drawImage(target, overlay)

    def _paint_text(
        self,
        painter: QPainter,
        snapshot: ReviewSnapshot,
        geometry: Geometry,
        placement: Placement,
    ) -> None:
        """Sides and caution always; the rest where the reader has not hidden it."""
        area = QRectF(self.rect())
        turned = self._layers.orientation(geometry)
        paint_letters(painter, area, turned, are_known=sides_are_known(snapshot))
        heatmap = snapshot.heatmap_of(snapshot.slice_index)
        if snapshot.overlay.is_visible and heatmap is not None:
            paint_colour_bar(painter, area, heatmap)
        note = overlay_note(snapshot)
        if note:
            paint_overlay_note(painter, area, note)
        if snapshot.shows_corner_text:
            cursor = self._cursor
            pixel = None if cursor is None else placement.pixel_at(cursor.x(), cursor.y())
            paint_scale_bar(painter, area, placement, note=length_note(snapshot))
            paint_blocks(painter, area, blocks_of(snapshot, pixel), cursor)

    def _on_changed(self, old: ReviewSnapshot, new: ReviewSnapshot) -> None:
        is_other_condition = condition_of(new) is not condition_of(old)
        if is_other_condition or any(getattr(old, f) is not getattr(new, f) for f in _DRAWN_FIELDS):
            self.update()
