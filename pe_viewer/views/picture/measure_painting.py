"""The reader's measures over a slice: lines and ellipses, with their numbers beside them."""

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

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
from pe_viewer.views.picture.label_painting import LABEL_LINE_PX, Label

_END_PX: Final = 4.0
_MODEL_STYLE: Final = Qt.PenStyle.DashLine


def paint_measures(painter: QPainter, placement: Placement, measures: Sequence[Measure]) -> None:
    """The lines and ellipses themselves."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for measure in measures:
        start, end = _ends(placement, measure)
        if isinstance(measure, Length):
            _paint_length(painter, start, end)
        else:
            _paint_ellipse(painter, QRectF(start, end).normalized())
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)


def measure_labels(
    snapshot: ReviewSnapshot,
    placement: Placement,
    measures: Sequence[Measure],
    *,
    unit: str,
    note: str,
) -> tuple[Label, ...]:
    """Their numbers, to the lower right. ``unit`` of values ("HU" or ""); ``note`` says what is
    in doubt of millimetres.
    """
    labels = []
    for measure in measures:
        box = QRectF(*_ends(placement, measure)).normalized()
        lines = measure_lines(snapshot, measure, unit=unit, note=note)
        labels.append(Label(box.bottomRight() + QPointF(8, 4), lines, PALETTE.reader, box))
    return tuple(labels)


def paint_model_lines(painter: QPainter, placement: Placement, lines: Sequence[Length]) -> None:
    """The model's lines, dashed and in its colour."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for line in lines:
        for colour, width in ((PALETTE.view, 3.0), (PALETTE.model, 1.25)):
            painter.setPen(QPen(QColor(colour), width, _MODEL_STYLE))
            painter.drawLine(*_ends(placement, line))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)


def model_labels(
    snapshot: ReviewSnapshot, placement: Placement, lines: Sequence[Length]
) -> tuple[Label, ...]:
    """The words of the model's lines, at the upper end of each."""
    labels = []
    for line in lines:
        start, end = _ends(placement, line)
        at = start if start.y() < end.y() else end
        corner = at + QPointF(8, -4 - LABEL_LINE_PX)
        words = (model_line_text(snapshot, line),)
        labels.append(Label(corner, words, PALETTE.model, QRectF(start, end).normalized()))
    return tuple(labels)


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


def _ends(placement: Placement, measure: Measure) -> tuple[QPointF, QPointF]:
    start, end = (QPointF(*placement.to_view(*at)) for at in (measure.start, measure.end))
    return start, end
