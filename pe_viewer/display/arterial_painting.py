"""The arterial tree as a picture: vessels as lines, a mark on each that fills as it is occluded."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from pe_viewer.display.arterial_layout import BRANCHES, MARKS
from pe_viewer.display.fonts import font
from pe_viewer.display.palette import PALETTE
from pe_viewer.form.answers import Level
from pe_viewer.form.sites import SEGMENTS, ArterialSite, Occlusion

MARK: Final = 6.5
WIDTHS: Final = {Level.CENTRAL: 9.0, Level.LOBAR: 6.0, Level.SEGMENTAL: 3.0}
"""Radius of a mark and width of the vessels, in units of a TreeInk."""

SHARES: Final[Mapping[Occlusion, float]] = {
    Occlusion.SUBSEGMENTAL: 0.0,
    Occlusion.PARTIAL: 0.5,
    Occlusion.BELOW_25: 0.2,
    Occlusion.BELOW_50: 0.4,
    Occlusion.BELOW_75: 0.6,
    Occlusion.BELOW_100: 0.85,
    Occlusion.COMPLETE: 1.0,
}
"""How much of a mark is filled, clockwise from the top."""

SPECK: Final = 2.0
"""Radius of the dot in a mark that stands for subsegmental branches alone."""

_FONT: Final = 11
_FULL_TURN: Final = 360 * 16
_TOP: Final = 90 * 16

Align = Qt.AlignmentFlag


@dataclass(frozen=True, slots=True)
class TreeInk:
    """Colours (``#rrggbb``) of what is free and of what is occluded; ``unit`` in device units."""

    ground: str
    vessel: str
    edge: str
    number: str
    occluded_vessel: str
    occluded: str
    ring: str
    unit: float = 1.0


SCREEN_INK: Final = TreeInk(
    ground=PALETTE.panel,
    vessel=PALETTE.line,
    edge=PALETTE.edge,
    number=PALETTE.dim_text,
    occluded_vessel=PALETTE.reader_dim,
    occluded=PALETTE.reader,
    ring=PALETTE.text,
)


def paint_tree(
    painter: QPainter,
    area: QRectF,
    sites: Mapping[ArterialSite, Occlusion],
    ink: TreeInk = SCREEN_INK,
    *,
    current: ArterialSite | None = None,
) -> None:
    """``current`` is the artery under the cursor or with the focus, drawn with a ring."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for site in sorted(ArterialSite, key=lambda s: -WIDTHS[s.level]):
        _paint_vessel(painter, area, site, ink, is_occluded=site in sites)
    for site in ArterialSite:
        if site is current:
            _paint_ring(painter, at(area, site), ink)
        _paint_mark(painter, at(area, site), sites.get(site), ink)
        if site in SEGMENTS:
            _paint_number(painter, area, site, ink, is_occluded=site in sites)
    _paint_sides(painter, area, ink)


def at(area: QRectF, site: ArterialSite) -> QPointF:
    """Where a mark stands in the area."""
    return _scaled(area, MARKS[site])


def _scaled(area: QRectF, place: tuple[float, float]) -> QPointF:
    return QPointF(area.left() + place[0] * area.width(), area.top() + place[1] * area.height())


def _paint_vessel(
    painter: QPainter, area: QRectF, site: ArterialSite, ink: TreeInk, *, is_occluded: bool
) -> None:
    branch = BRANCHES[site]
    colour = ink.occluded_vessel if is_occluded else ink.vessel
    pen = QPen(QColor(colour), WIDTHS[site.level] * ink.unit)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    painter.setPen(pen)
    painter.drawLine(_scaled(area, branch.start), _scaled(area, branch.end))


def _paint_ring(painter: QPainter, centre: QPointF, ink: TreeInk) -> None:
    radius = (MARK + 3.0) * ink.unit
    painter.setPen(QPen(QColor(ink.ring), ink.unit))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawEllipse(centre, radius, radius)


def _paint_mark(
    painter: QPainter, centre: QPointF, occlusion: Occlusion | None, ink: TreeInk
) -> None:
    """Hollow where free, filled clockwise by the degree; a dot means branches alone."""
    radius = MARK * ink.unit
    painter.setPen(QPen(QColor(ink.edge if occlusion is None else ink.occluded), 1.5 * ink.unit))
    painter.setBrush(QColor(ink.ground))
    painter.drawEllipse(centre, radius, radius)
    if occlusion is None:
        return
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(ink.occluded))
    if occlusion is Occlusion.SUBSEGMENTAL:
        painter.drawEllipse(centre, SPECK * ink.unit, SPECK * ink.unit)
        return
    box = QRectF(centre.x() - radius, centre.y() - radius, 2 * radius, 2 * radius)
    painter.drawPie(box, _TOP, -round(SHARES[occlusion] * _FULL_TURN))


def _paint_number(
    painter: QPainter, area: QRectF, site: ArterialSite, ink: TreeInk, *, is_occluded: bool
) -> None:
    """``A1`` beside a segment's mark, on the side away from its vessel."""
    painter.setFont(font(round(_FONT * ink.unit)))
    painter.setPen(QColor(ink.occluded if is_occluded else ink.number))
    box, align = _number_place(site)
    centre = at(area, site)
    place = QRectF(
        centre.x() + box.x() * ink.unit,
        centre.y() + box.y() * ink.unit,
        box.width() * ink.unit,
        box.height() * ink.unit,
    )
    painter.drawText(place, align, site.value[2:])


def _number_place(site: ArterialSite) -> tuple[QRectF, Align]:
    """Where a segment's number stands from its mark, in units, and to which edge it is set."""
    is_right, is_inside = site.value.startswith("R"), site.value.endswith("A7")
    if BRANCHES[site].end[1] > 0.9:
        return QRectF(-20.0, MARK, 40.0, 14.0), Align.AlignHCenter | Align.AlignTop
    if is_right is not is_inside:
        return QRectF(-MARK - 34.0, -7.0, 30.0, 14.0), Align.AlignRight | Align.AlignVCenter
    return QRectF(MARK + 4.0, -7.0, 30.0, 14.0), Align.AlignLeft | Align.AlignVCenter


def _paint_sides(painter: QPainter, area: QRectF, ink: TreeInk) -> None:
    painter.setFont(font(round(_FONT * ink.unit)))
    painter.setPen(QColor(ink.number))
    painter.drawText(area, Align.AlignLeft | Align.AlignTop, "R")
    painter.drawText(area, Align.AlignRight | Align.AlignTop, "L")
