"""The arterial tree as a picture: vessels as lines, a mark on each that fills as it is occluded."""

from collections.abc import Mapping
from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from pe_viewer.display.arterial_layout import BRANCHES, MARKS
from pe_viewer.display.fonts import font
from pe_viewer.display.palette import PALETTE
from pe_viewer.form.answers import Level
from pe_viewer.form.sites import SEGMENTS, ArterialSite, Occlusion
from pe_viewer.views.style import SMALL_PX

MARK_PX: Final = 6.5
_WIDTHS_PX: Final = {Level.CENTRAL: 9.0, Level.LOBAR: 6.0, Level.SEGMENTAL: 3.0}
_FULL_TURN: Final = 360 * 16
_SHARES: Final[Mapping[Occlusion, float]] = {
    Occlusion.SUBSEGMENTAL: 0.0,
    Occlusion.PARTIAL: 0.5,
    Occlusion.BELOW_25: 0.2,
    Occlusion.BELOW_50: 0.4,
    Occlusion.BELOW_75: 0.6,
    Occlusion.BELOW_100: 0.85,
    Occlusion.COMPLETE: 1.0,
}
"""How much of a mark is filled."""

Align = Qt.AlignmentFlag


def paint_tree(
    painter: QPainter,
    area: QRectF,
    sites: Mapping[ArterialSite, Occlusion],
    current: ArterialSite | None,
) -> None:
    """``current`` is the artery under the cursor or with the focus, drawn with a ring."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for site in sorted(ArterialSite, key=lambda s: -_WIDTHS_PX[s.level]):
        _paint_vessel(painter, area, site, is_occluded=site in sites)
    for site in ArterialSite:
        _paint_mark(painter, at(area, site), sites.get(site), is_current=site is current)
        if site in SEGMENTS:
            _paint_number(painter, area, site, is_occluded=site in sites)
    _paint_sides(painter, area)


def at(area: QRectF, site: ArterialSite) -> QPointF:
    """Where a mark stands in the widget."""
    return _scaled(area, MARKS[site])


def _scaled(area: QRectF, place: tuple[float, float]) -> QPointF:
    return QPointF(area.left() + place[0] * area.width(), area.top() + place[1] * area.height())


def _paint_vessel(
    painter: QPainter, area: QRectF, site: ArterialSite, *, is_occluded: bool
) -> None:
    branch = BRANCHES[site]
    colour = PALETTE.reader_dim if is_occluded else PALETTE.line
    pen = QPen(QColor(colour), _WIDTHS_PX[site.level])
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    painter.setPen(pen)
    painter.drawLine(_scaled(area, branch.start), _scaled(area, branch.end))


def _paint_mark(
    painter: QPainter, centre: QPointF, occlusion: Occlusion | None, *, is_current: bool
) -> None:
    """Hollow where free, filled clockwise by the degree; a dot below means branches alone."""
    if is_current:
        painter.setPen(QPen(QColor(PALETTE.text), 1.0))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(centre, MARK_PX + 3.0, MARK_PX + 3.0)
    is_free = occlusion is None
    painter.setPen(QPen(QColor(PALETTE.edge if is_free else PALETTE.reader), 1.5))
    painter.setBrush(QColor(PALETTE.panel))
    painter.drawEllipse(centre, MARK_PX, MARK_PX)
    if occlusion is None:
        return
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(PALETTE.reader))
    if occlusion is Occlusion.SUBSEGMENTAL:
        painter.drawEllipse(centre, 2.0, 2.0)
        return
    box = QRectF(centre.x() - MARK_PX, centre.y() - MARK_PX, 2 * MARK_PX, 2 * MARK_PX)
    painter.drawPie(box, 90 * 16, -round(_SHARES[occlusion] * _FULL_TURN))


def _paint_number(
    painter: QPainter, area: QRectF, site: ArterialSite, *, is_occluded: bool
) -> None:
    """``A1`` beside a segment's mark, on the side away from its vessel."""
    centre, is_right = at(area, site), site.value.startswith("R")
    is_below = BRANCHES[site].end[1] > 0.9
    is_inside = site in (ArterialSite.RIGHT_A7, ArterialSite.LEFT_A7)
    painter.setFont(font(SMALL_PX))
    painter.setPen(QColor(PALETTE.reader if is_occluded else PALETTE.dim_text))
    if is_below:
        box = QRectF(centre.x() - 20, centre.y() + MARK_PX, 40, 14)
        painter.drawText(box, Align.AlignHCenter | Align.AlignTop, site.value[2:])
    elif is_right is not is_inside:
        box = QRectF(centre.x() - MARK_PX - 34, centre.y() - 7, 30, 14)
        painter.drawText(box, Align.AlignRight | Align.AlignVCenter, site.value[2:])
    else:
        box = QRectF(centre.x() + MARK_PX + 4, centre.y() - 7, 30, 14)
        painter.drawText(box, Align.AlignLeft | Align.AlignVCenter, site.value[2:])


def _paint_sides(painter: QPainter, area: QRectF) -> None:
    painter.setFont(font(SMALL_PX))
    painter.setPen(QColor(PALETTE.dim_text))
    painter.drawText(area, Align.AlignLeft | Align.AlignTop, "R")
    painter.drawText(area, Align.AlignRight | Align.AlignTop, "L")
