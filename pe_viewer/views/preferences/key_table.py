"""Every action with its keys, menu by menu, in a table that can be searched."""

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QKeySequence
from PySide6.QtWidgets import QHeaderView, QTreeWidget, QTreeWidgetItem

from pe_viewer.actions import ACTIONS, Keymap, Menu
from pe_viewer.display.palette import PALETTE
from pe_viewer.views.style import SMALL_PX, bold

_ID: Final = Qt.ItemDataRole.UserRole


class KeyTable(QTreeWidget):
    """Draws one keymap; ``chosen_id`` is the action that the reader stands on."""

    def __init__(self) -> None:
        super().__init__()
        self._items: dict[str, QTreeWidgetItem] = {}
        self.setColumnCount(2)
        self.setHeaderLabels(["Action", "Keys"])
        self.setAccessibleName("Actions and their keys")
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.header().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self.header().setStretchLastSection(False)
        self._menus = {menu: self._add_menu(menu) for menu in Menu}
        for action in ACTIONS:
            item = QTreeWidgetItem(self._menus[action.menu], [action.text.removesuffix("…")])
            item.setData(0, _ID, action.id)
            item.setToolTip(0, action.tip)
            self._items[action.id] = item
        self.expandAll()

    @property
    def chosen_id(self) -> str:
        """The id of the current action; "" while none is."""
        item = self.currentItem()
        return "" if item is None else item.data(0, _ID) or ""

    def show_keymap(self, keymap: Keymap) -> None:
        for action_id, item in self._items.items():
            native = (_native(key) for key in keymap.keys_of(action_id))
            item.setText(1, ", ".join(native))

    def show_matches(self, typed: str) -> None:
        """Only the actions that hold what was typed, in their name or as a key."""
        wanted = typed.strip().lower()
        for item in self._items.values():
            keys = item.text(1).lower().split(", ")
            item.setHidden(wanted not in item.text(0).lower() and wanted not in keys)
        for menu in self._menus.values():
            menu.setHidden(all(row.isHidden() for row in self._rows_of(menu)))

    def _rows_of(self, menu: QTreeWidgetItem) -> list[QTreeWidgetItem]:
        return [item for item in self._items.values() if item.parent() is menu]

    def _add_menu(self, menu: Menu) -> QTreeWidgetItem:
        item = QTreeWidgetItem(self, [menu.value])
        item.setFlags(Qt.ItemFlag.ItemIsEnabled)
        item.setForeground(0, QColor(PALETTE.dim_text))
        item.setFont(0, bold(SMALL_PX))
        return item


def _native(key: str) -> str:
    return QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)
