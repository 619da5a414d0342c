"""What is sent of a report, and where to; below it what is still on its way."""

import time
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

from PySide6.QtCore import QMargins, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from pe_viewer.display.texts import count_text
from pe_viewer.report.choice import DICOM_FORMATS
from pe_viewer.send.destination import Destination
from pe_viewer.send.parcel import Parcel, ParcelState, SendChoice
from pe_viewer.state import ReviewSnapshot, ReviewState
from pe_viewer.views.answer_buttons import answer_buttons
from pe_viewer.views.screen_room import Sheet
from pe_viewer.views.scrolled import scrolled
from pe_viewer.views.sheets.export_sheet import DEIDENTIFY
from pe_viewer.views.sheets.format_boxes import FormatBoxes
from pe_viewer.views.style import label, set_kind, wrapped_label

DEFAULT_FORMATS: Final = ("sr", "key", "gsps", "dicompdf")
"""What every PACS shows; maps and pictures are larger, and the reader's to add."""

NOT_ENCRYPTED: Final = "Not encrypted: whoever is on the network between can read it."

_WIDTH_PX: Final = 480
_WAITING_PX: Final = 56
"""About three lines of what is on its way; more is scrolled to."""


class SendSheet(Sheet):
    """Asks; ``send_requested`` gives a SendChoice."""

    send_requested = Signal(object)
    retry_requested = Signal()
    removal_requested = Signal()

    def __init__(self, state: ReviewState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Send report")
        self.setMinimumWidth(_WIDTH_PX)
        self._state = state
        self._destination = QComboBox()
        self._destination.setAccessibleName("Destination")
        self._destination.currentIndexChanged.connect(self._on_destination_chosen)
        self._way = wrapped_label("", "small")
        self._formats = FormatBoxes({"Objects": DICOM_FORMATS})
        self._formats.choose(DEFAULT_FORMATS)
        self._deidentifies = QCheckBox(DEIDENTIFY)
        self._problem, self._waiting = wrapped_label("", "bad"), wrapped_label()
        self._retry, self._remove = QPushButton("Try again now"), QPushButton("Give up")
        self._lay_out()
        state.changed.connect(self._on_changed)
        self._show(state.snapshot)

    def ask(self) -> None:
        """Opens; what was chosen last is still chosen, but for the identity."""
        self._deidentifies.setChecked(False)
        self._problem.clear()
        self.adjustSize()
        self.show()
        self._destination.setFocus()

    def _lay_out(self) -> None:
        for button, asked in (
            (self._retry, self.retry_requested),
            (self._remove, self.removal_requested),
        ):
            button.setAutoDefault(False)
            button.clicked.connect(asked)
        buttons = answer_buttons(("Close", self.reject), ("Send", self._on_accepted))
        acting = QHBoxLayout()
        acting.addWidget(self._retry)
        acting.addWidget(self._remove)
        acting.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(12)
        for widget in (
            label("Destination", "section"), self._destination, self._way, self._formats,
            self._deidentifies, self._problem, buttons,
            label("On its way", "section"),
        ):  # fmt: skip
            column.addWidget(widget)
        column.addWidget(self._waiting_area(), stretch=1)
        column.addLayout(acting)

    def _waiting_area(self) -> QScrollArea:
        lines = QVBoxLayout()
        lines.addWidget(self._waiting)
        area = scrolled(lines, margins=QMargins())
        area.setMinimumHeight(_WAITING_PX)
        area.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Ignored)
        return area

    def _on_accepted(self) -> None:
        formats = self._formats.chosen
        if not formats:
            self._problem.setText("Choose at least one kind of object")
            return
        self._problem.clear()
        choice = SendChoice(
            self._destination.currentText(), formats, self._deidentifies.isChecked()
        )
        self.send_requested.emit(choice)

    def _on_destination_chosen(self, row: int) -> None:
        destinations = self._state.snapshot.destinations
        chosen = destinations[row] if 0 <= row < len(destinations) else None
        self._way.setText("" if chosen is None else way_text(chosen))
        set_kind(self._way, "small" if chosen is None or chosen.is_encrypted else "bad-small")

    def _on_changed(self, old: ReviewSnapshot, new: ReviewSnapshot) -> None:
        if (old.destinations, old.parcels) != (new.destinations, new.parcels):
            self._show(new)

    def _show(self, snapshot: ReviewSnapshot) -> None:
        chosen = self._destination.currentText()
        names = [destination.name for destination in snapshot.destinations]
        self._destination.clear()
        self._destination.addItems(names)
        self._destination.setCurrentIndex(names.index(chosen) if chosen in names else 0)
        self._waiting.setText("\n".join(parcel_lines(snapshot.parcels)) or "Nothing")
        is_unsent = any(p.state is not ParcelState.SENT for p in snapshot.parcels)
        for button in (self._retry, self._remove):
            button.setEnabled(is_unsent)


def way_text(destination: Destination) -> str:
    """Where it goes, and whether others can read it on the way."""
    note = "" if destination.is_encrypted else f" {NOT_ENCRYPTED}"
    return f"{destination.place}.{note}"


def parcel_lines(parcels: Sequence[Parcel]) -> Iterator[str]:
    """One line for parcels of one destination and state; the day's last ones that were sent too."""

    def shared(parcel: Parcel) -> tuple[str, str, str]:
        return parcel.destination, parcel.state, parcel.message

    for (destination, state, message), group in groupby(sorted(parcels, key=shared), shared):
        together = list(group)
        objects = count_text(len(together), "object", "objects")
        when = max(p.due_at if state == ParcelState.WAITING else p.changed_at for p in together)
        words = _STATE_TEXTS[ParcelState(state)].format(
            time.strftime("%H:%M", time.localtime(when))
        )
        why = f": {message}" if message else ""
        yield f"{destination}: {objects} {words}{why}"


_STATE_TEXTS: Final = {
    ParcelState.WAITING: "waiting, next attempt {}",
    ParcelState.SENT: "sent, the last at {}",
    ParcelState.REFUSED: "not taken",
}
