"""How thick the other planes are, and the menu that the reader chooses from."""

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QMenu

from pe_models.imaging.reslicing.slab import THIN, Projection, Slab
from pe_viewer.display.planes import SLAB_MM, slab_text
from pe_viewer.state import ReviewSnapshot, ReviewState
from pe_viewer.views.bars.menu_button import MenuButton
from pe_viewer.views.keyed_tip import KeyedTip


class SlabButton(MenuButton):
    """Shown with the planes alone."""

    slab_requested = Signal(object)

    def __init__(self, state: ReviewState) -> None:
        super().__init__("slab_button")
        self._fill(self.menu())
        KeyedTip(self, state, "cycle_slab", "Thickness of the other planes")
        self.setAccessibleName("Thickness of the other planes")
        state.changed.connect(self._on_changed)
        self._show(state.snapshot)

    def _fill(self, menu: QMenu) -> None:
        self._add(menu, THIN)
        for projection in Projection:
            menu.addSeparator()
            for thickness_mm in SLAB_MM[1:]:
                self._add(menu, Slab(thickness_mm, projection))

    def _add(self, menu: QMenu, slab: Slab) -> None:
        menu.addAction(_menu_text(slab)).triggered.connect(partial(self.slab_requested.emit, slab))

    def _on_changed(self, old: ReviewSnapshot, new: ReviewSnapshot) -> None:
        names = ("slab", "shows_planes", "series")
        if any(getattr(old, name) is not getattr(new, name) for name in names):
            self._show(new)

    def _show(self, snapshot: ReviewSnapshot) -> None:
        self.setText(f"Planes  {slab_text(snapshot.slab)}")
        self.setVisible(snapshot.shows_planes and snapshot.series is not None)


def _menu_text(slab: Slab) -> str:
    return slab_text(slab) if slab.thickness_mm > 0 else "Thin"
