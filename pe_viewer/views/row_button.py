"""The small button at the end of a row: decide, comment, remove, measure."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QToolButton

from pe_viewer.views.icons import SMALL_ICON, icon


def row_button(icon_name: str, name: str) -> QToolButton:
    """Named ``name`` in its tip and to a screen reader; reached by Tab, never by a click."""
    button = QToolButton()
    button.setProperty("kind", "decision")
    button.setIcon(icon(icon_name))
    button.setIconSize(SMALL_ICON)
    button.setToolTip(name)
    button.setAccessibleName(name)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button
