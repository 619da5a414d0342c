"""What every page of the preferences is."""

from collections.abc import Mapping

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFormLayout, QVBoxLayout, QWidget

from pe_viewer.settings import Settings
from pe_viewer.views.style import label, wrapped_label


class PreferencesPage(QWidget):
    """One page: filled when the sheet opens, asked for its changes when the reader keeps them.

    A page whose values are no settings, as destinations in a database, gives no changes and acts
    in ``keep``.
    """

    title = ""

    def __init__(self) -> None:
        super().__init__()
        self.form = QFormLayout()
        self.form.setHorizontalSpacing(16)
        self.form.setVerticalSpacing(10)
        self.form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
        self.form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 16, 8, 8)
        column.setSpacing(12)
        column.addWidget(label(self.title, "title"))
        column.addLayout(self.form)
        column.addStretch(1)

    def fill(self, settings: Settings) -> None:
        """Shows the settings as they stand."""

    def changes(self) -> Mapping[str, object]:
        """Fields of the settings as they are on the page now."""
        return {}

    def problem(self) -> str:
        """Why the page cannot be kept as it is; "" where it can."""
        return ""

    def keep(self) -> None:
        """The reader keeps all pages."""

    def add_row(self, words: str, field: QWidget, note: str = "") -> None:
        """A field with its name for eyes and for screen readers, and a note below it."""
        field.setAccessibleName(words)
        self.form.addRow(words, field)
        if note:
            self.form.addRow("", wrapped_label(note, "small"))
