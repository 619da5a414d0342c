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
        """Sees every event of the application, but only while something is being typed."""
        kind = event.type()
        if kind is QEvent.Type.MouseButtonPress:
            if self._is_elsewhere(receiver):
                self._typed.clearFocus()
        elif receiver is self._typed:
            self._watch(kind)
        return False

    def _watch(self, kind: QEvent.Type) -> None:
        application = QApplication.instance()
        if application is not None and kind is QEvent.Type.FocusIn:
            application.installEventFilter(self)
        elif application is not None and kind is QEvent.Type.FocusOut:
            application.removeEventFilter(self)

    def _is_elsewhere(self, receiver: QObject) -> bool:
        if not isinstance(receiver, QWidget) or receiver is self._typed:
            return False
        is_within = self._typed.isAncestorOf(receiver)
        return not is_within and receiver.window() is self._typed.window()
