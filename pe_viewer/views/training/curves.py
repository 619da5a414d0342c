"""Loss and held-out figures of one training, stage after stage."""

from collections.abc import Mapping
from typing import Final

from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from pe_viewer.display.training_texts import FIGURE_TEXTS
from pe_viewer.training_state import Curve
from pe_viewer.views.style import label
from pe_viewer.views.training.line_plot import LinePlot

STAGES: Final = {
    "localizer": "Localizer",
    "slice": "Slice net",
    "refiner": "Refiner",
    "sequence": "Sequence net",
}
_NOT_IN_EVERY_RUN: Final = "refiner"
_LOSSES: Final = ("loss", "box_error", "held_out_loss")


class RetrainCurves(QWidget):
    """A column a stage: losses above, figures in [0, 1] below."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(8)
        self.headings: dict[str, QLabel] = {}
        self.plots: dict[tuple[str, bool], LinePlot] = {}
        for column, (stage, title) in enumerate(STAGES.items()):
            heading = self.headings[stage] = label(title, "section")
            grid.addWidget(heading, 0, column)
            for row, is_loss in enumerate((True, False), start=1):
                plot = self.plots[stage, is_loss] = LinePlot()
                plot.setAccessibleName(f"{title}, {'losses' if is_loss else 'held-out figures'}")
                if not is_loss:
                    plot.setYRange(0.0, 1.0)
                grid.addWidget(plot, row, column)
        self.show_curves({})

    def show_curves(self, curves: Mapping[tuple[str, str], Curve]) -> None:
        """``curves`` by stage and figure. Only runs that have a refiner show its column."""
        has_refiner = any(stage == _NOT_IN_EVERY_RUN for stage, _ in curves)
        self.headings[_NOT_IN_EVERY_RUN].setVisible(has_refiner)
        for is_loss in (True, False):
            self.plots[_NOT_IN_EVERY_RUN, is_loss].setVisible(has_refiner)
        for (stage, is_loss), plot in self.plots.items():
            plot.show_lines(
                {
                    FIGURE_TEXTS.get(name, name): curve
                    for (of_stage, name), curve in curves.items()
                    if of_stage == stage and (name in _LOSSES) is is_loss
                }
            )
