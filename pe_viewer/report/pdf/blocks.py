"""What stands on a PDF page: blocks that tell their height for a width and paint themselves.

Lengths are in decipoints (1/720 inch). A block is never split; a table is a run of rows.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from pe_viewer.display.arterial_painting import paint_tree
from pe_viewer.form.sites import ArterialSite, Occlusion
from pe_viewer.report.content import Fact
from pe_viewer.report.drawing.paper import PAPER, TREE_INK
from pe_viewer.report.drawing.picture import Picture
from pe_viewer.report.drawing.picture import paint as paint_picture
from pe_viewer.report.drawing.picture import size_for as picture_height
from pe_viewer.report.pdf.text import BODY, TERM, TextBox, TextStyle

_CELL_GAP: Final = 110.0
_LINE_GAP: Final = 15.0
_ROW_PAD: Final = 24.0
_TERM_WIDTH: Final = 1150.0
_PICTURE_GAP: Final = 120.0
_PICTURE_FONT: Final = 65
_MOST_PX: Final = 512
"""The usual matrix is painted pixel by pixel; a larger one would make the file too big to send."""
TREE_WIDTH: Final = 1900.0
TREE_HEIGHT: Final = 1620.0
_BAR_WIDTH: Final = 30.0
_VOICE_INSET: Final = 120.0
_ROOM_AT_BREAK: Final = 70.0


class Block(Protocol):
    """``height`` and ``paint`` agree; ``paint`` stays within the frame."""

    def height(self, width: float) -> float: ...

    def paint(self, painter: QPainter, frame: QRectF) -> None: ...


@dataclass(frozen=True, slots=True)
class Space:
    """Nothing, of one height."""

    size: float

    def height(self, width: float) -> float:
        return self.size

    def paint(self, painter: QPainter, frame: QRectF) -> None:
        """Leaves the frame as it is."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Text over the whole width, with a little room below."""

    text: str
    style: TextStyle = BODY
    below: float = 40.0

    def height(self, width: float) -> float:
        return TextBox(self.text, self.style).height(width) + self.below

    def paint(self, painter: QPainter, frame: QRectF) -> None:
        TextBox(self.text, self.style).paint(painter, frame.topLeft(), frame.width())


@dataclass(frozen=True, slots=True)
class Stack:
    """Blocks that stay on one page, such as a heading and its notes."""

    blocks: tuple[Block, ...]

    def height(self, width: float) -> float:
        return sum(block.height(width) for block in self.blocks)

    def paint(self, painter: QPainter, frame: QRectF) -> None:
        y = frame.top()
        for block in self.blocks:
            tall = block.height(frame.width())
            block.paint(painter, QRectF(frame.left(), y, frame.width(), tall))
            y += tall


@dataclass(frozen=True, slots=True)
class FactLine:
    """A term and its value beside each other."""

    fact: Fact

    def height(self, width: float) -> float:
        value = TextBox(self.fact.value).height(width - _TERM_WIDTH)
        return max(value, TextBox(self.fact.term, TERM).height(_TERM_WIDTH)) + _LINE_GAP

    def paint(self, painter: QPainter, frame: QRectF) -> None:
        TextBox(self.fact.term, TERM).paint(painter, frame.topLeft(), _TERM_WIDTH)
        beside = frame.topLeft() + QPointF(_TERM_WIDTH, 0.0)
        TextBox(self.fact.value).paint(painter, beside, frame.width() - _TERM_WIDTH)


@dataclass(frozen=True, slots=True)
class Marked:
    """A line with a mark before it: a filled triangle for a warning, a dot for a plain note."""

    text: str
    is_warning: bool

    def height(self, width: float) -> float:
        return TextBox(self.text).height(width - 2 * BODY.size) + _LINE_GAP

    def paint(self, painter: QPainter, frame: QRectF) -> None:
        size = BODY.size * 0.8
        mark = QRectF(frame.left(), frame.top() + BODY.size * 0.25, size, size)
        painter.setPen(Qt.PenStyle.NoPen)
        if self.is_warning:
            painter.setBrush(QColor(PAPER.warning))
            top = QPointF(mark.center().x(), mark.top())
            painter.drawPolygon([top, mark.bottomRight(), mark.bottomLeft()])
        else:
            painter.setBrush(QColor(PAPER.dim_text))
            painter.drawEllipse(mark.center(), size * 0.2, size * 0.2)
        beside = frame.topLeft() + QPointF(1.5 * BODY.size, 0.0)
        TextBox(self.text).paint(painter, beside, frame.width() - 2 * BODY.size)


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a row: its text and its share of the width."""

    text: str
    share: float
    style: TextStyle = BODY
    align: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft

    def box(self) -> TextBox:
        return TextBox(self.text, self.style, self.align)


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table over a thin line. ``header`` is repeated where a page begins with it."""

    cells: tuple[Cell, ...]
    header: "Row | None" = None

    def height(self, width: float) -> float:
        return max(c.box().height(c.share * width - _CELL_GAP) for c in self.cells) + 2 * _ROW_PAD

    def paint(self, painter: QPainter, frame: QRectF) -> None:
        left = frame.left()
        for cell in self.cells:
            at = QPointF(left, frame.top() + _ROW_PAD)
            cell.box().paint(painter, at, cell.share * frame.width() - _CELL_GAP)
            left += cell.share * frame.width()
        paint_rule(painter, frame, frame.bottom() - 2.5)


