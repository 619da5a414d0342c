"""What can be done with a picture, where the hand is: for the right button and the menu key."""

from typing import Final

from PySide6.QtWidgets import QMenu, QWidget

from pe_viewer.actions import N_WINDOW_PRESETS
from pe_viewer.views.action_set import ActionSet

_GROUPS: Final[tuple[tuple[str, ...], ...]] = (
    ("tool_window", "tool_scroll", "tool_pan", "tool_zoom", "tool_length", "tool_ellipse"),
    (*(f"window_preset_{n}" for n in range(1, N_WINDOW_PRESETS + 1)), "adaptive_window"),
    ("fit", "actual_size", "reset_view", "invert"),
    ("key_image", "add_finding", "toggle_overlay"),
)


class PictureMenu(QMenu):
    """Pops up at the point that was asked for."""

    def __init__(self, action_set: ActionSet, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        for number, group in enumerate(_GROUPS):
            if number:
                self.addSeparator()
            for action_id in group:
                self.addAction(action_set[action_id])
