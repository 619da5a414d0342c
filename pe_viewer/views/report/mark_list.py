"""Things that are there or not, each a box to tick; where wanted with a line to describe it."""

from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QGridLayout, QVBoxLayout, QWidget

from pe_viewer.form.answers import Incidental
from pe_viewer.views.leaving import LeavesOnPress
from pe_viewer.views.typing_line import TypingLine

_COLUMNS = 2


class MarkGrid(QWidget):
    """Two columns of boxes; asks for one to be ticked or not."""

    toggled = Signal(object, bool)

    def __init__(self, marks: Sequence[tuple[StrEnum, str]]) -> None:
        super().__init__()
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(4)
        self._boxes: dict[StrEnum, QCheckBox] = {}
        for number, (mark, text) in enumerate(marks):
            box = _box(text)
            box.clicked.connect(partial(self._on_clicked, mark))
            grid.addWidget(box, number // _COLUMNS, number % _COLUMNS)
            self._boxes[mark] = box

    def show_marks(self, marks: Collection[StrEnum]) -> None:
        for mark, box in self._boxes.items():
            box.setChecked(mark in marks)

    def _on_clicked(self, mark: StrEnum) -> None:
        self.toggled.emit(mark, self._boxes[mark].isChecked())


class DescribedMarks(QWidget):
    """Boxes below one another; a ticked one opens a line. Asks for a description, None for none."""

    described = Signal(object, object)

    def __init__(self, marks: Sequence[tuple[Incidental, str]]) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        self._boxes: dict[Incidental, QCheckBox] = {}
        self._lines: dict[Incidental, TypingLine] = {}
        for mark, text in marks:
            box, line = _box(text), _line(text)
            box.clicked.connect(partial(self._on_clicked, mark))
            line.editingFinished.connect(partial(self._on_edited, mark))
            line.left.connect(line.clearFocus)
            column.addWidget(box)
            column.addWidget(line)
            self._boxes[mark], self._lines[mark] = box, line

    def show_descriptions(self, descriptions: Mapping[Incidental, str]) -> None:
        for mark, line in self._lines.items():
            self._boxes[mark].setChecked(mark in descriptions)
            line.setVisible(mark in descriptions)
            if not (line.hasFocus() and line.isModified()):
                line.setText(descriptions.get(mark, ""))

    def finish(self) -> None:
        """Takes what is being typed."""
        for mark in self._lines:
            self._on_edited(mark)

    def forget(self) -> None:
        """Drops what is being typed."""
        for line in self._lines.values():
            line.setModified(False)

    def _on_clicked(self, mark: Incidental) -> None:
        is_checked = self._boxes[mark].isChecked()
        self.described.emit(mark, "" if is_checked else None)
        if is_checked:
            self._lines[mark].setFocus()

    def _on_edited(self, mark: Incidental) -> None:
        line = self._lines[mark]
        if line.isModified():
            line.setModified(False)
            self.described.emit(mark, line.text().strip())


def _box(text: str) -> QCheckBox:
    box = QCheckBox(text)
    box.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return box


def _line(text: str) -> TypingLine:
    line = TypingLine()
    line.setPlaceholderText("Size, place")
    line.setAccessibleName(f"{text}: description")
    line.hide()
    LeavesOnPress(line)
    return line
