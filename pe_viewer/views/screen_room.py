"""Windows that are no larger than what their screen has room for."""

from typing import Final

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QWidget

_FRAME_PX: Final = (16, 48)
"""About what systems draw around a window: it is known only once the window is shown."""


def keep_within_screen(window: QWidget) -> None:
    """Makes ``window`` so small that its lowest buttons can be reached."""
    free = window.screen().availableGeometry().size() - QSize(*_FRAME_PX)
    window.resize(window.size().boundedTo(free))
