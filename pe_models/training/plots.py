"""Plots of an evaluation, as PNG and SVG: ROC, reliability, FROC."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pe_models import NOTICE
from pe_models.froc import froc
from pe_models.training.evaluate import Judged, calibrated_scores, marked_studies, raw_scores

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_BINS = 10


def write_plots(judged: Sequence[Judged], folder: Path) -> tuple[Path, ...]:
    """Writes what the truth allows; returns the files."""
    raw, calibrated = raw_scores(judged), calibrated_scores(judged)
    plots: dict[str, Callable[[Axes], None]] = {
        "roc": lambda axes: _roc(axes, raw.image_truth, raw.image_scores),
        "reliability": lambda axes: _reliability(
            axes, calibrated.image_truth, calibrated.image_scores
        ),
    }
    marked = marked_studies(judged)
    curve = froc(marked) if marked else None
    if curve is not None:
        plots["froc"] = lambda axes: _froc(axes, curve.false_positives, curve.sensitivity)
    return tuple(path for name, draw in plots.items() for path in _write(folder, name, draw))


def _write(folder: Path, name: str, draw: "Callable[[Axes], None]") -> list[Path]:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5.0, 5.0), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    draw(axes)
    figure.supxlabel(NOTICE, fontsize=7)
    paths = [folder / f"{name}.png", folder / f"{name}.svg"]
    for path in paths:
        figure.savefig(path, dpi=150)
    return paths


def _roc(axes: "Axes", truth: NDArray[np.float64], scores: NDArray[np.float64]) -> None:
    known = ~np.isnan(truth)
    ordered = truth[known][np.argsort(-scores[known], kind="stable")]
    positive, negative = ordered.sum(), (1 - ordered).sum()
    axes.plot(np.cumsum(1 - ordered) / max(negative, 1), np.cumsum(ordered) / max(positive, 1))
    axes.plot([0, 1], [0, 1], linestyle=":", color="grey")
    axes.set(xlabel="1 - specificity", ylabel="sensitivity", title="Slices: ROC")


def _reliability(axes: "Axes", truth: NDArray[np.float64], scores: NDArray[np.float64]) -> None:
    known = ~np.isnan(truth)
    bins = np.minimum((scores[known] * _BINS).astype(int), _BINS - 1)
    count = np.bincount(bins, minlength=_BINS)
    filled = count > 0
    mean = np.bincount(bins, weights=scores[known], minlength=_BINS)[filled] / count[filled]
    share = np.bincount(bins, weights=truth[known], minlength=_BINS)[filled] / count[filled]
    axes.plot(mean, share, marker="o")
    axes.plot([0, 1], [0, 1], linestyle=":", color="grey")
    axes.set(xlabel="mean score", ylabel="share with PE", title="Slices: reliability")


def _froc(
    axes: "Axes", false_positives: NDArray[np.float64], sensitivity: NDArray[np.float64]
) -> None:
    axes.plot(false_positives, sensitivity)
    axes.set(xlabel="false marks a study", ylabel="emboli found", ylim=(0, 1), title="FROC")
