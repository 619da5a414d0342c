"""The reader's measures over a slice: lines and ellipses, with their numbers beside them."""

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from pe_viewer.display.fonts import font
from pe_viewer.display.measuring import (
    ellipse_stats,
    length_mm,
    length_text,
    stats_lines,
    width_text,
)
from pe_viewer.display.palette import PALETTE
from pe_viewer.display.placement import Placement
from pe_viewer.draft.model_lines import model_lines
from pe_viewer.review import Length, Measure, Structure
from pe_viewer.state import ReviewSnapshot
from pe_viewer.views.picture.corner_painting import paint_over
from pe_viewer.views.style import SMALL_PX

_END_PX: Final = 4.0
_LINE_PX: Final = 15.0
_TEXT_PX: Final = 200.0

_MODEL_STYLE: Final = Qt.PenStyle.DashLine

Align = Qt.AlignmentFlag


def paint_measures(
    painter: QPainter,
    snapshot: ReviewSnapshot,
    placement: Placement,
    measures: Sequence[Measure],
    *,
    unit: str,
    note: str,
) -> None:
    """``unit`` of values ("HU" or ""); ``note`` says what is in doubt of millimetres."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for measure in measures:
        start = QPointF(*placement.to_view(*measure.start))
        end = QPointF(*placement.to_view(*measure.end))
        if isinstance(measure, Length):
            _paint_length(painter, start, end)
        else:
            _paint_ellipse(painter, QRectF(start, end).normalized())
        lines = measure_lines(snapshot, measure, unit=unit, note=note)
        _paint_lines(painter, QPointF(max(start.x(), end.x()), max(start.y(), end.y())), lines)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)


def paint_model_lines(
    painter: QPainter, placement: Placement, lines: Sequence[Length], words: Sequence[str]
) -> None:
    """The model's lines, dashed and in its colour, each with its words."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for line, said in zip(lines, words, strict=True):
        start, end = (QPointF(*placement.to_view(*at)) for at in (line.start, line.end))
        for colour, width in ((PALETTE.view, 3.0), (PALETTE.model, 1.25)):
            painter.setPen(QPen(QColor(colour), width, _MODEL_STYLE))
            painter.drawLine(start, end)
        at = start if start.y() < end.y() else end
        place = QRectF(at.x() + 8, at.y() - 4 - _LINE_PX, _TEXT_PX, _LINE_PX)
        painter.setFont(font(SMALL_PX))
        paint_over(painter, place, Align.AlignLeft | Align.AlignVCenter, said, PALETTE.model)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)


def model_lines_shown(snapshot: ReviewSnapshot) -> tuple[Length, ...]:
    """The model's lines on the slice in view, but for those that the reader took over as they are.

    The snapshot holds no Findings while the model is withheld.
    """
    lines = model_lines(snapshot.findings)
    own = snapshot.review.measures
    return tuple(k for k in lines if k.slice_index == snapshot.slice_index and k not in own)


def model_line_text(snapshot: ReviewSnapshot, line: Length) -> str:
    """``model RV 44.0 mm, RV/LV 1.10``."""
    if snapshot.geometry is None:
        return ""
    mm = length_text(length_mm(line, snapshot.geometry.spacing_mm[1:]))
    heart = None if snapshot.findings is None else snapshot.findings.heart
    is_trunk = line.structure is Structure.TRUNK
    ratio = None if heart is None or is_trunk else heart.ratio
    return f"model {line.structure} {mm}" + ("" if ratio is None else f", RV/LV {ratio:.2f}")


def measure_lines(
    snapshot: ReviewSnapshot, measure: Measure, *, unit: str, note: str
) -> tuple[str, ...]:
    """The numbers of one measure, as they stand beside it."""
    if snapshot.geometry is None or snapshot.pixels is None:
        return ()
    spacing_mm = snapshot.geometry.spacing_mm[1:]
    if isinstance(measure, Length):
        words = width_text(snapshot.review, measure, spacing_mm)
        return (f"{words}, {note}" if note else words,)
    stats = ellipse_stats(snapshot.pixels[measure.slice_index], measure, spacing_mm)
    return stats_lines(stats, unit)


def _paint_length(painter: QPainter, start: QPointF, end: QPointF) -> None:
    for colour, width in ((PALETTE.view, 3.0), (PALETTE.reader, 1.25)):
        painter.setPen(QPen(QColor(colour), width))
        painter.drawLine(start, end)
        for at in (start, end):
            painter.drawLine(at + QPointF(-_END_PX, 0), at + QPointF(_END_PX, 0))
            painter.drawLine(at + QPointF(0, -_END_PX), at + QPointF(0, _END_PX))


def _paint_ellipse(painter: QPainter, box: QRectF) -> None:
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for colour, width in ((PALETTE.view, 3.0), (PALETTE.reader, 1.25)):
        painter.setPen(QPen(QColor(colour), width))
        painter.drawEllipse(box)


def _paint_lines(painter: QPainter, at: QPointF, lines: Sequence[str]) -> None:
    painter.setFont(font(SMALL_PX))
    for number, line in enumerate(lines):
        place = QRectF(at.x() + 8, at.y() + 4 + number * _LINE_PX, _TEXT_PX, _LINE_PX)
        paint_over(painter, place, Align.AlignLeft | Align.AlignVCenter, line, PALETTE.reader)
