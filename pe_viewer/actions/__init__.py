"""One table of all that the reader can do by menu, button or key. No Qt.

Keys follow what hands already know from other viewers: N and B step through what the model flagged,
G shows or hides its overlay, Down goes toward the feet, Home is the most superior slice.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from pe_viewer.actions.action import Action, Menu, Receiver
from pe_viewer.actions.file import FILE_ACTIONS
from pe_viewer.actions.help import HELP_ACTIONS
from pe_viewer.actions.image import IMAGE_ACTIONS, N_WINDOW_PRESETS
from pe_viewer.actions.navigate import NAVIGATE_ACTIONS
from pe_viewer.actions.review import REVIEW_ACTIONS
from pe_viewer.actions.view import VIEW_ACTIONS

__all__ = ["ACTION", "ACTIONS", "N_WINDOW_PRESETS", "Action", "Menu", "Receiver"]

ACTIONS: Final[tuple[Action, ...]] = (
    *FILE_ACTIONS,
    *NAVIGATE_ACTIONS,
    *IMAGE_ACTIONS,
    *REVIEW_ACTIONS,
    *VIEW_ACTIONS,
    *HELP_ACTIONS,
)
"""All actions, in the order of their menus."""

ACTION: Final[Mapping[str, Action]] = MappingProxyType({action.id: action for action in ACTIONS})
"""The same actions by their id."""
