"""The right heart: the widths of both ventricles with their ratio, the trunk, and the signs."""

from functools import partial
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from pe_viewer.display.looks import Tool
from pe_viewer.draft.rules.heart import STRAINED_RATIO
from pe_viewer.form.ctpa_form import MOST_MM, CtpaForm, Diameter
from pe_viewer.state import ReviewState
from pe_viewer.views.keyed_tip import KeyedTip
from pe_viewer.views.report.number_row import NumberRow
from pe_viewer.views.row_button import row_button
from pe_viewer.views.style import label, set_kind

_WIDTHS: Final = (
    ("rv", "RV", Tool.RV, "Drag across the right ventricle"),
    ("lv", "LV", Tool.LV, "Drag across the left ventricle"),
    ("trunk", "PA trunk", Tool.TRUNK, "Drag across the pulmonary trunk"),
)


class HeartBlock(QWidget):
    """Asks for a typed diameter (None for none), or for the tool that measures it."""

    diameter_requested = Signal(str, object)
    tool_requested = Signal(str)

    def __init__(self, state: ReviewState) -> None:
        """``state`` says which keys take the tools."""
        super().__init__()
        self._rows: dict[str, NumberRow] = {}
        self._ratio = label("", "dim")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        for name, title, tool, tip in _WIDTHS:
            ruler = row_button("ph.ruler", f"Measure: {title}")
            KeyedTip(ruler, state, f"tool_{tool.name.lower()}", tip)
            row = NumberRow(title, "mm", most=MOST_MM, ruler=ruler)
            row.entered.connect(partial(self._on_entered, name))
            row.measuring_requested.connect(partial(self.tool_requested.emit, tool.name))
            self._rows[name] = row
            column.addWidget(row)
        column.insertWidget(2, self._ratio)

    def show_form(self, form: CtpaForm, sources: dict[str, str]) -> None:
        for name, row in self._rows.items():
            width: Diameter | None = getattr(form, name)
            row.show_number(None if width is None else width.mm, sources.get(name, ""), digits=1)
        ratio = form.rv_lv_ratio
        is_strained = ratio is not None and ratio >= STRAINED_RATIO
        set_kind(self._ratio, "reader" if ratio is not None else "dim")
        limit = f", {STRAINED_RATIO:.1f} or more" if is_strained else ""
        self._ratio.setText("RV/LV not measured" if ratio is None else f"RV/LV {ratio:.2f}{limit}")

    def forget(self) -> None:
        """Drops what is being typed."""
        for row in self._rows.values():
            row.forget()

    def _on_entered(self, name: str, value: float | None) -> None:
        is_width = value is not None and value > 0.0
        self.diameter_requested.emit(name, Diameter(value) if is_width and value else None)
