"""The two planes that the slices themselves do not show, one above the other."""

from collections.abc import Mapping
from types import MappingProxyType

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from pe_viewer.display.planes import PlaneKind, side_kinds
from pe_viewer.state import ReviewSnapshot, ReviewState
from pe_viewer.views.picture.plane_view import PlaneView

_GAP_PX = 1


class PlaneColumn(QWidget):
    """Holds a view of each kind of plane, and shows those two that stand beside the slices."""

    def __init__(self, state: ReviewState) -> None:
        super().__init__()
        self.setObjectName("plane_column")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.views: Mapping[PlaneKind, PlaneView] = MappingProxyType(
            {kind: PlaneView(state, kind) for kind in reversed(PlaneKind)}
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(_GAP_PX, 0, 0, 0)
        column.setSpacing(_GAP_PX)
        for view in self.views.values():
            column.addWidget(view, stretch=1)
        state.changed.connect(self._on_changed)
        self._show(state.snapshot)

    def _on_changed(self, old: ReviewSnapshot, new: ReviewSnapshot) -> None:
        if new.geometry is not old.geometry:
            self._show(new)

    def _show(self, snapshot: ReviewSnapshot) -> None:
        shown = () if snapshot.geometry is None else side_kinds(snapshot.geometry)
        for kind, view in self.views.items():
            view.setVisible(kind in shown)
