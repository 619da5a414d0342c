"""The places that the model marks on a slice: a frame about each, with side and level beside it."""

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QPainter, QPen

from pe_models.findings import MarkedPlace
from pe_viewer.display.palette import PALETTE
from pe_viewer.display.placement import Placement
from pe_viewer.display.texts import place_text
from pe_viewer.state import ReviewSnapshot
from pe_viewer.views.picture.label_painting import Label, small_width_px

_HALF_PX: Final = 14.0
_CORNER_PX: Final = 6.0


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
    """Four corners about each that leave the place itself free."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for place in places:
        for colour, width in ((PALETTE.view, 3.5), (PALETTE.model, 1.5)):
            painter.setPen(QPen(QColor(colour), width))
            _paint_corners(painter, _frame(placement, place).center())
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)


def place_labels(placement: Placement, places: Sequence[MarkedPlace]) -> tuple[Label, ...]:
    """Side and level of each, below its frame."""
    labels = []
    for place in places:
        frame, words = _frame(placement, place), place_text(place)
        left = frame.center().x() - small_width_px(words) / 2
        labels.append(Label(QPointF(left, frame.bottom() + 3), (words,), PALETTE.model, frame))
    return tuple(labels)


def _frame(placement: Placement, place: MarkedPlace) -> QRectF:
    x, y = placement.to_view(place.row, place.col)
    return QRectF(x - _HALF_PX, y - _HALF_PX, 2 * _HALF_PX, 2 * _HALF_PX)


def _paint_corners(painter: QPainter, at: QPointF) -> None:
    for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1)):
        corner = at + QPointF(x * _HALF_PX, y * _HALF_PX)
        arms = (corner - QPointF(x * _CORNER_PX, 0), corner, corner - QPointF(0, y * _CORNER_PX))
        painter.drawPolyline(list(arms))
