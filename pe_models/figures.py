"""Figures as PNG and SVG, and the drawings of measures that several commands share."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pe_models import NOTICE
from pe_models.labels import EXAM_LABELS, IMAGE_LABEL
from pe_models.metrics import (
    CohortScores,
    LabelMeasures,
    Reliability,
    RocCurve,
    reliability,
    roc_curve,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Draw = Callable[["Axes"], None]

SQUARE: Final = (5.5, 5.5)
_DPI: Final = 150


def write_figure(
    folder: Path, name: str, draw: Draw, *, size_inches: tuple[float, float] = SQUARE
) -> tuple[Path, Path]:
    """``NAME.png`` and ``NAME.svg`` of one pair of axes, with the notice beneath."""
    return write_figure_of(folder, name, lambda figure: draw(figure.add_subplot()), size_inches)


def write_figure_of(
    folder: Path, name: str, draw: Callable[["Figure"], None], size_inches: tuple[float, float]
) -> tuple[Path, Path]:
    """As ``write_figure`` for a whole figure; equal values give equal bytes."""
    from matplotlib import rc_context
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    folder.mkdir(parents=True, exist_ok=True)
    figure = Figure(figsize=size_inches, layout="constrained")
    FigureCanvasAgg(figure)
    draw(figure)
    figure.supxlabel(NOTICE, fontsize=7)
    png, svg = folder / f"{name}.png", folder / f"{name}.svg"
    with rc_context({"svg.hashsalt": name}):
        figure.savefig(png, dpi=_DPI)
        figure.savefig(svg, metadata={"Date": None})
    return png, svg


def write_measures(
    folder: Path, cohort: CohortScores, measures: Mapping[str, LabelMeasures]
) -> None:
    """``roc``, ``reliability`` and ``confusion`` of the image label and the exam labels."""
    samples = {IMAGE_LABEL: (cohort.image_truth, cohort.image_scores)}
    for index, label in enumerate(EXAM_LABELS):
        samples[label] = cohort.exam_truth[:, index], cohort.exam_scores[:, index]
    curves = {label: roc_curve(*pair) for label, pair in samples.items()}
    drawn = {label: curve for label, curve in curves.items() if curve is not None}
    reliabilities = {label: reliability(*pair) for label, pair in samples.items()}
    write_figure(folder, "roc", lambda axes: draw_roc(axes, drawn))
    write_figure(folder, "reliability", lambda axes: draw_reliability(axes, reliabilities))

    def draw_confusions(figure: "Figure") -> None:
        for axes, (label, found) in zip(figure.subplots(2, 5).flat, measures.items(), strict=True):
            draw_confusion(axes, found.at_half.confusion, title=label)

    write_figure_of(folder, "confusion", draw_confusions, (11.0, 5.0))


def draw_roc(axes: "Axes", curves: Mapping[str, RocCurve]) -> None:
    """With no curve, as of studies of one class alone, the axes."""
    for name, curve in curves.items():
        axes.plot(curve.false_positive_rate, curve.sensitivity, label=name)
    axes.plot([0, 1], [0, 1], linestyle=":", color="grey")
    axes.set(xlabel="1 - specificity", ylabel="sensitivity", title="ROC")
    if curves:
        axes.legend(fontsize=7)


def draw_reliability(axes: "Axes", curves: Mapping[str, Reliability]) -> None:
    for name, curve in curves.items():
        axes.plot(curve.mean_score, curve.positive_share, marker="o", markersize=3, label=name)
    axes.plot([0, 1], [0, 1], linestyle=":", color="grey")
    axes.set(xlabel="mean score", ylabel="share that is positive", title="Reliability")
    axes.legend(fontsize=7)


def draw_confusion(axes: "Axes", confusion: Mapping[str, int], *, title: str) -> None:
    """``confusion`` as OperatingPoint names it; shaded by the share of each row."""
    rows = [
        [confusion["true_positive"], confusion["false_negative"]],
        [confusion["false_positive"], confusion["true_negative"]],
    ]
    shares = [[cell / max(sum(row), 1) for cell in row] for row in rows]
    axes.imshow(shares, vmin=0, vmax=1, cmap="Blues")
    for row, cells in enumerate(rows):
        for col, count in enumerate(cells):
            colour = "white" if shares[row][col] > 0.5 else "black"
            axes.text(col, row, f"{count}", ha="center", va="center", color=colour, fontsize=8)
    axes.set_xticks([0, 1], ["called", "not called"], fontsize=7)
    axes.set_yticks([0, 1], ["is", "is not"], fontsize=7)
    axes.set_title(title, fontsize=8)
