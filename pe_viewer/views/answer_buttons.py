"""The buttons at the foot of a sheet: leave it, do it, and sometimes go back to how it was."""

from collections.abc import Callable

from PySide6.QtWidgets import QDialogButtonBox

Answer = tuple[str, Callable[[], None]]
"""The words on a button, and what it does."""


def answer_buttons(no: Answer, yes: Answer, *, reset: Answer | None = None) -> QDialogButtonBox:
    """In the order that the system's own dialogs have."""
    role, buttons = QDialogButtonBox.ButtonRole, QDialogButtonBox()
    roles = {role.ResetRole: reset, role.RejectRole: no, role.AcceptRole: yes}
    for which, answer in roles.items():
        if answer is not None:
            words, act = answer
            buttons.addButton(words, which).clicked.connect(act)
    return buttons
