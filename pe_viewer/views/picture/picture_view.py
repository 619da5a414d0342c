"""What the views of slices and planes have in common: the mouse, and where it is.

Wheel scrolls, Ctrl+wheel zooms, left-drag changes the window or does what the tool is for, a double
click fits. What the middle and the right button do is the mouse scheme's: at first they pan and
zoom; the right one may open the menu instead, as the keyboard's menu key always does. Where
there is a crosshair, a click puts it; so does a drag that begins on it, or with Shift held.
"""

from typing import Final

from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from pe_models.imaging.geometry import Triple
from pe_viewer.display.looks import (
    MEASURING_TOOLS,
    ButtonUse,
    MouseScheme,
    Tool,
    ViewTransform,
)
from pe_viewer.display.placement import Placement
from pe_viewer.review import Length, Point
from pe_viewer.state import ReviewSnapshot, ReviewState
from pe_viewer.views.picture.gestures import (
    CrosshairDrag,
    Drag,
    EndDrag,
    MeasureDrag,
    PanDrag,
    ScrollDrag,
    WheelSteps,
    WindowDrag,
    ZoomDrag,
    hold_on_crosshair,
    hold_on_end,
    zoom_of_wheel,
    zoomed,
)

_CLICK_PX: Final = 3.0
"""A hand that clicks moves no farther than this."""

Shape = Qt.CursorShape


