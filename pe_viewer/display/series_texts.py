"""What is said of a series: its name, its extent, why it ranks where it does, its warnings."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from pe_models.imaging.stacks.gaps import Gap
from pe_models.imaging.study import Series
from pe_models.imaging.warnings import SeriesWarning
from pe_viewer.display.texts import count_text
from pe_viewer.display.warning_places import is_note

_MOST_NAMED: Final = 6


def series_name(series: Series) -> str:
    """What a series is called in lists and titles."""
    return series.description or f"Series {series.series_number or 'without a name'}"


def extent_text(series: Series) -> str:
    """``275 slices, 1.25 mm``; a single slice has no neighbour to be apart from."""
    slices = count_text(series.n_slices, "slice", "slices")
    if series.n_slices == 1:
        return slices
    return f"{slices}, {series.geometry.spacing_mm[0]:.3g} mm"


def without_file_names(series: Series) -> Series:
    """The series with warnings that name no file: names of files may be names of patients."""
    warnings = tuple(replace(warning, files=()) for warning in series.warnings)
    return replace(series, warnings=warnings)


def ranking_text(series: Series) -> str:
    """Why a series ranks where it does: ``CTPA candidate: a contrast agent was given, ...``."""
    reasons = ", ".join(series.reasons)
    if series.is_ctpa_candidate:
        return f"CTPA candidate: {reasons}" if reasons else "CTPA candidate"
    return reasons[:1].upper() + reasons[1:]


def warning_sign(warnings: Sequence[SeriesWarning]) -> str:
    """``▲`` where one of them can mislead a reader, ``△`` where all are notes."""
    return "△" if all(is_note(warning) for warning in warnings) else "▲"


def gap_text(gap: Gap, slice_index: int) -> str:
    """``Gap of 12.5 mm toward the feet``, as seen from one of the two slices beside it."""
    side = "feet" if gap.below < slice_index else "head"
    return f"Gap of {gap.step_mm:.1f} mm toward the {side}"


def warning_text(warning: SeriesWarning) -> str:
    """A warning's message with the files that it names, of many the first few."""
    if not warning.files:
        return warning.message
    named = ", ".join(warning.files[:_MOST_NAMED])
    more = len(warning.files) - _MOST_NAMED
    return f"{warning.message} ({named}{f' and {more:,} more' if more > 0 else ''})"
