"""Every action by its name: type a few letters, press Enter."""

from typing import Final

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QFrame, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from pe_viewer.actions import ACTION
from pe_viewer.views.action_set import ActionSet
from pe_viewer.views.key_delegate import KEYS, KeyDelegate
from pe_viewer.views.typing_line import TypingLine

_SIZE_PX: Final = (520, 360)
_TOP_PX: Final = 64
_LIST_KEYS: Final = frozenset(
    {Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown}
)


class CommandPalette(QFrame):
    """Opens over the window; Enter or a click does what is chosen, Esc closes it."""

    def __init__(self, action_set: ActionSet, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._actions = action_set
        self.setObjectName("command_palette")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._line = TypingLine()
        self._line.setPlaceholderText("What do you want to do?")
        self._line.setAccessibleName("Command")
        self._line.installEventFilter(self)
        self._line.textChanged.connect(self._show_matches)
        self._line.returnPressed.connect(self._on_return_pressed)
        self._line.left.connect(self._close)
        self._list = QListWidget()
        self._list.setAccessibleName("Commands")
        self._list.setItemDelegate(KeyDelegate(self._list))
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._list.itemClicked.connect(self._do)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(8)
        column.addWidget(self._line)
        column.addWidget(self._list)
        self.hide()

    def ask(self) -> None:
        """Opens with every action that can be done, ready to type."""
        width, height = _SIZE_PX
        window = self.parentWidget()
        left = 0 if window is None else (window.width() - width) // 2
        self.setGeometry(left, _TOP_PX, width, height)
        self._line.clear()
        self._show_matches("")
        self.show()
        self.raise_()
        self._line.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The keys that move through the list go there; leaving the line closes the palette."""
        if isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress:
            if Qt.Key(event.key()) in _LIST_KEYS:
                self._list.event(event)
                return True
        elif event.type() is QEvent.Type.FocusOut and not self._list.underMouse():
            self.hide()
        return False

    def _show_matches(self, typed: str) -> None:
        self._list.clear()
        for action in sorted(self._actions, key=lambda action: rank(typed, action.text())):
            if rank(typed, action.text()) < _NO_MATCH:
                self._list.addItem(_item(action))
        self._list.setCurrentRow(0)

    def _on_return_pressed(self) -> None:
        item = self._list.currentItem()
        if item is not None:
            self._do(item)

    def _do(self, item: QListWidgetItem) -> None:
        self._close()
        self._actions[item.data(Qt.ItemDataRole.UserRole)].trigger()

    def _close(self) -> None:
        self.hide()
        window = self.parentWidget()
        if window is not None:
            window.setFocus()


_NO_MATCH: Final = 4


def rank(typed: str, text: str) -> int:
    """0 where ``text`` begins with what was typed, 1 where a word does, 2 where it is somewhere
    within, 3 where its letters come in their order, 4 where they do not."""
    wanted, words = typed.strip().lower(), text.lower()
    if words.startswith(wanted):
        return 0
    if f" {wanted}" in words:
        return 1
    if wanted in words:
        return 2
    letters = iter(words)
    return 3 if all(letter in letters for letter in wanted) else _NO_MATCH


def _item(action: QAction) -> QListWidgetItem:
    native = QKeySequence.SequenceFormat.NativeText
    keys = ", ".join(key.toString(native) for key in action.shortcuts())
    words = action.text().removesuffix("…")
    item = QListWidgetItem(words)
    item.setData(KEYS, keys)
    item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{words}, {keys}" if keys else words)
    item.setToolTip(ACTION[action.objectName()].tip)
    item.setData(Qt.ItemDataRole.UserRole, action.objectName())
    return item
