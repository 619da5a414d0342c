"""What is written of a report, and where: formats, folder, and whether it names the patient."""

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from pe_viewer.report.choice import ExportChoice
from pe_viewer.settings import Settings
from pe_viewer.views.answer_buttons import answer_buttons
from pe_viewer.views.preferences.preferences_pages import FolderField
from pe_viewer.views.screen_room import Sheet
from pe_viewer.views.sheets.format_boxes import FormatBoxes
from pe_viewer.views.style import label, wrapped_label

DEIDENTIFY: Final = "Leave out name, ids and dates; replace UIDs"
TYPED_TOO: Final = (
    "They are removed from what you typed, too. Names of other people stay: read it once more."
)

_WIDTH_PX: Final = 640


class ExportSheet(Sheet):
    """Asks; ``export_requested`` gives an ExportChoice. The last folder stays chosen."""

    export_requested = Signal(object)

    def __init__(self, settings: Callable[[], Settings], parent: QWidget | None = None) -> None:
        """``settings`` are asked for each time the sheet opens: formats and folder begin so."""
        super().__init__(parent)
        self._settings = settings
        self.setWindowTitle("Export report")
        self.setMinimumWidth(_WIDTH_PX)
        self._folder, self._formats = FolderField(), FormatBoxes()
        self._folder.setAccessibleName("Folder")
        self._deidentifies = QCheckBox(DEIDENTIFY)
        self._problem = wrapped_label("", "bad")
        self._lay_out()

    def ask(self) -> None:
        """Opens with the formats of the preferences, and the folder used last."""
        kept = self._settings()
        if kept.report_formats:
            self._formats.choose(kept.report_formats)
        else:
            self._formats.choose_all()
        if self._folder.folder is None:
            self._folder.set_folder(kept.export_folder)
        self._deidentifies.setChecked(False)
        self._problem.clear()
        self.show()
        self._folder.setFocus()

    def _lay_out(self) -> None:
        everything, nothing = QPushButton("All"), QPushButton("None")
        everything.clicked.connect(self._formats.choose_all)
        nothing.clicked.connect(self._formats.choose_none)
        choosing = QHBoxLayout()
        for button in (everything, nothing):
            button.setAutoDefault(False)
            choosing.addWidget(button)
        choosing.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(12)
        column.addWidget(label("Folder", "section"))
        column.addWidget(self._folder)
        column.addWidget(self._formats)
        column.addLayout(choosing)
        column.addWidget(self._deidentifies)
        column.addWidget(wrapped_label(TYPED_TOO, "small"))
        column.addWidget(self._problem)
        column.addWidget(answer_buttons(("Cancel", self.reject), ("Export", self._on_accepted)))

    def _on_accepted(self) -> None:
        folder, formats = self._folder.folder, self._formats.chosen
        if folder is None:
            self._problem.setText("Choose the folder that the report goes to")
        elif not formats:
            self._problem.setText("Choose at least one format")
        else:
            self.accept()
            choice = ExportChoice(folder, formats, self._deidentifies.isChecked())
            self.export_requested.emit(choice)
