"""A scan that runs while nothing is open: how far it is, and a way to stop it."""

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QProgressBar, QPushButton, QVBoxLayout, QWidget

from pe_viewer.display.texts import headers_text
from pe_viewer.state import Activity, ReviewState
from pe_viewer.views.keyed_tip import KeyedTip
from pe_viewer.views.style import label

_WIDTH_PX: Final = 320


class ScanProgress(QWidget):
    """Draws the activity of a scan; asks to cancel it."""

    cancel_requested = Signal()

    def __init__(self, state: ReviewState) -> None:
        super().__init__()
        self._count = label("", "dim")
        self._bar = QProgressBar()
        self._bar.setFixedWidth(_WIDTH_PX)
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName("Progress of the scan")
        cancel = QPushButton("Cancel")
        KeyedTip(cancel, state, "cancel")
        cancel.clicked.connect(self.cancel_requested)
        column = QVBoxLayout(self)
        column.setSpacing(12)
        column.addStretch(2)
        for widget in (label("Opening", "headline"), self._count, self._bar, cancel):
            column.addWidget(widget, alignment=Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(3)

    def show_activity(self, scanning: Activity) -> None:
        """Files without a total yet leave the bar empty: how many there are is not known."""
        self._count.setText(headers_text(scanning.done, scanning.total))
        self._bar.setValue(round(100 * scanning.fraction))
