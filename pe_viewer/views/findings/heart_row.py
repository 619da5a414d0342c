"""What the model measured of the right heart, with its slices and the lines to take over."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from pe_viewer.display.heart_texts import model_heart_lines, trunk_text
from pe_viewer.draft.model_lines import model_line
from pe_viewer.review import Structure
from pe_viewer.state import ReviewSnapshot, ReviewState
from pe_viewer.views.keyed_tip import KeyedTip
from pe_viewer.views.ratio_scale import RatioScale
from pe_viewer.views.style import label, wrapped_label

_GOES_TO = {
    Structure.RV: "RV slice",
    Structure.LV: "LV slice",
    Structure.TRUNK: "Trunk slice",
}


class HeartRow(QWidget):
    """Asks for a line's slice, or for the lines to become the reader's own."""

    slice_requested = Signal(int)
    takeover_requested = Signal()

    def __init__(self, state: ReviewState) -> None:
        """``state`` says which key takes the lines over."""
        super().__init__()
        self._state = state
        self._first = wrapped_label("", "model")
        self._more = wrapped_label("", "small")
        self._scale = RatioScale()
        self._buttons = {structure: _button(words) for structure, words in _GOES_TO.items()}
        self._takeover = _button("Take over")
        KeyedTip(self._takeover, state, "take_over_heart", "Make RV and LV lines your own, to move")
        self._lay_out()
        for structure, button in self._buttons.items():
            button.clicked.connect(lambda *_, of=structure: self._on_slice_wanted(of))
        self._takeover.clicked.connect(self.takeover_requested)

    def show_snapshot(self, snapshot: ReviewSnapshot) -> None:
        findings = snapshot.findings
        has_any = findings is not None and (findings.heart or findings.trunk) is not None
        self.setVisible(has_any)
        if findings is None or not has_any:
            return
        lines = list(model_heart_lines(findings))
        if findings.trunk is not None:
            lines.insert(min(2, len(lines)), trunk_text(findings, findings.trunk))
        self._first.setText(lines[0])
        self._more.setText("\n".join(lines[1:]))
        self._more.setVisible(len(lines) > 1)
        self._scale.show_ratios(findings.heart, None)
        for structure, button in self._buttons.items():
            button.setVisible(model_line(findings, structure) is not None)
        self._takeover.setVisible(model_line(findings, Structure.RV) is not None)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(label("Right heart", "section"))
        for widget in (self._first, self._scale, self._more):
            column.addWidget(widget)
        row = QHBoxLayout()
        row.setSpacing(4)
        for button in (*self._buttons.values(), self._takeover):
            row.addWidget(button)
        row.addStretch(1)
        column.addLayout(row)

    def _on_slice_wanted(self, structure: Structure) -> None:
        line = model_line(self._state.snapshot.findings, structure)
        if line is not None:
            self.slice_requested.emit(line.slice_index)


def _button(words: str) -> QPushButton:
    made = QPushButton(words)
    made.setProperty("kind", "small")
    made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return made
