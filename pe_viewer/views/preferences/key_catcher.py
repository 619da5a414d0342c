"""A button that waits for the next key and tells which it was."""

from PySide6.QtCore import QEvent, QKeyCombination, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QPushButton

_ALONE = frozenset(
    {Qt.Key.Key_Shift, Qt.Key.Key_Control, Qt.Key.Key_Alt, Qt.Key.Key_Meta, Qt.Key.Key_AltGr}
)
"""Keys that mean nothing until another one comes."""

_LEAVING = frozenset({Qt.Key.Key_Escape, Qt.Key.Key_Tab, Qt.Key.Key_Backtab})
"""Keys that move through a window and cannot mean anything else."""


class KeyCatcher(QPushButton):
    """``key_caught`` is a key in Qt's portable name; Esc and Tab leave without one."""

    key_caught = Signal(str)

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self._words = words
        self._is_waiting = False
        self.setAutoDefault(False)
        self.clicked.connect(self._wait)

    def event(self, event: QEvent) -> bool:
        """While it waits, no other part of the window gets a key."""
        if self._is_waiting and isinstance(event, QKeyEvent):
            if event.type() is QEvent.Type.KeyPress:
                self._take(event)
            event.accept()
            return True
        return super().event(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._stop()
        super().focusOutEvent(event)

    def _wait(self) -> None:
        self._is_waiting = True
        self.setText("Press a key")

    def _stop(self) -> None:
        self._is_waiting = False
        self.setText(self._words)

    def _take(self, event: QKeyEvent) -> None:
        if event.key() in _ALONE:
            return
        self._stop()
        if event.key() not in _LEAVING:
            self.key_caught.emit(key_name(event))


def key_name(event: QKeyEvent) -> str:
    """``Shift+N`` or ``?``: Shift is named where it is not already in the sign."""
    modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    text = event.text()
    if text.isprintable() and text.strip() and not text.isalnum():
        modifiers &= ~Qt.KeyboardModifier.ShiftModifier
    return QKeySequence(QKeyCombination(modifiers, Qt.Key(event.key()))).toString()
