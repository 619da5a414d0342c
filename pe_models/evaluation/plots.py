"""Plots of an evaluation, each as PNG and SVG: ROC, reliability, FROC, confusion."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from pe_models.evaluation.decisions import decisions, image_point, label_points
from pe_models.evaluation.estimators import Floats, calibrated_scores, raw_scores
from pe_models.evaluation.finding import LEVELS, MarkBy, marked_studies
from pe_models.evaluation.kept import Judged
from pe_models.figures import (
    Draw,
    draw_confusion,
    draw_reliability,
    draw_roc,
    write_figure,
    write_figure_of,
)
from pe_models.froc import SIZE_RANGES, Froc, MarkedStudy, froc
from pe_models.labels import EXAM_LABELS
from pe_models.metrics import RocCurve, reliability, roc_curve

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_FALSE_MARKS: Final = (0.0, 8.0)
"""FROC is drawn between these false marks a study, as in its literature."""
_CONFUSIONS_INCHES: Final = (11.0, 5.0)


def write_plots(judged: Sequence[Judged], folder: Path) -> tuple[Path, ...]:
    """Writes what the truth allows; returns the files."""
    raw, calibrated = raw_scores(judged), calibrated_scores(judged)
    exams = {
        label: (raw.exam_truth[:, k], raw.exam_scores[:, k]) for k, label in enumerate(EXAM_LABELS)
    }
    slices = reliability(calibrated.image_truth, calibrated.image_scores)
    plots: dict[str, Draw] = {
        "roc": lambda axes: draw_roc(
            axes, roc_curves({"slices": (raw.image_truth, raw.image_scores)})
        ),
        "roc_exams": lambda axes: draw_roc(axes, roc_curves(exams)),
        "reliability": lambda axes: draw_reliability(axes, {"slices": slices}),
        "verdicts": lambda axes: _verdicts(axes, judged),
        **_froc_plots(judged),
    }
    written = [path for name, draw in plots.items() for path in write_figure(folder, name, draw)]
    confusions = write_figure_of(
        folder, "confusion", lambda figure: _confusions(figure, judged), _CONFUSIONS_INCHES
    )
    return (*written, *confusions)


def roc_curves(pairs: Mapping[str, tuple[Floats, Floats]]) -> dict[str, RocCurve]:
    """ROC of each named (truth, scores) that holds both classes."""
    curves = {name: roc_curve(truth, scores) for name, (truth, scores) in pairs.items()}
    return {name: curve for name, curve in curves.items() if curve is not None}


def _froc_plots(judged: Sequence[Judged]) -> dict[str, Draw]:
    """{} where emboli are not told one by one, or there is none."""
    marked = marked_studies(judged, MarkBy.PLACE) or marked_studies(judged, MarkBy.SLICE)
    if not marked or froc(marked) is None:
        return {}
    curves = {
        "froc": {"all emboli": froc(marked)},
        "froc_levels": _by_level(marked),
        "froc_sizes": _by_size(marked),  # none where a store does not tell volumes
    }
    return {
        name: partial(draw_froc, curves=drawn)
        for name, drawn in curves.items()
        if any(curve is not None for curve in drawn.values())
    }


def draw_froc(axes: "Axes", curves: Mapping[str, Froc | None]) -> None:
    """FROC of each named curve that there is, with the number of its emboli."""
    for name, curve in curves.items():
        if curve is not None:
            found = np.concatenate([[0.0], curve.sensitivity])
            false = np.concatenate([[0.0], curve.false_positives])
            axes.step(
                [*false, max(false[-1], _FALSE_MARKS[1])],
                [*found, found[-1]],
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


def _confusions(figure: "Figure", judged: Sequence[Judged]) -> None:
    """Slices at the flag threshold, then each exam label at 0.5."""
    points = {"slices, flagged": image_point(judged), **label_points(judged)}
    for axes, (name, point) in zip(figure.subplots(2, 5).flat, points.items(), strict=True):
        draw_confusion(axes, point.confusion, title=name)


def _verdicts(axes: "Axes", judged: Sequence[Judged]) -> None:
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
