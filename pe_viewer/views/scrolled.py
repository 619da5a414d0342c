"""A column that scrolls up and down where it does not fit."""

from PySide6.QtCore import QMargins, Qt
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget


def scrolled(content: QVBoxLayout, *, margins: QMargins) -> QScrollArea:
    """``content`` in an area of its own, at its top; ``margins`` in px around it."""
    holder = QWidget()
    outer = QVBoxLayout(holder)
    outer.setContentsMargins(margins)
    outer.addLayout(content)
    outer.addStretch(1)
    area = QScrollArea()
    area.setWidget(holder)
    area.setWidgetResizable(True)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    return area
