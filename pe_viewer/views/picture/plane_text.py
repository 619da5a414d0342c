"""The text over a plane: which it is, where it lies, how thick, and what of that is in doubt."""

import numpy as np
from PySide6.QtCore import Qt

from pe_models.imaging.reslice import Reslice
from pe_models.imaging.study import Series
from pe_models.imaging.volume import VolumeKind, kind_of
from pe_viewer.display.looks import ViewTransform
from pe_viewer.display.palette import PALETTE
from pe_viewer.display.planes import PlaneKind, plane_text, slab_text
from pe_viewer.display.warning_places import WARNING_PLACES, Doubt
from pe_viewer.state import ReviewSnapshot
from pe_viewer.views.picture.corner_text import Block, Line

Align = Qt.AlignmentFlag


def plane_blocks(
    snapshot: ReviewSnapshot, kind: PlaneKind, pixel: tuple[int, int] | None
) -> tuple[Block, ...]:
    """The corner texts of a plane with the cursor over ``pixel`` (row, col) of its picture."""
    series, reslice = snapshot.series, snapshot.reslices.get(kind)
    if series is None or reslice is None:
        return ()
    doubts = series_doubts(series)
    value = _value_line(series, reslice, pixel, doubts)
    left = (value, _place_line(kind, reslice, doubts))
    right = (_zoom_line(snapshot.plane_views.get(kind, ViewTransform())), _slab_line(reslice))
    return (
        Block(Align.AlignLeft | Align.AlignBottom, tuple(line for line in left if line.text)),
        Block(Align.AlignRight | Align.AlignBottom, tuple(line for line in right if line.text)),
    )


def series_doubts(series: Series) -> frozenset[Doubt]:
    """The readings that are doubtful on any slice: a plane goes through all of them."""
    return frozenset().union(*(WARNING_PLACES[w.code].doubts for w in series.warnings))


def plane_length_note(series: Series) -> str:
    """What is to be said beside a length in mm on a plane, one side of which runs across slices."""
    is_assumed = series_doubts(series) & {Doubt.LENGTH, Doubt.POSITION}
    return "assumed" if is_assumed else ""


def _value_line(
    series: Series, reslice: Reslice, pixel: tuple[int, int] | None, doubts: frozenset[Doubt]
) -> Line:
    """``HU 143`` under the cursor; empty where nothing is there."""
    if pixel is None or not reslice.is_there[pixel]:
        return Line("")
    value = reslice.hu[pixel]
    if kind_of(series) is not VolumeKind.HU:
        return Line(f"Value {value}, not HU", PALETTE.bad)
    if Doubt.VALUE in doubts:
        return Line(f"HU {value}, scale assumed", PALETTE.bad)
    return Line(f"HU {value}")


def _place_line(kind: PlaneKind, reslice: Reslice, doubts: frozenset[Doubt]) -> Line:
    if Doubt.SIDES in doubts:
        return Line(f"{kind.value}  position not certain", PALETTE.bad)
    return Line(plane_text(kind, reslice.plane))


def _zoom_line(view: ViewTransform) -> Line:
    return Line("" if np.isclose(view.zoom, 1.0) else f"Zoom {view.zoom:.1f}")


def _slab_line(reslice: Reslice) -> Line:
    return Line(slab_text(reslice.slab) if reslice.slab.thickness_mm > 0 else "")
