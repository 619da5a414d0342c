"""What stands in the place of a slice that cannot be shown: hatching, and why it is not there."""

from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter

from pe_viewer.display.fonts import font
from pe_viewer.display.palette import PALETTE
from pe_viewer.display.warning_places import why_unreadable
from pe_viewer.state import Phase, ReviewSnapshot
from pe_viewer.views.picture.corner_painting import paint_over
from pe_viewer.views.style import BODY_PX, TITLE_PX

_WIDEST_PX: Final = 480
_TITLE_LINE_PX: Final = 28

Align = Qt.AlignmentFlag


class SliceCondition(Enum):
    """Whether the current slice can be shown."""

    SHOWN = auto()
    NOT_LOADED = auto()
    LEFT_OUT = auto()
    """Loading was cancelled before its turn."""
    UNREADABLE = auto()
    FAILED = auto()
    """The series as a whole could not be read."""


@dataclass(frozen=True, slots=True)
class Absence:
    """What is said in the place of a slice: that it is not there, then why."""

    title: str
    reason: str = ""


def condition_of(snapshot: ReviewSnapshot) -> SliceCondition:
    """Whether the current slice is there, not there yet, or will not come."""
    if snapshot.volume is not None and snapshot.slice_index in snapshot.volume.missing_slices:
        return SliceCondition.UNREADABLE
    if snapshot.pixels is not None and snapshot.slice_is_loaded:
        return SliceCondition.SHOWN
    match snapshot.loading.phase:
        case Phase.FAILED:
            return SliceCondition.FAILED
        case Phase.CANCELLED:
            return SliceCondition.LEFT_OUT
    return SliceCondition.NOT_LOADED


def absence_of(snapshot: ReviewSnapshot, condition: SliceCondition) -> Absence:
    """The words for a slice in a ``condition`` other than SHOWN."""
    match condition:
        case SliceCondition.UNREADABLE:
            return Absence("This slice could not be read", _why_unreadable(snapshot))
        case SliceCondition.FAILED:
            return Absence("This series could not be read", snapshot.loading.message)
        case SliceCondition.LEFT_OUT:
            return Absence(
                "Not loaded", "Loading was cancelled. Open the series again for the rest."
            )
    return Absence("Not loaded yet")


def paint_absence(painter: QPainter, area: QRectF, absence: Absence) -> None:
    """Hatched, so that nobody takes it for air; the words in the middle of ``area``."""
    painter.fillRect(area, QBrush(QColor(PALETTE.line), Qt.BrushStyle.BDiagPattern))
    middle = area.center()
    width = min(_WIDEST_PX, area.width())
    title = QRectF(area.left(), middle.y() - _TITLE_LINE_PX, area.width(), _TITLE_LINE_PX)
    painter.setFont(font(TITLE_PX))
    paint_over(painter, title, Align.AlignCenter, absence.title, PALETTE.text)
    if absence.reason:
        below = QRectF(middle.x() - width / 2, title.bottom() + 4, width, area.height() / 2)
        painter.setFont(font(BODY_PX))
        flags = Align.AlignHCenter | Align.AlignTop | Qt.TextFlag.TextWordWrap
        paint_over(painter, below, flags, absence.reason, PALETTE.dim_text)


def _why_unreadable(snapshot: ReviewSnapshot) -> str:
    """The file's name and the reason."""
    series, index = snapshot.series, snapshot.slice_index
    if series is None:
        return ""
    name = "" if snapshot.hides_identity else series.slices[index].file_name
    lines = (name, why_unreadable(series, index))
    return "\n".join(line for line in lines if line)
