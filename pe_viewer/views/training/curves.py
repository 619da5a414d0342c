"""Loss and held-out figures of one training, stage after stage."""

from collections.abc import Mapping
from typing import Final

from PySide6.QtWidgets import QGridLayout, QWidget

from pe_viewer.display.training_texts import FIGURE_TEXTS
from pe_viewer.training_state import Curve
from pe_viewer.views.style import label
from pe_viewer.views.training.line_plot import LinePlot

STAGES: Final = {"localizer": "Localizer", "slice": "Slice net", "sequence": "Sequence net"}
_LOSSES: Final = ("loss", "box_error", "held_out_loss")


class RetrainCurves(QWidget):
    """A column a stage: losses above, figures in [0, 1] below."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(8)
        self.plots: dict[tuple[str, bool], LinePlot] = {}
        for column, (stage, title) in enumerate(STAGES.items()):
            grid.addWidget(label(title, "section"), 0, column)
            for row, is_loss in enumerate((True, False), start=1):
                plot = self.plots[stage, is_loss] = LinePlot()
                plot.setAccessibleName(f"{title}, {'losses' if is_loss else 'held-out figures'}")
                if not is_loss:
                    plot.setYRange(0.0, 1.0)
                grid.addWidget(plot, row, column)

    def show_curves(self, curves: Mapping[tuple[str, str], Curve]) -> None:
        """``curves`` by stage and figure."""
        for (stage, is_loss), plot in self.plots.items():
            plot.show_lines(
                {
                    FIGURE_TEXTS.get(name, name): curve
                    for (of_stage, name), curve in curves.items()
                    if of_stage == stage and (name in _LOSSES) is is_loss
                }
            )
