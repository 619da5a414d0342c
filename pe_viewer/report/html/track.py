"""The track of the HTML report, as inline SVG that the page's script reads values from."""

from collections.abc import Sequence
from html import escape
from typing import Final

from pe_viewer.report.drawing.side_by_side import side_by_side
from pe_viewer.report.drawing.track_figure import TrackFigure, TrackRun

_VIEW_WIDTH: Final = 1000
_LEFT: Final = 36
_WIDTH: Final = _VIEW_WIDTH - _LEFT
_TOP: Final = 26
_BOTTOM: Final = 146
_VIEW_HEIGHT: Final = 184
_BETWEEN_BARS: Final = 2.0
_SHORTEST_BAR: Final = 2.0
_CHARACTER: Final = 7.0
_BETWEEN_NAMES: Final = 8.0
_LABELLED_THRESHOLDS: Final = (0.12, 0.88)
"""Between these the threshold's label does not run into those of 0 and 1."""


def track_markup(figure: TrackFigure) -> str:
    """The figure, with a line below it for what the script says of the slice pointed at."""
    outline = " ".join(f"{_x(x):.2f},{_y(y):.2f}" for x, y in figure.steps)
    threshold = _y(figure.threshold)
    parts = [
        f'<polygon class="curve" points="{_LEFT},{_BOTTOM} {outline} {_VIEW_WIDTH},{_BOTTOM}"/>',
        _line("axis", _LEFT, _BOTTOM, _VIEW_WIDTH, _BOTTOM),
        _line("axis", _LEFT, _TOP, _LEFT, _BOTTOM),
        _line("threshold", _LEFT, threshold, _VIEW_WIDTH, threshold),
        *_scale_labels(figure.threshold),
        *(_run(run) for run in figure.runs),
        *_names(figure.flagged),
        *(_text(_x(x), _BOTTOM + 15, text) for x, text in figure.ticks),
        _text(_LEFT, _BOTTOM + 33, figure.ends[0], "start"),
        _text(_LEFT + _WIDTH / 2, _BOTTOM + 33, figure.caption),
        _text(_VIEW_WIDTH, _BOTTOM + 33, figure.ends[1], "end"),
        f'<line class="pointer" visibility="hidden" y1="{_TOP}" y2="{_BOTTOM}"/>',
        _plot_area(),
    ]
    return (
        '<div class="track">'
        f'<svg viewBox="0 0 {_VIEW_WIDTH} {_VIEW_HEIGHT}" role="img" '
        f'aria-label="{escape(figure.caption)}">'
        f"{''.join(parts)}</svg><output></output></div>"
    )


def _plot_area() -> str:
    """What the script measures the pointer against."""
    size = f'width="{_WIDTH}" height="{_BOTTOM - _TOP}"'
    return f'<rect class="plot" x="{_LEFT}" y="{_TOP}" {size} fill="transparent"/>'


def _scale_labels(threshold: float) -> list[str]:
    least, most = _LABELLED_THRESHOLDS
    labels = {0.0: "0", 1.0: "1"}
    if least < threshold < most:
        labels[threshold] = f"{threshold:.2f}"
    return [_text(_LEFT - 6, _y(score) + 4, text, "end") for score, text in labels.items()]


def _run(run: TrackRun) -> str:
    """The model's run as a bar; the reader's as an open diamond on its row."""
    peak = _x(run.x_peak)
    if run.number is None:
        y = _TOP - 6
        corners = f"{peak},{y - 6} {peak + 6},{y} {peak},{y + 6} {peak - 6},{y}"
        return f'<polygon class="mark" points="{corners}"/>'
    left, right = _x(run.x_first), _x(run.x_last)
    width = max(right - left - _BETWEEN_BARS, _SHORTEST_BAR)
    return f'<rect class="run" x="{left:.2f}" y="{_TOP - 8}" width="{width:.2f}" height="4"/>'


def _names(runs: Sequence[TrackRun]) -> list[str]:
    """Numbers and sides above the bars, side by side where runs lie close together."""
    widths = [len(run.name) * _CHARACTER + _BETWEEN_NAMES for run in runs]
    middles = side_by_side([_x(run.x_peak) for run in runs], widths)
    return [_text(x, _TOP - 13, run.name) for run, x in zip(runs, middles, strict=True)]


def _line(kind: str, x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line class="{kind}" x1="{x1}" y1="{y1:.2f}" x2="{x2}" y2="{y2:.2f}"/>'


def _text(x: float, y: float, text: str, anchor: str = "middle") -> str:
    return f'<text x="{x:.2f}" y="{y:.2f}" text-anchor="{anchor}">{escape(text)}</text>'


def _x(unit: float) -> float:
    return _LEFT + unit * _WIDTH


def _y(score: float) -> float:
    return _BOTTOM - score * (_BOTTOM - _TOP)
