"""The arterial tree to click on: each click occludes an artery further, the menu grades it."""

from functools import partial
from typing import Final

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
)
from PySide6.QtWidgets import QMenu, QToolTip, QWidget

from pe_viewer.display.arterial_layout import nearest_site, neighbour
from pe_viewer.display.arterial_painting import at, paint_tree
from pe_viewer.form.ctpa_form import CtpaForm
from pe_viewer.form.sites import SEGMENTS, SITE_NAMES, ArterialSite, Occlusion

_HEIGHT_PX: Final = 300
_MARGIN_PX: Final = 8
_REACH: Final = 0.06
_NEXT: Final[dict[Occlusion | None, Occlusion | None]] = {
    None: Occlusion.PARTIAL,
    Occlusion.PARTIAL: Occlusion.COMPLETE,
}
"""What a click makes of an artery: free, partial, complete, and free again."""
_STEPS: Final = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}
_PRESSING: Final = frozenset({Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter})


class TreeView(QWidget):
    """Draws the tree of a form; asks for an artery occluded otherwise.

    Arrows move from artery to artery, Space does what a click does.
    """

    occlusion_requested = Signal(object, object)

    def __init__(self) -> None:
        super().__init__()
        self._form = CtpaForm()
        self._hovered: ArterialSite | None = None
        self._focused = ArterialSite.TRUNK
        self.setAccessibleName("Arterial tree")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setMouseTracking(True)
        self.setFixedHeight(_HEIGHT_PX)

    def show_form(self, form: CtpaForm) -> None:
        self._form = form
        said = (f"{SITE_NAMES[site]} {how}" for site, how in form.sites.items())
        self.setAccessibleDescription(", ".join(said) or "No artery is marked")
        self.update()

    def place_of(self, site: ArterialSite) -> QPointF:
        """Where to click for an artery."""
        return at(self._area, site)

    def sizeHint(self) -> QSize:
        return QSize(360, _HEIGHT_PX)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        chosen = self._focused if self.hasFocus() else self._hovered
        current = chosen if self.isEnabled() else None
        paint_tree(painter, self._area, self._form.sites, current=current)
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        site = self._site_at(event.position())
        if site is not None and event.button() is Qt.MouseButton.LeftButton:
            self._focused = site
            self._cycle(site)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        site = self._site_at(event.position())
        if site is not self._hovered:
            self._hovered = site
            self.setCursor(Qt.CursorShape.ArrowCursor if site is None else _HAND)
            tip = "" if site is None else self._told(site)
            QToolTip.showText(event.globalPosition().toPoint(), tip, self)
            self.update()

    def leaveEvent(self, event: QEvent) -> None:
        self._hovered = None
        self.update()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        is_by_mouse = event.reason() is QContextMenuEvent.Reason.Mouse
        site = self._site_at(QPointF(event.pos())) if is_by_mouse else self._focused
        if site is not None:
            menu = self._menu(site)
            menu.popup(self.mapToGlobal(self.place_of(site).toPoint() + QPoint(8, 8)))

    def event(self, event: QEvent) -> bool:
        """Arrows and Space are the tree's while it has the focus."""
        is_asked = event.type() is QEvent.Type.ShortcutOverride
        if is_asked and isinstance(event, QKeyEvent) and event.key() in {*_STEPS, *_PRESSING}:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = _STEPS.get(Qt.Key(event.key()))
        if step is not None:
            self._focused = neighbour(self._focused, *step)
            QToolTip.showText(
                self.mapToGlobal(self.place_of(self._focused).toPoint()),
                self._told(self._focused),
                self,
            )
            self.update()
        elif event.key() in _PRESSING:
            self._cycle(self._focused)
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    @property
    def _area(self) -> QRectF:
        margin = _MARGIN_PX
        return QRectF(self.rect()).adjusted(margin, margin, -margin, -2 * margin)

    def _site_at(self, position: QPointF) -> ArterialSite | None:
        area = self._area
        place = (
            (position.x() - area.left()) / area.width(),
            (position.y() - area.top()) / area.height(),
        )
        return nearest_site(place, within=_REACH, aspect=area.width() / area.height())

    def _told(self, site: ArterialSite) -> str:
        occlusion = self._form.sites.get(site)
        return f"{SITE_NAMES[site]}: {'free' if occlusion is None else occlusion}"

    def _cycle(self, site: ArterialSite) -> None:
        self.occlusion_requested.emit(site, _NEXT.get(self._form.sites.get(site)))

    def _menu(self, site: ArterialSite) -> QMenu:
        """Every degree that the artery can have; the one that it has is checked."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        has = self._form.sites.get(site)
        degrees = [
            how for how in Occlusion if how is not Occlusion.SUBSEGMENTAL or site in SEGMENTS
        ]
        for degree in (None, *degrees):
            action = menu.addAction("Free" if degree is None else str(degree).capitalize())
            action.setCheckable(True)
            action.setChecked(degree is has)
            action.triggered.connect(partial(self.occlusion_requested.emit, site, degree))
        return menu


_HAND: Final = Qt.CursorShape.PointingHandCursor
