"""The candidate beside the bundle in use, on the held-out studies and on the safety cohort."""

from collections.abc import Mapping
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from pe_models.evaluation.gate import StudySet
from pe_viewer.display.comparison_texts import (
    FIGURES,
    HEADS,
    Row,
    faithfulness_rows,
    figure_row,
    label_figures,
)
from pe_viewer.display.palette import PALETTE
from pe_viewer.training_state import ComparisonView, Curve, FigureView, Interval
from pe_viewer.views.grid_table import GridTable
from pe_viewer.views.report.choice_row import ChoiceRow
from pe_viewer.views.style import label, wrapped_label
from pe_viewer.views.training.compared_studies import ComparedStudies
from pe_viewer.views.training.line_plot import CANDIDATE_COLOUR, IN_USE_COLOUR, LinePlot, Points

SETS: Final = {StudySet.HELD_OUT: "Held-out studies", StudySet.SAFETY: "Safety cohort"}
_PLOT_PX: Final = 210
_WIDTHS_PX: Final = (240, 140, 140, 160, 90)
_MOST_FALSE_MARKS: Final = 8.0


class RetrainComparison(QWidget):
    """Everything that is known of the difference; nothing here decides."""

    study_requested = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._comparisons: Mapping[StudySet, ComparisonView] = {}
        self._set = StudySet.HELD_OUT
        self.sets = ChoiceRow("Studies", tuple(SETS.items()))
        self.words = wrapped_label("", "dim")
        self.found = LinePlot(across="false marks a study", up="emboli found", height_px=_PLOT_PX)
        self.reliability = LinePlot(across="model score", up="share with PE", height_px=_PLOT_PX)
        self.studies = ComparedStudies()
        self.figures, self.labels, self.errors = (GridTable(HEADS, _WIDTHS_PX) for _ in range(3))
        self.faithfulness = GridTable(HEADS[:3], _WIDTHS_PX[:3])
        self._sections = {table: label(title, "section") for table, title in self._titles()}
        self._place()
        self.sets.chosen.connect(self._on_set_chosen)
        self.studies.study_requested.connect(self.study_requested)

    def show_comparisons(self, comparisons: Mapping[StudySet, ComparisonView]) -> None:
        """Both sets of studies, or those that were reached."""
        self.setVisible(bool(comparisons))
        if comparisons is self._comparisons or not comparisons:
            return
        self._comparisons = comparisons
        if self._set not in comparisons:
            self._set = next(iter(comparisons))
        self._show()

    def _titles(self) -> tuple[tuple[QWidget, str], ...]:
        return (
            (self.studies, "Studies on which they lie furthest apart"),
            (self.figures, "Figures"),
            (self.labels, "AUC of each exam label"),
            (self.errors, "Calibration error of each exam label (less is better)"),
            (self.faithfulness, "Whether the maps show what raised the scores (phantoms)"),
        )

    def _place(self) -> None:
        self.found.setXRange(0.0, _MOST_FALSE_MARKS)
        self.found.setYRange(0.0, 1.0)
        self.found.add_rule(1.0, is_upright=True)
        self.reliability.setXRange(0.0, 1.0)
        self.reliability.setYRange(0.0, 1.0)
        plots = QHBoxLayout()
        plots.setSpacing(8)
        for title, plot in (("FROC", self.found), ("Calibration of slices", self.reliability)):
            head = self._sections[plot] = label(title, "section")
            column = QVBoxLayout()
            column.addWidget(head)
            column.addWidget(plot)
            plot.setAccessibleName(title)
            plots.addLayout(column)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(self.sets)
        column.addWidget(self.words)
        column.addLayout(plots)
        for table, _ in self._titles():
            column.addWidget(self._sections[table])
            column.addWidget(table)

    def _on_set_chosen(self, chosen: StudySet | None) -> None:
        if chosen in self._comparisons and chosen is not None:
            self._set = chosen
            self._show()

    def _show(self) -> None:
        view = self._comparisons[self._set]
        self.sets.show_answer(self._set, "")
        self.words.setText(
            f"{view.candidate} against {view.in_use} on {view.n_studies:,} studies, which were "
            "resampled alike for both (1,000 times)."
        )
        found = _both(view.found, is_stepped=True)
        self.found.show_lines(found, colours=_COLOURS)
        for part in (self.found, self._sections[self.found]):
            part.setVisible(bool(found))  # where the truth does not tell places, there is none
        self.reliability.show_lines(
            {**_both(view.reliability), "as it should be": _DIAGONAL}, colours=_COLOURS,
        )  # fmt: skip
        self.studies.show_studies(view.studies)
        self._show_table(self.figures, _rows(view, FIGURES))
        self._show_table(self.labels, _rows(view, {auc: t for t, auc, _ in label_figures()}))
        self._show_table(self.errors, _rows(view, {ece: t for t, _, ece in label_figures()}))
        self._show_table(self.faithfulness, faithfulness_rows(*view.faithfulness))
        self._sections[self.studies].setVisible(bool(view.studies))

    def _show_table(self, table: GridTable, rows: list[Row] | list[tuple[str, str, str]]) -> None:
        table.show_rows(rows)
        table.setVisible(bool(rows))
        self._sections[table].setVisible(bool(rows))


_DIAGONAL: Final[Points] = ((0.0, 1.0), (0.0, 1.0))
_COLOURS: Final = {
    "in use": IN_USE_COLOUR, "candidate": CANDIDATE_COLOUR, "as it should be": PALETTE.edge,
}  # fmt: skip


def _both(
    curves: tuple[Curve | None, Curve | None], *, is_stepped: bool = False
) -> dict[str, Points]:
    """By the words of the legend. A FROC begins with nothing found, and stays where it ends."""
    named = zip(("in use", "candidate"), curves, strict=True)
    return {
        name: _stepped(curve) if is_stepped else curve for name, curve in named if curve is not None
    }


def _stepped(curve: Curve) -> Curve:
    across, up = (0.0, *curve[0]), (0.0, *curve[1])
    end = max(across[-1], _MOST_FALSE_MARKS)
    return (*across, end), (*up, up[-1])


def _rows(view: ComparisonView, titles: Mapping[str, str]) -> list[Row]:
    return [
        _row(title, view.figures[name]) for name, title in titles.items() if name in view.figures
    ]


def _row(title: str, figure: FigureView) -> Row:
    return figure_row(
        title,
        _plain(figure.in_use),
        _plain(figure.candidate),
        _plain(figure.difference),
        favours_candidate=figure.favours_candidate,
    )


def _plain(interval: Interval) -> tuple[float, float, float]:
    return interval.value, interval.low, interval.high
