"""The text over the slice view: what each corner says of a snapshot."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from PySide6.QtCore import Qt

from pe_models.imaging.reading.stored import stored_value
from pe_models.imaging.study import Series
from pe_models.imaging.volume import VolumeKind, kind_of
from pe_models.imaging.warnings import SeriesWarning, WarningCode
from pe_viewer.display.looks import Tool, ViewTransform
from pe_viewer.display.orientation import position_axis
from pe_viewer.display.palette import PALETTE
from pe_viewer.display.series_texts import gap_text, warning_sign
from pe_viewer.display.texts import (
    LOW_SCORE,
    MAKING_OVERLAY,
    NO_OVERLAY,
    TOOL_TEXTS,
    WARNING_TEXTS,
    overlay_caution,
    position_text,
    slice_of_text,
    window_text,
)
from pe_viewer.display.warning_places import (
    Doubt,
    doubts_at,
    gaps_beside,
    is_note,
    warnings_at,
)
from pe_viewer.state import ReviewSnapshot

_MOST_WARNINGS: Final = 4

Align = Qt.AlignmentFlag


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text over the slice."""

    text: str
    colour: str = PALETTE.text


@dataclass(frozen=True, slots=True)
class Block:
    """Lines of text in one corner."""

    align: Qt.AlignmentFlag
    lines: tuple[Line, ...]


def blocks_of(snapshot: ReviewSnapshot, pixel: tuple[int, int] | None) -> tuple[Block, ...]:
    """The corner texts of a snapshot with the cursor over ``pixel`` (row, col)."""
    series = snapshot.series
    if series is None or snapshot.slice_index >= series.n_slices:
        return ()
    return (
        _block(Align.AlignLeft | Align.AlignTop, _series_lines(snapshot, series)),
        _block(Align.AlignRight | Align.AlignTop, warning_lines(series, snapshot)),
        _block(
            Align.AlignLeft | Align.AlignBottom,
            (value_line(snapshot, pixel), _place_line(series, snapshot.slice_index)),
        ),
        _block(Align.AlignRight | Align.AlignBottom, _look_lines(snapshot)),
    )


def value_line(snapshot: ReviewSnapshot, pixel: tuple[int, int] | None) -> Line:
    """``HU 143`` under the cursor; empty outside the slice or where it is not loaded."""
    series = snapshot.series
    if pixel is None or series is None or snapshot.pixels is None or not snapshot.slice_is_loaded:
        return Line("")
    value = snapshot.pixels[snapshot.slice_index, pixel[0], pixel[1]]
    if series.is_radiograph:
        return Line(f"Value {stored_value(int(value), series.slices[0].pixels)}")
    if kind_of(series) is not VolumeKind.HU:
        return Line(f"Value {value}, not HU", PALETTE.bad)
    if Doubt.VALUE in doubts_at(series, snapshot.slice_index):
        return Line(f"HU {value}, scale assumed", PALETTE.bad)
    return Line(f"HU {value}")


def value_unit(snapshot: ReviewSnapshot) -> str:
    """``HU``, with what is in doubt of it; "" where values are none."""
    if snapshot.series is None or kind_of(snapshot.series) is not VolumeKind.HU:
        return ""
    return "HU (scale assumed)" if Doubt.VALUE in _doubts(snapshot) else "HU"


def warning_lines(series: Series, snapshot: ReviewSnapshot) -> tuple[Line, ...]:
    """The warnings that concern the slice, by name, and how many more could mislead elsewhere.

    Their full messages stand in the study browser and on the sheet of the series.
    """
    slice_index, keys = snapshot.slice_index, snapshot.keymap.keys_of("series_sheet")
    here = warnings_at(series, slice_index)
    lines = tuple(dict.fromkeys(_lines_of(here, series, slice_index)))
    shown = lines[:_MOST_WARNINGS]
    elsewhere = tuple(w for w in series.warnings if w not in here and not is_note(w))
    hidden = len(lines) - len(shown)
    if not hidden and not elsewhere:
        return shown
    count = hidden + len({warning.code for warning in elsewhere})
    sign = warning_sign(series.warnings if hidden else elsewhere)
    more = "more " if shown else ""
    where = f": {keys[0]}" if keys else ""
    return (*shown, Line(f"{sign} {count} {more}of this series{where}", PALETTE.dim_text))


