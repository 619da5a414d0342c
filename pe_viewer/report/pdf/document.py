"""The report as PDF/A-1b, A4, painted block by block. Needs a QGuiApplication, no display."""

import re
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from PySide6.QtCore import QBuffer, QIODevice, QMarginsF, QPointF, QRectF, Qt, QUuid
from PySide6.QtGui import QPageSize, QPainter, QPdfWriter

from pe_models import NOTICE, SOFTWARE_NAME, __version__
from pe_viewer.report import content
from pe_viewer.report.content.phrases import phrases_of
from pe_viewer.report.drawing.paper import PAPER
from pe_viewer.report.model import Report
from pe_viewer.report.pdf.blocks import (
    Block,
    Paragraph,
    Space,
    Stack,
    Voiced,
    header_of,
    is_blank,
    keeps_with,
    paint_rule,
    room_at_break,
)
from pe_viewer.report.pdf.sections import sections
from pe_viewer.report.pdf.text import SMALL, STRONG, TextBox, TextStyle
from pe_viewer.report.writer import Document, Rendering

_RESOLUTION: Final = 720
"""Device units are decipoints then, so that painting needs no scaling."""

_PAGE: Final = QRectF(0.0, 0.0, 5953.0, 8419.0)
_BODY: Final = QRectF(450.0, 760.0, 5053.0, 7080.0)
"""Where the blocks stand, under a header of two lines; a longer one takes of it."""
_SHORT_RUN: Final = 0.6 * _BODY.height()
"""A longer run begins on the page before rather than leave most of that empty."""
_HEADER_TOP: Final = 380.0
_HEADER_GAP: Final = 110.0
_RULE_GAP: Final = 20.0
_LONGEST_LINE: Final = 500
"""Characters of a header line; no name or id that keeps to DICOM makes so many."""
_FOOTER_TOP: Final = 7990.0
_WORD: Final = TextStyle(80, PAPER.text)


@dataclass(frozen=True, slots=True)
class _Placed:
    block: Block
    frame: QRectF


def write_pdf(report: Report) -> Rendering:
    """``.pdf``: equal bytes for equal reports on one machine."""
    header = _header(report)
    body = _body_below(header)
    pages = _paginate(sections(report), body)
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = _writer(buffer, report)
    painter = QPainter(writer)
    try:
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        for number, page in enumerate(pages, start=1):
            if number > 1:
                writer.newPage()
            _paint_page(painter, report, [header, *page], f"{number}/{len(pages)}")
    finally:
        painter.end()
    written = _with_date(bytes(buffer.data().data()), report.created)
    return Rendering((Document(".pdf", written),))


def _writer(buffer: QBuffer, report: Report) -> QPdfWriter:
    writer = QPdfWriter(buffer)
    writer.setPdfVersion(QPdfWriter.PdfVersion.PdfVersion_A1b)
    writer.setResolution(_RESOLUTION)
    writer.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
    writer.setPageMargins(QMarginsF())
    writer.setTitle(content.title(report))
    writer.setCreator(f"{SOFTWARE_NAME} {__version__}")
    seed = f"{report.study.study_uid} {report.series.series_uid} {report.created}"
    writer.setDocumentId(QUuid(str(uuid.uuid5(uuid.NAMESPACE_OID, seed))))
    return writer


def _header(report: Report) -> _Placed:
    """Who and which examination, wrapped where they are long."""
    lines = Stack(
        (
            Paragraph(_short(content.patient_line(report)), STRONG, below=15.0),
            Paragraph(_short(content.study_line(report)), _WORD, below=15.0),
        )
    )
    tall = lines.height(_BODY.width())
    return _Placed(lines, QRectF(_BODY.left(), _HEADER_TOP, _BODY.width(), tall))


def _short(line: str) -> str:
    return line if len(line) <= _LONGEST_LINE else f"{line[:_LONGEST_LINE]}…"


def _body_below(header: _Placed) -> QRectF:
    body = QRectF(_BODY)
    body.setTop(max(_BODY.top(), header.frame.bottom() + _HEADER_GAP))
    return body


