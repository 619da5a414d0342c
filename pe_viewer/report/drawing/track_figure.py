"""The track as a figure, in unit coordinates that the PDF and the HTML both draw.

``x`` runs from 0 at the most superior slice to 1 at the most inferior, one equal step a slice, so
that reading order is left to right; ``y`` is the score, 0 to 1. Every slice is drawn: vectors need
no merging, and no one-slice clot is lost.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from pe_models.findings import Findings
from pe_viewer.display.scores import kinds_shown, shown_scores, summary_label
from pe_viewer.display.texts import LABEL_TEXTS
from pe_viewer.report.content.phrases import Phrases, phrases_of
from pe_viewer.report.model import Report
from pe_viewer.review import DecisionState

N_TICKS: Final = 6
_FEWEST_SLICES: Final = 2
CAPTION: Final = "model score of each slice by instance number; dashed: flag threshold {threshold}"
OF_LABEL: Final = "{caption}; drawn: {label}"
"""Where a task tells kinds apart, and each has scores of its own."""

ENDS: Final = ("head", "feet")

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class TrackRun:
    """A run from ``x_first`` to ``x_last``, by the model (with its number) or by the reader.

    ``sides`` are the first letters of its sides, in the language of the page.
    """

    x_first: float
    x_last: float
    x_peak: float
    score: float
    number: int | None
    state: DecisionState
    sides: str = ""

    @property
    def name(self) -> str:
        """``3 R``: number and sides of the model's run; "" of the reader's."""
        return "" if self.number is None else f"{self.number} {self.sides}".rstrip()


@dataclass(frozen=True, slots=True)
class TrackFigure:
    """``steps`` is the outline of the scores, two points a slice, from left to right.

    ``ends`` name the left and the right end of the curve.
    """

    steps: tuple[Point, ...]
    threshold: float
    runs: tuple[TrackRun, ...]
    ticks: tuple[tuple[float, str], ...]
    caption: str
    ends: tuple[str, str] = ENDS

    @property
    def flagged(self) -> tuple[TrackRun, ...]:
        """The model's runs, whose names stand above them, from left to right."""
        return tuple(run for run in self.runs if run.number is not None)


def track_figure(report: Report) -> TrackFigure | None:
    """The figure of a report's Findings; None without scores of slices, or of one picture alone."""
    findings = report.findings
    if findings is None or findings.n_slices < _FEWEST_SLICES:
        return None
    scores = shown_scores(findings)
    if np.isnan(scores).any():
        return None
    n = findings.n_slices
    steps: list[Point] = []
    for index in reversed(range(n)):
        left, height = _left_edge(index, n), float(scores[index])
        steps += [(left, height), (left + 1 / n, height)]
    say, runs = phrases_of(report), _runs(report)
    return TrackFigure(
        tuple(steps),
        findings.flag_threshold,
        runs,
        _ticks(report),
        caption=_caption(say, findings, runs),
        ends=(say(ENDS[0]), say(ENDS[1])),
    )


def _caption(say: Phrases, findings: Findings, runs: Sequence[TrackRun]) -> str:
    """What is drawn, with the reader's mark where there is one."""
    caption = say(CAPTION, threshold=say.number(f"{findings.flag_threshold:.2f}"))
    if kinds_shown(findings):
        caption = say(OF_LABEL, caption=caption, label=_label(say, findings))
    if any(run.number is None for run in runs):
        return say("{caption}; diamond: added by the reader", caption=caption)
    return caption


def _label(say: Phrases, findings: Findings) -> str:
    label = summary_label(findings)
    return say(LABEL_TEXTS.get(label, label))


def _runs(report: Report) -> tuple[TrackRun, ...]:
    n, say = report.series.n_slices, phrases_of(report)
    flagged = [
        TrackRun(
            *_span(flag.first, flag.last, flag.peak, n),
            flag.score,
            number,
            report.review.state_of(flag),
            "".join(say(side)[:1].upper() for side in flag.sides),
        )
        for number, flag in report.numbered_flags
    ]
    added = [
        TrackRun(*_span(d.first, d.last, d.peak, n), 0.0, None, d.state)
        for d in report.review.decisions
        if d.state is DecisionState.ADDED
    ]
    return (*flagged, *added)


def _span(first: int, last: int, peak: int, n_slices: int) -> tuple[float, float, float]:
    """Left edge, right edge and middle of the peak; the last slice of a run lies leftmost."""
    half = 0.5 / n_slices
    left, right = _left_edge(last, n_slices), _left_edge(first, n_slices) + 2 * half
    return left, right, _left_edge(peak, n_slices) + half


def _ticks(report: Report) -> tuple[tuple[float, str], ...]:
    """Instance numbers at even distances, both ends included."""
    n = report.series.n_slices
    n_ticks = min(N_TICKS, n)
    indices = [round(k * (n - 1) / max(1, n_ticks - 1)) for k in range(n_ticks)]
    return tuple(
        (_left_edge(index, n) + 0.5 / n, _tick_text(report, index)) for index in reversed(indices)
    )


def _tick_text(report: Report, slice_index: int) -> str:
    number = report.source(slice_index).instance_number
    return str(slice_index + 1) if number is None else str(number)


def _left_edge(slice_index: int, n_slices: int) -> float:
    return (n_slices - 1 - slice_index) / n_slices
