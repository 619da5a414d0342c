"""Figures of a description: prevalence, sites, what occurs together, lengths, positive shares."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pe_models.description.counts import exam_lengths, positive_shares
from pe_models.figures import write_figure
from pe_models.tables.label_table import LabelTable

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_WIDE = (7.5, 4.5)
_LARGE = (8.0, 7.5)


def write_figures(folder: Path, table: LabelTable, record: dict[str, Any]) -> None:
    """Each figure as PNG and SVG; ``record`` is the table's description."""
    draw_of = {
        "prevalence": (lambda axes: _draw_prevalence(axes, record), _WIDE),
        "sites": (lambda axes: _draw_sites(axes, record), _WIDE),
        "joint": (lambda axes: _draw_joint(axes, record), _LARGE),
        "images_per_exam": (lambda axes: _draw_lengths(axes, table), _WIDE),
        "positive_share": (lambda axes: _draw_shares(axes, table), _WIDE),
    }
    for name, (draw, size_inches) in draw_of.items():
        write_figure(folder, name, draw, size_inches=size_inches)


def _draw_prevalence(axes: "Axes", record: dict[str, Any]) -> None:
    """Shares of images and of exams, with 95 % intervals; the counts are written."""
    known = {k: found for k, found in record["prevalence"].items() if found["share"] is not None}
    for label, found in known.items():
        share, (low, high) = found["share"], found["interval"]
        axes.barh([label], [share], color="tab:blue")
        axes.plot([low, high], [label, label], color="black", linewidth=1)
        axes.text(high, label, f"  {found['n']}", va="center", fontsize=7)
    axes.invert_yaxis()
    axes.margins(x=0.1)
    axes.set(xlabel="share of images, then of exams")
    axes.tick_params(labelsize=7)


def _draw_sites(axes: "Axes", record: dict[str, Any]) -> None:
    sites = record["sites"]
    names = [" + ".join(label.split("_")[0] for label in one["labels"]) or "none" for one in sites]
    axes.barh(names, [one["n"] for one in sites], color="tab:blue")
    for place, one in enumerate(sites):
        axes.text(one["n"], place, f"  {one['n']}", va="center", fontsize=8)
    axes.invert_yaxis()
    axes.set(xlabel="positive exams", title="Where the emboli are")
    axes.margins(x=0.1)


def _draw_joint(axes: "Axes", record: dict[str, Any]) -> None:
    """Each row: of exams with the label, the share that has the other; the counts are written."""
    names = list(record["joint"])
    counts = np.array([[record["joint"][row][col] for col in names] for row in names])
    shares = counts / np.maximum(np.diag(counts), 1)[:, None]
    axes.imshow(shares, vmin=0, vmax=1, cmap="Blues")
    for (row, col), n in np.ndenumerate(counts):
        colour = "white" if shares[row, col] > 0.5 else "black"
        axes.text(col, row, str(n), ha="center", va="center", fontsize=6, color=colour)
    axes.set_xticks(range(len(names)), names, rotation=90, fontsize=7)
    axes.set_yticks(range(len(names)), names, fontsize=7)
    axes.set_title("Exams with both labels; shaded by the share of the row")


def _draw_lengths(axes: "Axes", table: LabelTable) -> None:
    axes.hist(exam_lengths(table), bins=40, color="tab:blue")
    axes.set(xlabel="images of an exam", ylabel="exams")


def _draw_shares(axes: "Axes", table: LabelTable) -> None:
    axes.hist(positive_shares(table), bins=np.linspace(0, 1, 41).tolist(), color="tab:blue")
    axes.set(xlabel="share of positive images", ylabel="positive exams", xlim=(0, 1))
