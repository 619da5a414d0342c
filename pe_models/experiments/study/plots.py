"""The study drawn: both splits side by side, and what the prevalence does to precision."""

from pathlib import Path
from typing import TYPE_CHECKING, Final

from pe_models.experiments.study.results import CHANCE, FIGURE_WORDS, StudyResult
from pe_models.figures import write_figure_of
from pe_models.metrics import FIGURES, Share
from pe_models.training.pictures.split import SplitBy

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_COLOURS: Final = {SplitBy.SLICE: "#d55e00", SplitBy.PATIENT: "#0072b2"}
_SHADES: Final = ("#9ecae1", "#3182bd", "#08306b")
"""From the most frequent to the rarest."""
_AT_CHANCE: Final = ("accuracy", "precision")
"""Those that chance gives a half of on balanced classes."""
_OFFSET: Final = 0.16
_LINE_INCHES: Final = 0.34


def write_plots(folder: Path, result: StudyResult) -> None:
    """``study`` and ``prevalence``, each as PNG and SVG."""
    names = _names(result)
    height = 1.6 + _LINE_INCHES * len(names)
    write_figure_of(folder, "study", lambda figure: _draw_splits(figure, result), (11.0, height))
    write_figure_of(
        folder, "prevalence", lambda figure: _draw_prevalence(figure, result), (8.0, height)
    )


def _names(result: StudyResult) -> list[str]:
    return list(dict.fromkeys(each.model.name for each in result.models))


def _draw_splits(figure: "Figure", result: StudyResult) -> None:
    names = _names(result)
    figure.suptitle(f"The same {len(names)} models by slice and by patient", fontsize=10)
    grid = figure.subplots(1, len(FIGURES), sharey=True)
    for axes, name in zip(grid, FIGURES, strict=True):
        for by, side in ((SplitBy.SLICE, -_OFFSET), (SplitBy.PATIENT, _OFFSET)):
            shares = {each.model.name: getattr(each.test, name) for each in result.of(by)}
            _draw_shares(axes, names, shares, side, colour=_COLOURS[by], label=f"by {by}")
        if name in _AT_CHANCE:
            axes.axvline(CHANCE, linestyle=":", color="grey", linewidth=0.8)
        axes.set_title(FIGURE_WORDS[name], fontsize=9)
        _set_models(axes, names)
    _legend(figure, grid[0])


def _draw_prevalence(figure: "Figure", result: StudyResult) -> None:
    names, ours = _names(result), result.of(SplitBy.PATIENT)
    axes = figure.subplots()
    axes.set_title("Precision of the same calls, by patient", fontsize=10)
    balanced = {each.model.name: each.test.precision for each in ours}
    drawn = [(CHANCE, "balanced classes", balanced)]
    for place, found in enumerate(result.prevalences):
        shares = {each.model.name: each.elsewhere[place].precision for each in ours}
        drawn.append((found.value, f"{found.value:.1%} with PE ({found.whose})", shares))
    drawn.sort(key=lambda each: -each[0])
    sides = (-1.5 * _OFFSET, 0.0, 1.5 * _OFFSET)
    for (_, label, shares), side, shade in zip(drawn, sides, _SHADES, strict=True):
        _draw_shares(axes, names, shares, side, colour=shade, label=label)
    _set_models(axes, names)
    _legend(figure, axes)


def _legend(figure: "Figure", axes: "Axes") -> None:
    """Beside the drawing, where neither an interval ends nor the notice stands."""
    figure.legend(*axes.get_legend_handles_labels(), fontsize=7, loc="outside right upper")


def _draw_shares(
    axes: "Axes",
    names: list[str],
    shares: dict[str, Share],
    side: float,
    *,
    colour: str,
    label: str,
) -> None:
    """A dot and its interval a model, ``side`` of its line; none where nothing was called."""
    drawn = [
        (place + side, share.value, share.interval)
        for place, name in enumerate(names)
        if (share := shares.get(name)) is not None and share.value is not None
    ]
    axes.scatter([value for _, value, _ in drawn], [at for at, _, _ in drawn], s=14, color=colour,
                 label=label)  # fmt: skip
    for at, _, (low, high) in drawn:
        axes.plot([low, high], [at, at], color=colour, linewidth=1.2)


def _set_models(axes: "Axes", names: list[str]) -> None:
    axes.set_yticks(range(len(names)), names, fontsize=8)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.set_xlim(-0.02, 1.02)
    axes.tick_params(axis="x", labelsize=7)
    axes.grid(axis="y", linewidth=0.3)