class PictureView(QWidget):
    """Asks for windows, views and crosshairs. What it draws is its subclasses' matter."""

    window_requested = Signal(object)
    view_requested = Signal(object)
    crosshair_requested = Signal(object)
    menu_requested = Signal(object)

    def __init__(self, state: ReviewState) -> None:
        super().__init__()
        self._state = state
        self._cursor: QPointF | None = None
        self._drag: Drag | None = None
        self._button = Qt.MouseButton.NoButton
        self._pressed: QPointF | None = None
        self._wheel = WheelSteps()
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setCursor(Shape.CrossCursor)
        state.changed.connect(self._on_picture_changed)

    @property
    def placement(self) -> Placement | None:
        """Where the picture lies in the view; None while there is none."""
        raise NotImplementedError

    @property
    def transform(self) -> ViewTransform:
        """Zoom and pan of this view."""
        raise NotImplementedError

    @property
    def crosshair(self) -> tuple[float, float] | None:
        """Row and col of the crosshair in the picture; None where there is none."""
        raise NotImplementedError

    def point_mm(self, row: float, col: float) -> Triple | None:
        """Patient mm of a pixel of the picture, for the crosshair."""
        raise NotImplementedError

    def scroll_by(self, steps: int) -> None:
        """Asks for the picture so many steps away; negative toward the reader."""
        raise NotImplementedError

    @property
    def can_measure(self) -> bool:
        """Whether the tools that measure work here; elsewhere they change the window."""
        return False

    @property
    def widths(self) -> tuple[Length, ...]:
        """The lines of the picture whose ends can be moved."""
        return ()

    def show_measure(self, start: Point, end: Point) -> None:
        """A measure is being drawn between two places (row, col) of the picture."""

    def show_width(self, line: Length) -> None:
        """An end of one of ``widths`` is being moved; the line as it would be."""

    def end_measure(self) -> None:
        """The measure that was being drawn is done."""

    def forget_measure(self) -> None:
        """The measure that was being drawn is of a picture that is not there any more."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        angle, placement = event.angleDelta().y(), self.placement
        event.accept()
        if placement is None:
            return
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            at, factor = event.position(), zoom_of_wheel(angle)
            self.view_requested.emit(zoomed(self.transform, placement, factor, at.x(), at.y()))
            return
        steps = self._wheel.turned(angle)
        if steps:
            self.scroll_by(steps)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        placement, at = self.placement, event.position()
        if placement is None or self._drag is not None:
            return
        self._button = event.button()
        match self._button:
            case Qt.MouseButton.LeftButton:
                self._pressed = at
                self._drag = self._left_drag(event, placement)
            case Qt.MouseButton.MiddleButton:
                self._use_button(self._mouse.middle, event, placement)
            case Qt.MouseButton.RightButton:
                self._use_button(self._mouse.right, event, placement)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = event.position()
        self._cursor = at
        if self._pressed is not None and _distance_px(at, self._pressed) > _CLICK_PX:
            self._pressed = None
        match self._drag:
            case None:
                self._show_hold(at)
                self.update()
            case CrosshairDrag() as drag if self._pressed is None:
                self._request_crosshair(*drag.at(at.x(), at.y()))
            case WindowDrag() as drag if self._pressed is None:
                self.window_requested.emit(drag.at(at.x(), at.y()))
            case MeasureDrag() as drag if self._pressed is None:
                self.show_measure(*drag.at(at.x(), at.y()))
            case EndDrag() as drag if self._pressed is None:
                self.show_width(drag.at(at.x(), at.y()))
            case ScrollDrag() as drag:
                steps = drag.moved_to(at.y())
                if steps:
                    self.scroll_by(steps)
            case PanDrag() | ZoomDrag() as drag:
                self.view_requested.emit(drag.at(at.x(), at.y()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() != self._button:
            return
        is_click, at = self._pressed is not None, event.position()
        if isinstance(self._drag, MeasureDrag | EndDrag) and not is_click:
            self.end_measure()
        self._drag = self._pressed = None
        if is_click:
            self._on_clicked(at.x(), at.y())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton and self.placement is not None:
            self.view_requested.emit(self.transform.fitted())

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """The menu key. What the right button does is said by its scheme."""
        if event.reason() is QContextMenuEvent.Reason.Keyboard:
            self.menu_requested.emit(self.mapToGlobal(self.rect().center()))

    def leaveEvent(self, event: QEvent) -> None:
        self._cursor = None
        self.update()

    def _on_picture_changed(self, old: ReviewSnapshot, new: ReviewSnapshot) -> None:
        """What the hand began on one series does nothing in the next, however long it is held."""
        if old.series_key != new.series_key or old.geometry is not new.geometry:
            self._drag = self._pressed = None
            self.forget_measure()

    @property
    def _mouse(self) -> MouseScheme:
        return self._state.snapshot.keymap.mouse

    def _use_button(self, use: ButtonUse, event: QMouseEvent, placement: Placement) -> None:
        if use is ButtonUse.MENU:
            self.menu_requested.emit(event.globalPosition().toPoint())
        else:
            at = event.position()
            self._drag = self._drag_of(Tool[use.name], at.x(), at.y(), placement)

    def _on_clicked(self, x: float, y: float) -> None:
        placement = self.placement
        if placement is None or self.crosshair is None:
            return
        if placement.pixel_at(x, y) is not None:
            self._request_crosshair(*placement.to_pixel(x, y))

    def _left_drag(self, event: QMouseEvent, placement: Placement) -> Drag:
        """Of the end of a width or the crosshair where they are held, else of the tool."""
        at, crosshair = event.position(), self.crosshair
        end = hold_on_end(placement, self.widths, at.x(), at.y())
        if end is not None:
            return end
        is_measuring = self.can_measure and self._state.snapshot.tool in MEASURING_TOOLS
        if crosshair is not None and not is_measuring:
            if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
                self._request_crosshair(*placement.to_pixel(at.x(), at.y()))
                return CrosshairDrag.free(placement, at.x(), at.y())
            held = hold_on_crosshair(placement, crosshair, at.x(), at.y())
            if held is not None:
                return held
        return self._drag_of(self._state.snapshot.tool, at.x(), at.y(), placement)

    def _drag_of(self, tool: Tool, x: float, y: float, placement: Placement) -> Drag:
        snapshot = self._state.snapshot
        match tool:
            case Tool.SCROLL:
                return ScrollDrag.over(self.height(), snapshot.n_slices, y)
            case Tool.PAN:
                return PanDrag(self.transform, placement, x, y)
            case Tool.ZOOM:
                return ZoomDrag(self.transform, placement, x, y)
            case measuring if measuring in MEASURING_TOOLS and self.can_measure:
                return MeasureDrag(placement, x, y)
        return WindowDrag(snapshot.window, x, y)

    def _request_crosshair(self, row: float, col: float) -> None:
        point_mm = self.point_mm(row, col)
        if point_mm is not None:
            self.crosshair_requested.emit(point_mm)

    def _show_hold(self, at: QPointF) -> None:
        """The cursor tells what a drag would take hold of."""
        placement, crosshair = self.placement, self.crosshair
        held: CrosshairDrag | EndDrag | None = None
        if placement is not None:
            held = hold_on_end(placement, self.widths, at.x(), at.y())
        if held is None and placement is not None and crosshair is not None:
            held = hold_on_crosshair(placement, crosshair, at.x(), at.y())
        shape = Shape.CrossCursor if held is None else _hold_shape(held)
        if self.cursor().shape() is not shape:
            self.setCursor(shape)


def _hold_shape(held: CrosshairDrag | EndDrag) -> Qt.CursorShape:
    if isinstance(held, EndDrag):
        return Shape.SizeAllCursor
    if held.moves_row and held.moves_col:
        return Shape.SizeAllCursor
    moves_up_and_down = held.moves_row != held.placement.frame.is_transposed
    return Shape.SplitVCursor if moves_up_and_down else Shape.SplitHCursor


def _distance_px(a: QPointF, b: QPointF) -> float:
    return (a - b).manhattanLength()
