"""The page of the preferences where destinations are set up and tested."""

from collections.abc import Sequence
from typing import Any, Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QListWidget, QPushButton

from pe_models.errors import SendError
from pe_viewer.send.destination import Destination, from_record, to_record
from pe_viewer.settings import Settings
from pe_viewer.state import ReviewState
from pe_viewer.views.preferences.destination_form import NEW_RECORD, DestinationForm
from pe_viewer.views.preferences.preferences_page import PreferencesPage
from pe_viewer.views.style import set_kind, wrapped_label

_LIST_PX: Final = 84


class DestinationsPage(PreferencesPage):
    """Nothing is sent while the list is empty.

    ``destinations_requested`` gives all of them when the reader keeps the preferences;
    ``test_requested`` one of them, kept or not.
    """

    title = "Destinations"
    destinations_requested = Signal(object)
    test_requested = Signal(object)

    def __init__(self, state: ReviewState) -> None:
        super().__init__()
        self._state = state
        self._records: list[dict[str, Any]] = []
        self._shown = -1
        self._list, self._form = QListWidget(), DestinationForm()
        self._list.setMaximumHeight(_LIST_PX)
        self._list.setAccessibleName("Destinations")
        self._add, self._remove, self._test = map(QPushButton, ("Add", "Remove", "Test"))
        self._answer = wrapped_label("", "small")
        self._lay_out()
        self._list.currentRowChanged.connect(self._on_row_chosen)
        self._form.name_changed.connect(self._on_name_changed)
        self._add.clicked.connect(self._on_added)
        self._remove.clicked.connect(self._on_removed)
        self._test.clicked.connect(self._on_test)

    def fill(self, settings: Settings) -> None:
        """Shows the destinations as they are set up now."""
        self._shown = -1
        self._records = [to_record(d) for d in self._state.snapshot.destinations]
        self._list.clear()
        self._list.addItems([record["name"] for record in self._records])
        self._list.setCurrentRow(0 if self._records else -1)
        self._on_row_chosen(self._list.currentRow())
        self._say("")

    def problem(self) -> str:
        try:
            names = [destination.name for destination in self._destinations()]
        except SendError as error:
            return str(error)
        return "Two destinations share a name" if len(set(names)) < len(names) else ""

    def keep(self) -> None:
        self.destinations_requested.emit(tuple(self._destinations()))

    def show_answer(self, words: str, is_good: bool) -> None:
        """What came of a test."""
        self._say(words, "small" if is_good else "bad-small")

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(8)
        for button in (self._add, self._remove, self._test):
            button.setAutoDefault(False)
            row.addWidget(button)
        row.addStretch(1)
        self.form.addRow(self._list)
        self.form.addRow(row)
        self.form.addRow(self._answer)
        self.form.addRow(self._form)
        note = "Reports are sent only when you ask for it, and only to these places."
        self.form.addRow(wrapped_label(note, "small"))

    def _destinations(self) -> Sequence[Destination]:
        """Raises SendError with the name of the one that cannot be."""
        self._take_over()
        made = []
        for record in self._records:
            try:
                made.append(from_record(record))
            except SendError as error:
                raise SendError(f"{record['name'] or 'A destination'}: {error}") from error
        return made

    def _take_over(self) -> None:
        if self._shown >= 0:
            self._records[self._shown] = self._form.record()

    def _on_row_chosen(self, row: int) -> None:
        self._take_over()
        self._shown = -1
        if row >= 0:
            self._form.fill(self._records[row])
        self._shown = row
        self._form.setVisible(row >= 0)
        for button in (self._remove, self._test):
            button.setEnabled(row >= 0)

    def _on_name_changed(self, name: str) -> None:
        if self._shown >= 0:
            self._list.item(self._shown).setText(name)

    def _on_added(self) -> None:
        self._records.append(dict(NEW_RECORD))
        self._list.addItem("")
        self._list.setCurrentRow(len(self._records) - 1)
        self._form.setFocus()

    def _on_removed(self) -> None:
        row, self._shown = self._shown, -1
        del self._records[row]
        self._list.takeItem(row)
        self._on_row_chosen(self._list.currentRow())

    def _on_test(self) -> None:
        try:
            destination = from_record(self._form.record())
        except SendError as error:
            self.show_answer(str(error), False)
            return
        self._say("Asking…")
        self.test_requested.emit(destination)

    def _say(self, words: str, kind: str = "small") -> None:
        set_kind(self._answer, kind)
        self._answer.setText(words)
