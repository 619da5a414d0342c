"""Space and Enter press the button that has the focus."""

from typing import Final

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractButton, QWidget

_ENTER: Final = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_PRESSING: Final = (*_ENTER, Qt.Key.Key_Space)


class PressingKeys:
    """Elsewhere both may be shortcuts of the window, which buttons come before.

    Most of Qt's buttons know Space alone: Enter comes back from them, and presses here. One that
    ended what was typed into a line comes too, and the focus may be a button's by then: it is told
    by the time at which its key went down.
    """

    def __init__(self) -> None:
        self._began: tuple[QWidget, int] | None = None

    def takes(self, event: QEvent, window: QWidget) -> bool:
        """Whether what ``window`` got was a key for the button that has the focus."""
        if not isinstance(event, QKeyEvent):
            return False
        focused = window.focusWidget()
        if not isinstance(focused, QAbstractButton):
            return False
        began = focused, event.timestamp()
        match event.type():
            case QEvent.Type.ShortcutOverride if _has_key(event, _PRESSING):
                self._began = began
                event.accept()
                return True
            case QEvent.Type.KeyPress if _has_key(event, _ENTER) and began == self._began:
                if not event.isAutoRepeat():
                    focused.click()
                return True
        return False


def _has_key(event: QKeyEvent, keys: tuple[Qt.Key, ...]) -> bool:
    """One of ``keys``, also of the number pad, with no other key held."""
    held = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    return event.key() in keys and held == Qt.KeyboardModifier.NoModifier
