"""The question before anything is forgotten: it cannot be undone."""

from collections.abc import Callable

from PySide6.QtWidgets import QMessageBox, QWidget


def ask_to_forget(parent: QWidget, question: str, on_yes: Callable[[], None]) -> None:
    """Asks over ``parent``; ``on_yes`` is called where the reader means it."""
    box = QMessageBox(parent)
    box.setWindowTitle("Forget")
    box.setText(question)
    box.setInformativeText(
        "Readings, findings, pictures and the audit trail of it are removed from this "
        "computer for good. The CT files themselves stay where they are."
    )
    forget = box.addButton("Forget", QMessageBox.ButtonRole.DestructiveRole)
    box.setDefaultButton(box.addButton("Keep", QMessageBox.ButtonRole.RejectRole))
    forget.clicked.connect(lambda _checked: on_yes())
    box.finished.connect(box.deleteLater)
    box.open()
