"""The sheet of a series: why it was chosen, and its warnings in full with their files."""

from PySide6.QtGui import Qt
from PySide6.QtWidgets import QTextBrowser, QVBoxLayout, QWidget

from pe_viewer.display.series_page import series_page
from pe_viewer.display.series_texts import without_file_names
from pe_viewer.state import ReviewSnapshot, ReviewState
from pe_viewer.views.screen_room import Sheet

_SIZE_PX = (560, 560)


class SeriesSheet(Sheet):
    """Follows the series in view while it is open. Read, scrolled and copied by key or mouse."""

    def __init__(self, state: ReviewState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self.setWindowTitle("About this series")
        self._page = QTextBrowser()
        self._page.setAccessibleName("About this series")
        self._page.setOpenLinks(False)
        self._page.setCursorWidth(0)
        self._page.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 12, 20)
        column.addWidget(self._page)
        self.resize(*_SIZE_PX)
        state.changed.connect(self._on_changed)
        self._show(state.snapshot)

    def show_where_open(self) -> None:
        """Opens where there is a series to tell of."""
        if self._state.snapshot.series is not None:
            self.show()
            self._page.setFocus()

    def _on_changed(self, old: ReviewSnapshot, new: ReviewSnapshot) -> None:
        if old.series is not new.series or old.hides_identity != new.hides_identity:
            self._show(new)

    def _show(self, snapshot: ReviewSnapshot) -> None:
        if snapshot.series is None:
            self._page.clear()
            self.hide()
            return
        n_series = 1 if snapshot.study is None else len(snapshot.study.series)
        hides = snapshot.hides_identity
        series = without_file_names(snapshot.series) if hides else snapshot.series
        self._page.setHtml(series_page(series, n_series))