def _paginate(runs: Iterable[Sequence[Block]], body: QRectF) -> list[list[_Placed]]:
    """Blocks on pages: short runs whole, longer ones split, though no heading stands alone."""
    pages: list[list[_Placed]] = [[]]
    y = body.top()
    for run in runs:
        for place, block in enumerate(run):
            if pages[-1] and _begins_a_page(run, place, y):
                y = _turn(pages, run, place, y, body.top())
            if pages[-1] or not isinstance(block, Space):
                y = _place(pages[-1], block, y)
    return pages


def _begins_a_page(run: Sequence[Block], place: int, y: float) -> bool:
    """Room within or after a run never does: it may reach into the gap above the footer."""
    if place > 0 and is_blank(run[place]):
        return False
    return y + _needed(run, place) > _BODY.bottom()


def _turn(
    pages: list[list[_Placed]], run: Sequence[Block], place: int, y: float, top: float
) -> float:
    """A new page, with what goes on from the one before; where the next block stands on it."""
    room = room_at_break(run[place]) if place > 0 else None
    if room is not None and y <= _BODY.bottom():
        _place(pages[-1], room, y)
    pages.append([])
    for above in (room, header_of(run[place])):
        top = top if above is None else _place(pages[-1], above, top)
    return top


def _needed(run: Sequence[Block], place: int) -> float:
    """The height that must be free on a page for the block at ``place`` to stand there."""
    if place > 0:
        tall = run[place].height(_BODY.width())
        is_bound = place + 1 < len(run) and keeps_with(run[place], run[place + 1])
        return tall + _needed(run, place + 1) if is_bound else tall
    heights = [block.height(_BODY.width()) for block in run]
    whole = sum(heights)
    return whole if whole <= _SHORT_RUN else sum(heights[: _n_opening(run)])


def _n_opening(run: Sequence[Block]) -> int:
    """How many blocks it takes to a heading and what follows it."""
    shown = [place for place, block in enumerate(run) if not is_blank(block)]
    return shown[1] + 1 if len(shown) > 1 else len(run)


def _place(page: list[_Placed], block: Block, y: float) -> float:
    tall = block.height(_BODY.width())
    page.append(_Placed(block, QRectF(_BODY.left(), y, _BODY.width(), tall)))
    return y + tall


def _paint_page(
    painter: QPainter, report: Report, page: Sequence[_Placed], page_number: str
) -> None:
    """``page`` begins with the header."""
    for placed in page:
        if isinstance(placed.block, Voiced):
            placed.block.paint_ground(painter, placed.frame)
    for placed in page:
        placed.block.paint(painter, placed.frame)
    paint_rule(painter, _BODY, page[0].frame.bottom() + _RULE_GAP)
    _paint_footer(painter, report, page_number)


def _paint_footer(painter: QPainter, report: Report, page_number: str) -> None:
    left, width = _BODY.left(), _BODY.width()
    paint_rule(painter, _BODY, _FOOTER_TOP)
    notice = QPointF(left, _FOOTER_TOP + 40)
    TextBox(NOTICE, STRONG).paint(painter, notice, width)
    page = phrases_of(report)("Page {number}", number=page_number)
    TextBox(page, _WORD, Qt.AlignmentFlag.AlignRight).paint(painter, notice, width)
    below = QPointF(left, _FOOTER_TOP + 165)
    TextBox(content.software_line(report), SMALL).paint(painter, below, width)


def _with_date(pdf: bytes, created: datetime | None) -> bytes:
    """The report's own date in place of Qt's clock, of the same length, so that offsets hold.

    A de-identified report carries the epoch: its true date would tell the day of the reading.
    """
    date = created or datetime(1970, 1, 1, tzinfo=UTC)
    pdf = re.sub(rb"\(D:\d{14}", f"(D:{date:%Y%m%d%H%M%S}".encode(), pdf)
    in_metadata = rb'(xmp:(?:Create|Modify|Metadata)Date=")\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d'
    return re.sub(in_metadata, rb"\g<1>" + f"{date:%Y-%m-%dT%H:%M:%S}".encode(), pdf)
