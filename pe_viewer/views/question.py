"""A question before something that cannot be undone."""

from collections.abc import Callable

from PySide6.QtWidgets import QMessageBox, QWidget


def ask_first(
    parent: QWidget,
    question: str,
    act: str,
    on_agreed: Callable[[], None],
    *,
    keep: str = "Keep as it is",
    more: str = "",
) -> None:
    """Asks over ``parent``, by default for leaving all as it is.

    ``on_agreed`` is called where the button ``act`` is pressed; ``more`` explains in small words.
    """
    box = QMessageBox(parent)
    box.setWindowTitle(act)
    box.setText(question)
    box.setInformativeText(more)
    agreed = box.addButton(act, QMessageBox.ButtonRole.DestructiveRole)
    box.setDefaultButton(box.addButton(keep, QMessageBox.ButtonRole.RejectRole))
    agreed.clicked.connect(lambda _checked: on_agreed())
    box.finished.connect(box.deleteLater)
    box.open()
