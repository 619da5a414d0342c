"""Where on screen each warning of a series stands, and which readings it puts in doubt.

A warning stands beside what it concerns: over the slices that it names, at the number that it
makes doubtful, at the break in the track. All of a series stand in the study browser.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from pe_models.imaging.stacks.gaps import Gap, gaps_between
from pe_models.imaging.study import Series
from pe_models.imaging.warnings import SeriesWarning, WarningCode


class Scope(Enum):
    """Over which slices a warning stands."""

    EVERY_SLICE = auto()
    NAMED_SLICES = auto()
    """Those whose files it names; every slice where it names no file."""
    BESIDE_GAPS = auto()
    NO_SLICE = auto()
    """It concerns nothing that a slice shows, and stands with the series alone."""


class Doubt(Enum):
    """A reading on screen that a warning makes doubtful."""

    VALUE = auto()
    """The number under the cursor."""
    LENGTH = auto()
    """Millimetres within the slice."""
    POSITION = auto()
    """Where the slice lies along the patient."""
    SIDES = auto()
    """The letters at the edges."""


@dataclass(frozen=True, slots=True)
class WarningPlace:
    """Where one kind of warning stands; ``is_note`` where nothing on screen can mislead by it."""

    scope: Scope
    doubts: frozenset[Doubt] = frozenset()
    is_note: bool = False


def _over_named(*doubts: Doubt) -> WarningPlace:
    return WarningPlace(Scope.NAMED_SLICES, frozenset(doubts))


_EVERYWHERE: Final = WarningPlace(Scope.EVERY_SLICE)
_NOTE: Final = WarningPlace(Scope.NAMED_SLICES, is_note=True)

WARNING_PLACES: Final[Mapping[WarningCode, WarningPlace]] = {
    WarningCode.TILT: _EVERYWHERE,
    WarningCode.GAP: WarningPlace(Scope.BESIDE_GAPS),
    WarningCode.DUPLICATE_POSITION: _NOTE,
    WarningCode.UNEVEN_SPACING: _over_named(),
    WarningCode.MIXED_FRAMES_OF_REFERENCE: WarningPlace(Scope.NO_SLICE, is_note=True),
    WarningCode.ASSUMED_SPACING: _over_named(Doubt.LENGTH, Doubt.POSITION),
    WarningCode.ASSUMED_RESCALE: _over_named(Doubt.VALUE),
    WarningCode.MISSING_POSITION: _over_named(Doubt.POSITION, Doubt.SIDES),
    WarningCode.ASSUMED_ORIENTATION: _over_named(Doubt.SIDES),
    WarningCode.LOSSY: _over_named(),
    WarningCode.UNDECODABLE: _over_named(),
    WarningCode.TRUNCATED: _over_named(),
    WarningCode.SINGLE_SLICE: _NOTE,
    WarningCode.NOT_AXIAL: _NOTE,
    WarningCode.NOT_CT: WarningPlace(Scope.EVERY_SLICE, frozenset({Doubt.VALUE})),
    WarningCode.NOT_HU: WarningPlace(Scope.EVERY_SLICE, frozenset({Doubt.VALUE})),
    WarningCode.RADIOGRAPH: WarningPlace(
        Scope.EVERY_SLICE, frozenset({Doubt.LENGTH}), is_note=True
    ),
    WarningCode.SECONDARY: _NOTE,
    WarningCode.SHIFTED: _EVERYWHERE,
}
"""Every code; a test holds it complete."""

_UNREADABLE: Final = frozenset({WarningCode.UNDECODABLE, WarningCode.TRUNCATED})


def is_note(warning: SeriesWarning) -> bool:
    """Whether a warning only says how something was understood."""
    return WARNING_PLACES[warning.code].is_note


def gaps_of(series: Series) -> tuple[Gap, ...]:
    """The gaps that a series was warned of."""
    if not any(warning.code is WarningCode.GAP for warning in series.warnings):
        return ()
    return gaps_between([source.position_mm for source in series.slices])


def gaps_beside(series: Series, slice_index: int) -> tuple[Gap, ...]:
    """The gaps of which the slice is one border."""
    return tuple(gap for gap in gaps_of(series) if gap.below in (slice_index - 1, slice_index))


def warnings_at(series: Series, slice_index: int) -> tuple[SeriesWarning, ...]:
    """The warnings that stand over one slice, in the order of the series."""
    return tuple(w for w in series.warnings if _stands_over(w, series, slice_index))


def doubts_at(series: Series, slice_index: int) -> frozenset[Doubt]:
    """The readings that are doubtful on one slice."""
    doubted = (WARNING_PLACES[w.code].doubts for w in warnings_at(series, slice_index))
    return frozenset().union(*doubted)


def why_unreadable(series: Series, slice_index: int) -> str:
    """Why a slice that could not be read is not there; "" where nothing says.

    Reading warns after the scan and knows more.
    """
    told = [w.message for w in warnings_at(series, slice_index) if w.code in _UNREADABLE]
    return told[-1] if told else ""


def _stands_over(warning: SeriesWarning, series: Series, slice_index: int) -> bool:
    match WARNING_PLACES[warning.code].scope:
        case Scope.EVERY_SLICE:
            return True
        case Scope.BESIDE_GAPS:
            return bool(gaps_beside(series, slice_index))
        case Scope.NAMED_SLICES:
            return not warning.files or series.slices[slice_index].file_name in warning.files
        case Scope.NO_SLICE:
            return False
