"""What a picture net's scores are worth, label by label: as values, as a table, and drawn."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from pe_models.figures import draw_confusion, draw_roc, write_figure, write_figure_of
from pe_models.metrics import Auc, auc_with_interval, cross_entropy, roc_curve
from pe_models.metrics.calls import FIGURES, Calls, Share, calls
from pe_models.tasks import Task

if TYPE_CHECKING:
    from matplotlib.figure import Figure

THRESHOLD: Final = 0.5
"""From there on a label is named, unless a bundle says otherwise."""
_CONFUSION_INCHES: Final = 2.6


@dataclass(frozen=True, slots=True)
class LabelFigures:
    """One label; ``of_absence`` are the same figures of the pictures without it."""

    label: str
    n: int
    n_positive: int
    calls: Calls
    of_absence: Calls
    auc: Share

    def to_dict(self) -> dict[str, Any]:
        return {
            "n": self.n,
            "n_positive": self.n_positive,
            **self.calls.to_dict(),
            "of_absence": self.of_absence.to_dict(),
            "auc": self.auc.to_dict(),
        }


@dataclass(frozen=True, slots=True)
class PictureFigures:
    """All labels, and the task's weighted log loss over them."""

    labels: Mapping[str, LabelFigures]
    weighted_log_loss: float

    def to_dict(self) -> dict[str, Any]:
        return {
            "weighted_log_loss": self.weighted_log_loss,
            "labels": {label: figures.to_dict() for label, figures in self.labels.items()},
        }


def picture_figures(
    task: Task,
    truth: NDArray[np.float32],
    scores: NDArray[np.float32],
    patients: NDArray[np.intp],
) -> PictureFigures:
    """Figures of ``scores`` (picture, label); pictures of one patient count as one cluster."""
    labels = {
        label: _label_figures(label, truth[:, k], scores[:, k], patients)
        for k, label in enumerate(task.labels)
    }
    return PictureFigures(labels, weighted_log_loss(task, truth, scores))


def weighted_log_loss(task: Task, truth: NDArray[np.float32], scores: NDArray[np.float32]) -> float:
    """The mean over pictures and labels, each by its weight; unknown labels are left out.

    That of RSNA 2019 where the task is hemorrhage: ``any`` weighs as much as two others.
    """
    known = ~np.isnan(truth)
    weights = np.broadcast_to(task.label_weights(), truth.shape)[known]
    losses = cross_entropy(truth[known].astype(np.float64), scores[known].astype(np.float64))
    return float((losses * weights).sum() / weights.sum())


def write_pictures_of(
    folder: Path,
    figures: PictureFigures,
    truth: NDArray[np.float32],
    scores: NDArray[np.float32],
) -> None:
    """``confusion`` and ``roc``, each as PNG and SVG."""
    names = list(figures.labels)
    curves = {name: roc_curve(truth[:, k], scores[:, k]) for k, name in enumerate(names)}
    drawn = {name: curve for name, curve in curves.items() if curve is not None}
    write_figure(folder, "roc", lambda axes: draw_roc(axes, drawn))
    size = (_CONFUSION_INCHES * max(2, len(names)), _CONFUSION_INCHES + 0.6)
    write_figure_of(folder, "confusion", lambda figure: _confusions(figure, figures), size)


def label_table(figures: PictureFigures) -> str:
    """Markdown: a row a label; shares with their 95 % intervals."""
    head = ("label", "n", "with it", *FIGURES, "AUC")
    rows = [_cells(entry) for entry in figures.labels.values()]
    return markdown_table(head, rows)


def markdown_table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def share_words(share: Share) -> str:
    """``.91 (.88 to .93)``; a dash where nothing is counted."""
    if share.value is None:
        return "-"
    low, high = share.interval
    return f"{_short(share.value)} ({_short(low)} to {_short(high)})"


def _cells(entry: LabelFigures) -> tuple[str, ...]:
    shares = tuple(share_words(getattr(entry.calls, name)) for name in FIGURES)
    return (entry.label, str(entry.n), str(entry.n_positive), *shares, share_words(entry.auc))


def _short(value: float) -> str:
    text = f"{value:.2f}"
    return text[1:] if text.startswith("0") else text


def _label_figures(
    label: str,
    truth: NDArray[np.float32],
    scores: NDArray[np.float32],
    patients: NDArray[np.intp],
) -> LabelFigures:
    known = ~np.isnan(truth)
    return LabelFigures(
        label,
        n=int(known.sum()),
        n_positive=int((truth == 1).sum()),
        calls=calls(truth, scores, THRESHOLD, clusters=patients),
        of_absence=calls(1.0 - truth, 1.0 - scores, 1.0 - THRESHOLD, clusters=patients),
        auc=_auc(auc_with_interval(truth, scores, clusters=patients)),
    )


def _auc(area: Auc | None) -> Share:
    return Share(None) if area is None else Share(area.value, area.interval or (0.0, 1.0))


def _confusions(figure: "Figure", figures: PictureFigures) -> None:
    grid = figure.subplots(1, len(figures.labels), squeeze=False)
    for axes, (label, entry) in zip(grid.flat, figures.labels.items(), strict=True):
        draw_confusion(axes, entry.calls.point.confusion, title=label)
