"""The text over the slice view: what it says, where it stands, and how it keeps out of the way."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter

from pe_models.imaging.warnings import SeriesWarning
from pe_viewer.display.fonts import font
from pe_viewer.display.orientation import Orientation
from pe_viewer.display.palette import PALETTE
from pe_viewer.display.texts import (
    NO_OVERLAY,
    OVERLAY_CAUTION,
    WARNING_TEXTS,
    position_text,
    window_text,
)
from pe_viewer.state import ReviewSnapshot
from pe_viewer.views.style import BODY_PX, TITLE_PX, bold

MARGIN_PX: Final = 12
_LINE_PX: Final = 18
_MOST_WARNINGS: Final = 4
_PLATE: Final = QColor(0, 0, 0, 176)

Align = Qt.AlignmentFlag


@dataclass(frozen=True, slots=True)
class Block:
    """Lines of text in one corner; ``colour`` for all of them."""

    align: Qt.AlignmentFlag
    lines: tuple[str, ...]
    colour: str = PALETTE.text


def blocks_of(snapshot: ReviewSnapshot, pixel: tuple[int, int] | None) -> tuple[Block, ...]:
    """The corner texts of a snapshot with the cursor over ``pixel`` (row, col)."""
    series = snapshot.series
    if series is None:
        return ()
    return (
        Block(Align.AlignLeft | Align.AlignTop, _series_lines(snapshot)),
        Block(Align.AlignRight | Align.AlignTop, _warning_lines(series.warnings), PALETTE.bad),
        Block(Align.AlignLeft | Align.AlignBottom, (value_line(snapshot, pixel), _place(snapshot))),
        Block(Align.AlignRight | Align.AlignBottom, _look_lines(snapshot)),
    )


def value_line(snapshot: ReviewSnapshot, pixel: tuple[int, int] | None) -> str:
    """``HU 143`` under the cursor; "" outside the slice or where it is not loaded."""
    if pixel is None or snapshot.pixels is None or not snapshot.slice_is_loaded:
        return ""
    series = snapshot.series
    unit = "HU" if series is None or series.modality == "CT" else "Value"
    return f"{unit} {snapshot.pixels[snapshot.slice_index, pixel[0], pixel[1]]}"


def overlay_note(snapshot: ReviewSnapshot) -> str:
    """The caution below a map, or that there is none; "" where the overlay is off."""
    if not snapshot.overlay.is_visible or snapshot.findings is None:
        return ""
    has_map = snapshot.heatmap_of(snapshot.slice_index) is not None
    return OVERLAY_CAUTION if has_map else NO_OVERLAY


def paint_blocks(
    painter: QPainter, area: QRectF, blocks: Sequence[Block], cursor: QPointF | None
) -> None:
    """Paints each block in its corner of ``area``, but for one that the cursor is on."""
    inner = area.adjusted(MARGIN_PX, MARGIN_PX, -MARGIN_PX, -MARGIN_PX)
    painter.setFont(font(BODY_PX))
    metrics = QFontMetricsF(painter.font())
    for block in blocks:
        lines = [line for line in block.lines if line]
        place = _place_of(block, lines, inner, metrics)
        if cursor is not None and place.adjusted(-8, -8, 8, 8).contains(cursor):
            continue
        for number, line in enumerate(lines):
            row = QRectF(place.left(), place.top() + number * _LINE_PX, place.width(), _LINE_PX)
            paint_over(painter, row, block.align | Align.AlignVCenter, line, block.colour)


def paint_letters(painter: QPainter, area: QRectF, turned: Orientation) -> None:
    """The patient's sides at the four edges of the view."""
    painter.setFont(bold(TITLE_PX))
    inner = area.adjusted(MARGIN_PX, MARGIN_PX, -MARGIN_PX, -MARGIN_PX)
    for letter, align in (
        (turned.left, Align.AlignLeft | Align.AlignVCenter),
        (turned.right, Align.AlignRight | Align.AlignVCenter),
        (turned.top, Align.AlignHCenter | Align.AlignTop),
        (turned.bottom, Align.AlignHCenter | Align.AlignBottom),
    ):
        paint_over(painter, inner, align, letter, PALETTE.text)


def paint_overlay_note(painter: QPainter, area: QRectF, note: str) -> None:
    """What there is to say of the overlay, in the middle above the bottom letter."""
    painter.setFont(font(BODY_PX))
    line = QRectF(area.left(), area.bottom() - MARGIN_PX - 44, area.width(), _LINE_PX)
    paint_over(painter, line, Align.AlignCenter, note, PALETTE.model)


def paint_over(
    painter: QPainter, place: QRectF, align: Qt.AlignmentFlag, text: str, colour: str
) -> None:
    """Text on a dark plate of its own size: readable over bone, air and inverted greys."""
    needed = painter.boundingRect(place, align, text)
    painter.fillRect(needed.adjusted(-3, -1, 3, 1), _PLATE)
    painter.setPen(QColor(colour))
    painter.drawText(place, align, text)


def _place_of(block: Block, lines: Sequence[str], inner: QRectF, metrics: QFontMetricsF) -> QRectF:
    width = max((metrics.horizontalAdvance(line) for line in lines), default=0.0) + 2
    height = len(lines) * _LINE_PX
    left = inner.left() if block.align & Align.AlignLeft else inner.right() - width
    top = inner.top() if block.align & Align.AlignTop else inner.bottom() - height
    return QRectF(left, top, width, height)


def _series_lines(snapshot: ReviewSnapshot) -> tuple[str, ...]:
    series = snapshot.series
    if series is None:
        return ()
    thickness = series.slice_thickness_mm
    spacing = f"every {series.geometry.spacing_mm[0]:.2f} mm"
    thick = "" if thickness is None else f"{thickness:.2f} mm thick"
    return series.description, ", ".join(part for part in (thick, spacing, series.kernel) if part)


def _warning_lines(warnings: Sequence[SeriesWarning]) -> tuple[str, ...]:
    """The warnings by name; their full messages stand in the study browser."""
    names = list(dict.fromkeys(WARNING_TEXTS[warning.code] for warning in warnings))
    shown = [f"▲ {name}" for name in names[:_MOST_WARNINGS]]
    more = len(names) - len(shown)
    return (*shown, f"{more} more") if more else tuple(shown)


def _place(snapshot: ReviewSnapshot) -> str:
    series = snapshot.series
    if series is None or snapshot.slice_index >= series.n_slices:
        return ""
    source = series.slices[snapshot.slice_index]
    return position_text(
        snapshot.slice_index, source.instance_number, series.n_slices, source.position_mm
    )


def _look_lines(snapshot: ReviewSnapshot) -> tuple[str, ...]:
    zoom = "" if np.isclose(snapshot.view.zoom, 1.0) else f"Zoom {snapshot.view.zoom:.1f}"
    inverted = "Inverted" if snapshot.is_inverted else ""
    return inverted, zoom, window_text(snapshot.window)
