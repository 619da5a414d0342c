"""Check boxes of formats, in groups beside each other."""

from collections.abc import Iterable, Mapping
from typing import Final

from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QVBoxLayout, QWidget

from pe_viewer.display.texts import FORMAT_TEXTS
from pe_viewer.report.choice import DICOM_FORMATS
from pe_viewer.views.style import label

FORMAT_GROUPS: Final[Mapping[str, tuple[str, ...]]] = {
    "For people": ("pdf", "html", "pptx", "png", "cine"),
    "For programs": ("json", "csv", "fhir"),
    "For PACS": DICOM_FORMATS,
}


class FormatBoxes(QWidget):
    """One box a format; ``chosen`` are those that are checked, in the order of the groups."""

    def __init__(self, groups: Mapping[str, tuple[str, ...]] = FORMAT_GROUPS) -> None:
        super().__init__()
        names = [name for group in groups.values() for name in group]
        self._boxes = {name: QCheckBox(FORMAT_TEXTS[name]) for name in names}
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(24)
        for title, group in groups.items():
            row.addLayout(self._column(title, group))
        row.addStretch(1)

    @property
    def chosen(self) -> tuple[str, ...]:
        return tuple(name for name, box in self._boxes.items() if box.isChecked())

    def choose(self, names: Iterable[str]) -> None:
        """Checks these and no others."""
        wanted = set(names)
        for name, box in self._boxes.items():
            box.setChecked(name in wanted)

    def choose_all(self) -> None:
        self.choose(self._boxes)

    def choose_none(self) -> None:
        self.choose(())

    def box(self, name: str) -> QCheckBox:
        return self._boxes[name]

    def _column(self, title: str, group: tuple[str, ...]) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(6)
        column.addWidget(label(title, "section"))
        for name in group:
            column.addWidget(self._boxes[name])
        column.addStretch(1)
        return column
