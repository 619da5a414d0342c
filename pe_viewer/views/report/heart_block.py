"""The right heart: the widths of both ventricles with their ratio, the trunk, and the signs."""

from functools import partial
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from pe_models.findings import Findings
from pe_viewer.display.heart_texts import label_disagreement, ratio_text
from pe_viewer.display.looks import Tool
from pe_viewer.form.ctpa_form import MOST_MM, CtpaForm, Diameter
from pe_viewer.state import ReviewState
from pe_viewer.views.keyed_tip import KeyedTip
from pe_viewer.views.ratio_scale import RatioScale
from pe_viewer.views.report.number_row import NumberRow
from pe_viewer.views.row_button import row_button
from pe_viewer.views.style import label, set_kind, wrapped_label

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
        self._scale, self._disagreement = RatioScale(), wrapped_label("", "model")
        for place, widget in enumerate((self._ratio, self._scale, self._disagreement), start=2):
            column.insertWidget(place, widget)

    def show_form(self, form: CtpaForm, sources: dict[str, str], findings: Findings | None) -> None:
        """``findings`` are the model's, None while it is withheld: its ratio stands beside."""
        for name, row in self._rows.items():
            width: Diameter | None = getattr(form, name)
            row.show_number(None if width is None else width.mm, sources.get(name, ""), digits=1)
        ratio = form.rv_lv_ratio
        set_kind(self._ratio, "reader" if ratio is not None else "dim")
        self._ratio.setText("RV/LV not measured" if ratio is None else ratio_text(ratio))
        self._scale.show_ratios(None if findings is None else findings.heart, ratio)
        words = ""
        if ratio is not None and findings is not None:
            words = label_disagreement(findings, ratio)
        self._disagreement.setText(words)
        self._disagreement.setVisible(bool(words))

    def finish(self) -> None:
        """Takes what is being typed."""
        for row in self._rows.values():
            row.finish()

    def forget(self) -> None:
        """Drops what is being typed."""
        for row in self._rows.values():
            row.forget()

    def _on_entered(self, name: str, value: float | None) -> None:
        is_width = value is not None and value > 0.0
        self.diameter_requested.emit(name, Diameter(value) if is_width and value else None)
