"""A small box over the slices to type an image number or a position into."""

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QWidget

from pe_viewer.views.typing_line import TypingLine

_SIZE_PX: Final = (240, 32)
_TOP_PX: Final = 48


class GoToBox(TypingLine):
    """Asks for the place that was typed. Enter goes there, Esc and a click elsewhere close it."""

    place_requested = Signal(str)

    def __init__(self, over: QWidget) -> None:
        """``over`` is the view that it opens in, near its top."""
        super().__init__(over)
        self._over = over
        self.setPlaceholderText("Image 183, or -112.5 mm")
        self.setAccessibleName("Image number or position in mm")
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.returnPressed.connect(self._on_return_pressed)
        self.left.connect(self._close)
        self.hide()

    def ask(self) -> None:
        """Opens empty, ready to type."""
        width, height = _SIZE_PX
        self.setGeometry((self._over.width() - width) // 2, _TOP_PX, width, height)
        self.clear()
        self.show()
        self.setFocus()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.hide()

    def _on_return_pressed(self) -> None:
        words = self.text()
        self._close()
        self.place_requested.emit(words)

    def _close(self) -> None:
        self.hide()
        self._over.setFocus()
