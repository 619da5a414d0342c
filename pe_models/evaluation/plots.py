"""Plots of an evaluation, each as PNG and SVG: ROC, reliability, FROC, confusion."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from pe_models import NOTICE
from pe_models.evaluation.decisions import decisions
from pe_models.evaluation.estimators import Floats, calibrated_scores, raw_scores
from pe_models.evaluation.finding import LEVELS, MarkBy, marked_studies
from pe_models.evaluation.kept import Judged
from pe_models.froc import SIZE_RANGES, Froc, MarkedStudy, froc
from pe_models.labels import EXAM_LABELS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Draw = Callable[["Axes"], None]

_BINS: Final = 10
_FALSE_MARKS: Final = (0.0, 8.0)
"""FROC is drawn between these false marks a study, as in its literature."""


def write_plots(judged: Sequence[Judged], folder: Path) -> tuple[Path, ...]:
    """Writes what the truth allows; returns the files."""
    raw, calibrated = raw_scores(judged), calibrated_scores(judged)
    exams = {
        label: (raw.exam_truth[:, k], raw.exam_scores[:, k]) for k, label in enumerate(EXAM_LABELS)
    }
    plots: dict[str, Draw] = {
        "roc": lambda axes: draw_roc(axes, {"slices": (raw.image_truth, raw.image_scores)}),
        "roc_exams": lambda axes: draw_roc(axes, exams),
        "reliability": lambda axes: _reliability(
            axes, calibrated.image_truth, calibrated.image_scores
        ),
        "confusion": lambda axes: _confusion(axes, judged),
    }
    marked = marked_studies(judged, MarkBy.PLACE) or marked_studies(judged, MarkBy.SLICE)
    if marked and froc(marked) is not None:
        plots |= {
            "froc": lambda axes: draw_froc(axes, {"all emboli": froc(marked)}),
            "froc_levels": lambda axes: draw_froc(axes, _by_level(marked)),
            "froc_sizes": lambda axes: draw_froc(axes, _by_size(marked)),
        }
    return tuple(path for name, draw in plots.items() for path in write_plot(folder, name, draw))


def write_plot(folder: Path, name: str, draw: Draw) -> Iterable[Path]:
    """``NAME.png`` and ``NAME.svg``, with the notice beneath; equal values give equal bytes."""
    from matplotlib import rc_context
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5.5, 5.5), layout="constrained")
    FigureCanvasAgg(figure)
    draw(figure.add_subplot())
    figure.supxlabel(NOTICE, fontsize=7)
    paths = [folder / f"{name}.png", folder / f"{name}.svg"]
    with rc_context({"svg.hashsalt": name}):
        figure.savefig(paths[0], dpi=150)
        figure.savefig(paths[1], metadata={"Date": None})
    return paths


def draw_roc(axes: "Axes", curves: Mapping[str, tuple[Floats, Floats]]) -> None:
    """ROC of each named (truth, scores) that holds both classes."""
    for name, (truth, scores) in curves.items():
        known = ~np.isnan(truth)
        ordered = truth[known][np.argsort(-scores[known], kind="stable")]
        positive, negative = ordered.sum(), (1 - ordered).sum()
        if positive and negative:
            axes.plot(
                np.concatenate([[0], np.cumsum(1 - ordered) / negative]),
                np.concatenate([[0], np.cumsum(ordered) / positive]),
                label=name,
            )
    axes.plot([0, 1], [0, 1], linestyle=":", color="grey")
    axes.set(xlabel="1 - specificity", ylabel="sensitivity", title="ROC")
    axes.legend(fontsize=7)


def draw_froc(axes: "Axes", curves: Mapping[str, Froc | None]) -> None:
    """FROC of each named curve that there is, with the number of its emboli."""
    for name, curve in curves.items():
        if curve is not None:
            axes.step(
                np.concatenate([[0], curve.false_positives, [_FALSE_MARKS[1]]]),
                np.concatenate([[0], curve.sensitivity, curve.sensitivity[-1:]]),
                where="post",
                label=f"{name} ({curve.n_emboli})",
            )
    axes.axvline(1.0, linestyle=":", color="grey")
    axes.set(xlabel="false marks a study", ylabel="emboli found", title="FROC")
    axes.set(xlim=_FALSE_MARKS, ylim=(0, 1))
    axes.legend(fontsize=7)


def _by_level(marked: Sequence[MarkedStudy]) -> dict[str, Froc | None]:
    return {level: froc(marked, level=level) for level in LEVELS}


def _by_size(marked: Sequence[MarkedStudy]) -> dict[str, Froc | None]:
    return {size.name: froc(marked, size=size) for size in SIZE_RANGES}


def _reliability(axes: "Axes", truth: Floats, scores: Floats) -> None:
    known = ~np.isnan(truth)
    bins = np.minimum((scores[known] * _BINS).astype(int), _BINS - 1)
    count = np.bincount(bins, minlength=_BINS)
    filled = count > 0
    mean = np.bincount(bins, weights=scores[known], minlength=_BINS)[filled] / count[filled]
    share = np.bincount(bins, weights=truth[known], minlength=_BINS)[filled] / count[filled]
    axes.plot(mean, share, marker="o")
    axes.plot([0, 1], [0, 1], linestyle=":", color="grey")
    axes.set(xlabel="mean score", ylabel="share with PE", title="Slices: reliability")


def _confusion(axes: "Axes", judged: Sequence[Judged]) -> None:
    """Verdicts against the truth, counts written in the cells."""
    counts = decisions(judged)["verdicts"]
    rows, cols = list(counts), list(counts["with_pe"])
    table = np.array([[counts[row][col] for col in cols] for row in rows])
    axes.imshow(table, cmap="Greys", vmin=0, vmax=2 * max(1, int(table.max())))
    for row, col in np.ndindex(table.shape):
        axes.text(col, row, str(table[row, col]), ha="center", va="center")
    axes.set_xticks(range(len(cols)), cols)
    axes.set_yticks(range(len(rows)), [row.replace("_", " ") for row in rows])
    axes.set(title="Exams: verdict")
