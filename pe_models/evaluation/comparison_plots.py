"""Plots of a comparison, each as PNG and SVG: both FROC and ROC curves, and the differences."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from pe_models.evaluation.compare import Comparison
from pe_models.evaluation.estimators import raw_scores
from pe_models.evaluation.finding import MarkBy, marked_studies
from pe_models.evaluation.kept import Judged
from pe_models.evaluation.plots import draw_froc, roc_curves
from pe_models.figures import Draw, draw_roc, write_figure
from pe_models.froc import Froc, froc

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MOST_ROWS: Final = 45


def write_comparison_plots(
    comparison: Comparison, a: Sequence[Judged], b: Sequence[Judged], folder: Path
) -> tuple[Path, ...]:
    """Writes what the truth allows; returns the files."""
    images = {name: raw_scores(judged) for name, judged in (("A", a), ("B", b))}
    roc = {name: (raw.image_truth, raw.image_scores) for name, raw in images.items()}
    plots: dict[str, Draw] = {
        "roc": lambda axes: draw_roc(axes, roc_curves(roc)),
        "differences": lambda axes: _differences(axes, comparison),
    }
    curves = {"A": _curve(a), "B": _curve(b)}
    if any(curve is not None for curve in curves.values()):
        plots["froc"] = lambda axes: draw_froc(axes, curves)
    return tuple(path for name, draw in plots.items() for path in write_figure(folder, name, draw))


def _curve(judged: Sequence[Judged]) -> Froc | None:
    marked = marked_studies(judged, MarkBy.PLACE) or marked_studies(judged, MarkBy.SLICE)
    return froc(marked) if marked else None


def _differences(axes: "Axes", comparison: Comparison) -> None:
    """B - A with its interval, a row a figure, the first at the top."""
    rows = list(comparison.figures.items())[:_MOST_ROWS]
    middle = np.array([d.b_minus_a.value for _, d in rows])
    low = middle - np.array([d.b_minus_a.low for _, d in rows])
    high = np.array([d.b_minus_a.high for _, d in rows]) - middle
    places = np.arange(len(rows))[::-1]
    axes.errorbar(middle, places, xerr=np.abs([low, high]), fmt="o", markersize=3, linewidth=1)
    axes.axvline(0.0, linestyle=":", color="grey")
    axes.set_yticks(places, [name for name, _ in rows], fontsize=4)
    axes.set(xlabel="B - A", title="Differences, 95 % intervals")
