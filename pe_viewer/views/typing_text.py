"""Several lines to type into that keep every key for themselves while they have the focus."""

from typing import Final

from PySide6.QtCore import QEvent, QMimeData, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QPlainTextEdit

from pe_viewer.views.dropped_files import local_paths
from pe_viewer.views.leaving import LeavesOnPress

_PAUSE_MS: Final = 700


class TypingText(QPlainTextEdit):
    """``settled`` gives the text when typing pauses or the focus goes. Esc leaves, Tab goes on.

    A press of the mouse elsewhere takes the focus away. Files that are dropped here are the
    window's to open: their paths may name patients.
    """

    settled = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._is_showing = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_PAUSE_MS)
        self._timer.timeout.connect(self._settle)
        self.setTabChangesFocus(True)
        self.textChanged.connect(self._on_text_changed)
        LeavesOnPress(self)

    def show_text(self, text: str) -> None:
        """Another text; the cursor stays where it can, and what is being typed is left alone."""
        if self._timer.isActive() or text == self.toPlainText():
            return
        self._is_showing = True
        self.setPlainText(text)
        self._is_showing = False

    def finish(self) -> None:
        """Gives what was typed at once; nothing happens where nothing is being typed."""
        if self._timer.isActive():
            self._timer.stop()
            self._settle()

    def forget(self) -> None:
        """Drops what is being typed: it was meant for something that is not shown any more."""
        self._timer.stop()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() is QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.clearFocus()
        else:
            super().keyPressEvent(event)

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        return not local_paths(source) and super().canInsertFromMimeData(source)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.finish()

    def _on_text_changed(self) -> None:
        if not self._is_showing:
            self._timer.start()

    def _settle(self) -> None:
        self.settled.emit(self.toPlainText())
