"""All actions, in the order of their menus."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from pe_viewer.actions.action import Action
from pe_viewer.actions.file import FILE_ACTIONS
from pe_viewer.actions.help import HELP_ACTIONS
from pe_viewer.actions.image import IMAGE_ACTIONS
from pe_viewer.actions.model import MODEL_ACTIONS
from pe_viewer.actions.navigate import NAVIGATE_ACTIONS
from pe_viewer.actions.review import REVIEW_ACTIONS
from pe_viewer.actions.view import VIEW_ACTIONS

ACTIONS: Final[tuple[Action, ...]] = (
    *FILE_ACTIONS,
    *NAVIGATE_ACTIONS,
    *IMAGE_ACTIONS,
    *REVIEW_ACTIONS,
    *VIEW_ACTIONS,
    *MODEL_ACTIONS,
    *HELP_ACTIONS,
)

ACTION: Final[Mapping[str, Action]] = MappingProxyType({action.id: action for action in ACTIONS})
"""The same actions by their id."""
