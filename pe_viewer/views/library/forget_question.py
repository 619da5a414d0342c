"""The question before anything is forgotten: it cannot be undone."""

from collections.abc import Callable
from typing import Final

from PySide6.QtWidgets import QWidget

from pe_viewer.views.question import ask_first

_WHAT_GOES: Final = (
    "Readings, findings, pictures and the audit trail of it are removed from this "
    "computer for good. The CT files themselves stay where they are."
)


def ask_to_forget(parent: QWidget, question: str, on_yes: Callable[[], None]) -> None:
    """Asks over ``parent``; ``on_yes`` is called where the reader means it."""
    ask_first(parent, question, "Forget", on_yes, keep="Keep", more=_WHAT_GOES)
