"""The offer to go on where the reader stopped."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from pe_viewer.display.texts import person_name
from pe_viewer.library.session import Session
from pe_viewer.state import ReviewState
from pe_viewer.views.icons import ICON, icon
from pe_viewer.views.keyed_tip import KeyedTip
from pe_viewer.views.style import label


class SessionOffer(QWidget):
    """Draws the last Session; hidden where there is none."""

    session_requested = Signal()

    def __init__(self, state: ReviewState) -> None:
        super().__init__()
        self._button = QPushButton("Go on")
        self._button.setIcon(icon("ph.clock-counter-clockwise"))
        self._button.setIconSize(ICON)
        KeyedTip(self._button, state, "restore_session")
        self._button.clicked.connect(self.session_requested)
        self._killed = label("The program did not end by itself. Your reading is kept.", "dim")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        for widget in (self._killed, self._button):
            column.addWidget(widget, alignment=Qt.AlignmentFlag.AlignHCenter)
        self.show_session(None, hides_identity=False)

    def show_session(self, session: Session | None, *, hides_identity: bool) -> None:
        self.setVisible(session is not None)
        if session is not None:
            name = "" if hides_identity else person_name(session.patient_name)
            place = "  ".join(part for part in (name, session.place) if part)
            self._button.setText(f"Go on: {place}")
            self._killed.setVisible(not session.has_ended)
