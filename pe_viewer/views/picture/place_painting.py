"""The places that the model marks on a slice: a frame about each, with side and level beside it."""

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from pe_models.findings import MarkedPlace
from pe_viewer.display.fonts import font
from pe_viewer.display.palette import PALETTE
from pe_viewer.display.placement import Placement
from pe_viewer.display.texts import place_text
from pe_viewer.state import ReviewSnapshot
from pe_viewer.views.picture.corner_painting import paint_over
from pe_viewer.views.style import SMALL_PX

_HALF_PX: Final = 14.0
_CORNER_PX: Final = 6.0
_LINE_PX: Final = 15.0
_TEXT_PX: Final = 160.0


def places_shown(snapshot: ReviewSnapshot) -> tuple[MarkedPlace, ...]:
    """Those on the slice in view, while the overlay is on.

    The snapshot holds no Findings while the model is withheld.
    """
    if not snapshot.overlay.is_visible:
        return ()
    return tuple(
        place
        for flag in snapshot.shown_flags
        for place in flag.places
        if place.slice_index == snapshot.slice_index
    )


def paint_places(painter: QPainter, placement: Placement, places: Sequence[MarkedPlace]) -> None:
    """Four corners that leave the place itself free; its words stand below them."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setFont(font(SMALL_PX))
    for place in places:
        at = QPointF(*placement.to_view(place.row, place.col))
        for colour, width in ((PALETTE.view, 3.5), (PALETTE.model, 1.5)):
            painter.setPen(QPen(QColor(colour), width))
            _paint_corners(painter, at)
        line = QRectF(at.x() - _TEXT_PX / 2, at.y() + _HALF_PX + 3, _TEXT_PX, _LINE_PX)
        paint_over(painter, line, Qt.AlignmentFlag.AlignCenter, place_text(place), PALETTE.model)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)


def _paint_corners(painter: QPainter, at: QPointF) -> None:
    for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1)):
        corner = at + QPointF(x * _HALF_PX, y * _HALF_PX)
        arms = (corner - QPointF(x * _CORNER_PX, 0), corner, corner - QPointF(0, y * _CORNER_PX))
        painter.drawPolyline(list(arms))
