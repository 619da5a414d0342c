"""Windows and sheets that are no larger than what their screen has room for."""

from typing import Final

from PySide6.QtCore import QSize
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QDialog, QWidget

_FRAME_PX: Final = (16, 48)
"""About what systems draw around a window: it is known only once the window is shown."""


class Sheet(QDialog):
    """Opens no larger than its screen has room for, and in the middle of its window."""

    def showEvent(self, event: QShowEvent) -> None:
        if self.isWindow():
            keep_within_screen(self)
        super().showEvent(event)


def keep_within_screen(window: QWidget) -> None:
    """Makes ``window`` so small that its lowest buttons can be reached."""
    free = window.screen().availableGeometry().size() - QSize(*_FRAME_PX)
    window.resize(window.size().boundedTo(free))