@dataclass(frozen=True, slots=True, eq=False)
class PictureRow:
    """One or two pictures beside each other, each over half the width."""

    pictures: tuple[Picture, ...]

    def height(self, width: float) -> float:
        each = self._each(width)
        return (
            max(picture_height(p, width=each, font_px=_PICTURE_FONT) for p in self.pictures)
            + _PICTURE_GAP
        )

    def paint(self, painter: QPainter, frame: QRectF) -> None:
        each = self._each(frame.width())
        for place, picture in enumerate(self.pictures):
            tall = picture_height(picture, width=each, font_px=_PICTURE_FONT)
            left = frame.left() + place * (each + _PICTURE_GAP)
            at = QRectF(left, frame.top(), each, tall)
            paint_picture(painter, at, picture, font_px=_PICTURE_FONT, most_px=_MOST_PX)

    def _each(self, width: float) -> float:
        return (width - _PICTURE_GAP) / 2


@dataclass(frozen=True, slots=True)
class Tree:
    """The arterial tree with its emboli, of a fixed size."""

    sites: Mapping[ArterialSite, Occlusion]

    def height(self, width: float) -> float:
        return TREE_HEIGHT

    def paint(self, painter: QPainter, frame: QRectF) -> None:
        painter.save()
        above, beside, below = (n * TREE_INK.unit for n in (3.0, 12.0, 18.0))
        area = frame.adjusted(beside, above, -beside, -below)
        paint_tree(painter, area, self.sites, TREE_INK)
        painter.restore()


@dataclass(frozen=True, slots=True)
class Beside:
    """A block with another one at its right, ``right_width`` wide."""

    left: Block
    right: Block
    right_width: float

    def height(self, width: float) -> float:
        return max(self.left.height(self._left_width(width)), self.right.height(self.right_width))

    def paint(self, painter: QPainter, frame: QRectF) -> None:
        left = QRectF(frame)
        left.setWidth(self._left_width(frame.width()))
        self.left.paint(painter, left)
        right = QRectF(frame.right() - self.right_width, frame.top(), self.right_width, 0.0)
        right.setHeight(self.right.height(self.right_width))
        self.right.paint(painter, right)

    def _left_width(self, width: float) -> float:
        return width - self.right_width - _PICTURE_GAP


@dataclass(frozen=True, slots=True)
class Voiced:
    """A block said by the model or by the reader: on that voice's ground, with its bar.

    The grounds of a page are painted before its blocks: where two meet within a pixel, the later
    one would hide the line at the foot of the block above.
    """

    block: Block
    colour: str
    fill: str

    def height(self, width: float) -> float:
        return self.block.height(width - 2 * _VOICE_INSET)

    def paint_ground(self, painter: QPainter, frame: QRectF) -> None:
        painter.fillRect(frame, QColor(self.fill))
        painter.fillRect(
            QRectF(frame.left(), frame.top(), _BAR_WIDTH, frame.height()), QColor(self.colour)
        )

    def paint(self, painter: QPainter, frame: QRectF) -> None:
        self.block.paint(painter, frame.adjusted(_VOICE_INSET, 0.0, -_VOICE_INSET, 0.0))


def paint_rule(painter: QPainter, frame: QRectF, y: float) -> None:
    """A thin line over the width of ``frame``; stroked, so that no screen rounds it away."""
    painter.setPen(QPen(QColor(PAPER.line), 5.0))
    painter.drawLine(QLineF(frame.left(), y, frame.right(), y))


def is_blank(block: Block) -> bool:
    """Whether nothing of a block is to be read."""
    return isinstance(_unvoiced(block), Space)


def keeps_with(block: Block, following: Block) -> bool:
    """Whether a page must not end between the two: a heading, or the header of a table's row."""
    said = _unvoiced(block)
    is_heading = isinstance(said, Paragraph) and said.style.weight > BODY.weight
    return is_heading or header_of(following) == block


def _unvoiced(block: Block) -> Block:
    return block.block if isinstance(block, Voiced) else block


def room_at_break(block: Block) -> Block | None:
    """What stands between the edge of a page and ``block`` within a voice: room on its ground."""
    match block:
        case Voiced(colour=colour, fill=fill):
            return Voiced(Space(_ROOM_AT_BREAK), colour, fill)
        case _:
            return None


def header_of(block: Block) -> Block | None:
    """What is repeated above ``block`` where it begins a page: the header of a table's row."""
    match block:
        case Row(header=header):
            return header
        case Voiced(block=Row(header=Row() as header), colour=colour, fill=fill):
            return Voiced(header, colour, fill)
        case _:
            return None
