"""Loss and held-out figures of one training, stage after stage, on pyqtgraph."""

from collections.abc import Mapping
from typing import Final

import pyqtgraph
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QGridLayout, QWidget

from pe_viewer.display.fonts import font
from pe_viewer.display.palette import PALETTE
from pe_viewer.display.training_texts import FIGURE_TEXTS
from pe_viewer.training_state import Curve
from pe_viewer.views.style import SMALL_PX, label

STAGES: Final = {"localizer": "Localizer", "slice": "Slice net", "sequence": "Sequence net"}
_LOSSES: Final = ("loss", "box_error", "held_out_loss")
_HEIGHT_PX: Final = 170
_COLOURS: Final = (PALETTE.dim_text, PALETTE.reader, PALETTE.model)


class RetrainCurves(QWidget):
    """A column a stage: losses above, figures in [0, 1] below."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(8)
        self._plots: dict[tuple[str, bool], Plot] = {}
        for column, (stage, title) in enumerate(STAGES.items()):
            grid.addWidget(label(title, "section"), 0, column)
            for row, is_loss in enumerate((True, False), start=1):
                plot = self._plots[stage, is_loss] = Plot(is_share=not is_loss)
                plot.setAccessibleName(f"{title}, {'losses' if is_loss else 'held-out figures'}")
                grid.addWidget(plot, row, column)

    def show_curves(self, curves: Mapping[tuple[str, str], Curve]) -> None:
        """``curves`` by stage and figure."""
        for (stage, is_loss), plot in self._plots.items():
            plot.show_curves(
                {
                    name: curve
                    for (of_stage, name), curve in curves.items()
                    if of_stage == stage and (name in _LOSSES) is is_loss
                }
            )


class Plot(pyqtgraph.PlotWidget):  # type: ignore[misc]
    """Lines with their names in a corner; one point alone is a dot."""

    def __init__(self, *, is_share: bool) -> None:
        super().__init__(background=QColor(PALETTE.panel))
        self._lines: dict[str, pyqtgraph.PlotDataItem] = {}
        self.setFixedHeight(_HEIGHT_PX)
        self.setMenuEnabled(False)
        self.hideButtons()
        self.setFrameShape(self.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._legend = self.addLegend(
            offset=(-8, 8), labelTextColor=PALETTE.dim_text, labelTextSize=f"{SMALL_PX}px"
        )
        for side in ("left", "bottom"):
            axis = self.getAxis(side)
            axis.setPen(QColor(PALETTE.line))
            axis.setTextPen(QColor(PALETTE.dim_text))
            axis.setStyle(tickFont=font(SMALL_PX))
        if is_share:
            self.setYRange(0.0, 1.0)

    def show_curves(self, curves: Mapping[str, Curve]) -> None:
        for name in [name for name in self._lines if name not in curves]:
            self.removeItem(self._lines.pop(name))
        for name, (steps, values) in curves.items():
            if name not in self._lines:
                self._lines[name] = self._new_line(name)
            is_dot = len(steps) == 1
            self._lines[name].setData(list(steps), list(values), symbol="o" if is_dot else None)

    def _new_line(self, name: str) -> pyqtgraph.PlotDataItem:
        colour = QColor(_COLOURS[len(self._lines) % len(_COLOURS)])
        pen = pyqtgraph.mkPen(colour, width=1.5)
        return self.plot(
            [], [], name=FIGURE_TEXTS.get(name, name), pen=pen, symbolBrush=colour,
            symbolPen=colour, symbolSize=6,
        )  # fmt: skip
