"""Why a flag is not PE, as a menu that is answered by a number, a letter or a click."""

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QMenu, QWidget

from pe_viewer.display.texts import REASON_TEXTS
from pe_viewer.review import RejectionReason


class ReasonMenu(QMenu):
    """Asks for one of the reasons; closed without one, nothing is rejected."""

    reason_chosen = Signal(RejectionReason)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        for number, reason in enumerate(RejectionReason, start=1):
            action = self.addAction(f"&{number}  {REASON_TEXTS[reason]}")
            action.triggered.connect(partial(self.reason_chosen.emit, reason))
