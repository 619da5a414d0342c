"""Rows of a list with a key at their right end."""

from typing import Final

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from pe_viewer.display.palette import PALETTE

KEYS: Final = Qt.ItemDataRole.UserRole + 1
"""The role that holds the keys of a row, as people read them."""

_MARGIN_PX: Final = 12


class KeyDelegate(QStyledItemDelegate):
    """Paints a row as its style does, then its keys in dim letters."""

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        super().paint(painter, option, index)
        keys = index.data(KEYS)
        if keys:
            painter.save()
            painter.setFont(option.font)
            painter.setPen(QColor(PALETTE.dim_text))
            area = option.rect.adjusted(0, 0, -_MARGIN_PX, 0)
            painter.drawText(
                area, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, keys
            )
            painter.restore()
