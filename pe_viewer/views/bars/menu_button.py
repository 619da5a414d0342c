"""A button of the top line that opens a menu: words, a caret, no frame of its own."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu, QToolButton

from pe_viewer.views.icons import SMALL_ICON, icon


class MenuButton(QToolButton):
    """``menu`` opens at one press, by mouse or keys."""

    def __init__(self, object_name: str) -> None:
        super().__init__()
        menu = QMenu(self)
        menu.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        self.setObjectName(object_name)
        self.setMenu(menu)
        self.setIcon(icon("ph.caret-down"))
        self.setIconSize(SMALL_ICON)
        self.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
