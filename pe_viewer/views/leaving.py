"""What was typed counts before what is pressed next."""

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication, QWidget


class LeavesOnPress(QObject):
    """Takes the focus of ``typed`` away when the mouse is pressed elsewhere in its window.

    Buttons and pictures leave the focus where it is, so that without this a report would be signed,
    or another study opened, before the last words had been taken from their line.
    """

    def __init__(self, typed: QWidget) -> None:
        super().__init__(typed)
        self._typed = typed
        typed.installEventFilter(self)

    def eventFilter(self, receiver: QObject, event: QEvent) -> bool:
        """Watches the whole application only while something is being typed."""
        application = QApplication.instance()
        kind = event.type()
        if receiver is self._typed and kind is QEvent.Type.FocusIn and application is not None:
            application.installEventFilter(self)
        elif receiver is self._typed and kind is QEvent.Type.FocusOut and application is not None:
            application.removeEventFilter(self)
        elif kind is QEvent.Type.MouseButtonPress and self._is_elsewhere(receiver):
            self._typed.clearFocus()
        return False

    def _is_elsewhere(self, receiver: QObject) -> bool:
        if not isinstance(receiver, QWidget) or receiver is self._typed:
            return False
        is_within = self._typed.isAncestorOf(receiver)
        return not is_within and receiver.window() is self._typed.window()