def length_note(snapshot: ReviewSnapshot) -> str:
    """What is to be said beside a length in mm on this slice; "" where it is as the file says."""
    series = snapshot.series
    if series is None or Doubt.LENGTH not in _doubts(snapshot):
        return ""
    codes = {warning.code for warning in warnings_at(series, snapshot.slice_index)}
    is_known = WarningCode.RADIOGRAPH in codes and WarningCode.ASSUMED_SPACING not in codes
    return "at the detector" if is_known else "assumed"


def sides_are_known(snapshot: ReviewSnapshot) -> bool:
    """Whether the file says which side of this slice is which."""
    return Doubt.SIDES not in _doubts(snapshot)


def overlay_note(snapshot: ReviewSnapshot) -> str:
    """The caution below a map, or that there is none; "" where the overlay is off."""
    if not snapshot.overlay.is_visible or snapshot.findings is None:
        return ""
    if snapshot.score_is_low:
        return LOW_SCORE
    heatmap = snapshot.heatmap_of(snapshot.slice_index)
    if heatmap is not None:
        return overlay_caution(heatmap.method)
    activity = snapshot.explaining
    return MAKING_OVERLAY if activity.is_running else activity.message or NO_OVERLAY


def _block(align: Qt.AlignmentFlag, lines: Sequence[Line]) -> Block:
    return Block(align, tuple(line for line in lines if line.text))


def _series_lines(snapshot: ReviewSnapshot, series: Series) -> tuple[Line, ...]:
    thickness = series.slice_thickness_mm
    spacing = f"every {series.geometry.spacing_mm[0]:.2f} mm" if series.n_slices > 1 else ""
    thick = "" if thickness is None else f"{thickness:.2f} mm thick"
    sampling = ", ".join(part for part in (thick, spacing, series.kernel) if part)
    is_key = snapshot.slice_index in snapshot.review.key_slices
    key = Line("Key image" if is_key else "", PALETTE.reader)
    return Line(series.description), Line(sampling), key


def _lines_of(
    warnings: Sequence[SeriesWarning], series: Series, slice_index: int
) -> tuple[Line, ...]:
    lines: list[Line] = []
    for warning in warnings:
        colour = PALETTE.dim_text if is_note(warning) else PALETTE.bad
        if warning.code is WarningCode.GAP:
            names = [gap_text(gap, slice_index) for gap in gaps_beside(series, slice_index)]
        else:
            names = [WARNING_TEXTS[warning.code]]
        lines += [Line(f"{warning_sign((warning,))} {name}", colour) for name in names]
    return tuple(lines)


def _place_line(series: Series, slice_index: int) -> Line:
    if series.is_radiograph:
        return Line("")
    source = series.slices[slice_index]
    doubts = doubts_at(series, slice_index)
    if doubts >= {Doubt.POSITION, Doubt.SIDES}:
        name = slice_of_text(slice_index, source.instance_number, series.n_slices)
        return Line(f"{name}  position not certain", PALETTE.bad)
    place = position_text(
        slice_index,
        source.instance_number,
        series.n_slices,
        source.position_mm,
        axis=position_axis(series.geometry),
    )
    if Doubt.POSITION in doubts:
        return Line(f"{place}, assumed", PALETTE.bad)
    return Line(place)


def _look_lines(snapshot: ReviewSnapshot) -> tuple[Line, ...]:
    zoom = "" if np.isclose(snapshot.view.zoom, 1.0) else f"Zoom {snapshot.view.zoom:.1f}"
    inverted = "Inverted" if snapshot.is_inverted else ""
    tool = "" if snapshot.tool is Tool.WINDOW else TOOL_TEXTS[snapshot.tool]
    blocky = "" if snapshot.is_smooth else "Pixels"
    return (
        Line(tool, PALETTE.reader),
        Line(turn_text(snapshot.view), PALETTE.bad),
        Line(inverted),
        Line(blocky),
        Line(zoom),
        Line(window_text(snapshot.window)),
    )


def turn_text(view: ViewTransform) -> str:
    """``Mirrored, turned 90°``; "" in the reading position."""
    mirrored = "mirrored" if view.is_mirrored else ""
    turned = f"turned {90 * view.quarter_turns}°" if view.quarter_turns else ""
    words = ", ".join(part for part in (mirrored, turned) if part)
    return words[:1].upper() + words[1:]


def _doubts(snapshot: ReviewSnapshot) -> frozenset[Doubt]:
    series, index = snapshot.series, snapshot.slice_index
    return frozenset() if series is None else doubts_at(series, index)
