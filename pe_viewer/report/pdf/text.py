"""Text on a PDF page: styles, and paragraphs that are measured before they are painted.

Lengths are in decipoints (1/720 inch), the unit of the page.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QPainter,
    QTextLayout,
    QTextOption,
)

from pe_viewer.display.fonts import font
from pe_viewer.report.drawing.paper import PAPER

_WITHIN_A_MEASURE: Final = re.compile(r"(?<=\d) (?=(?:mm|HU|y|s)\b|%)|(?<=\bIm) (?=\d)")
"""The space of ``27 mm`` and of ``Im 66``, where no line may end."""


@dataclass(frozen=True, slots=True)
class TextStyle:
    """``size`` of the font in decipoints."""

    size: int
    colour: str = PAPER.text
    weight: QFont.Weight = QFont.Weight.Normal

    def font(self) -> QFont:
        return font(self.size, self.weight)


TITLE: Final = TextStyle(150, weight=QFont.Weight.DemiBold)
HEADING: Final = TextStyle(110, weight=QFont.Weight.DemiBold)
STATEMENT: Final = TextStyle(120, weight=QFont.Weight.DemiBold)
BODY: Final = TextStyle(90)
SAID: Final = TextStyle(100)
STRONG: Final = TextStyle(90, weight=QFont.Weight.Medium)
SMALL: Final = TextStyle(75, PAPER.dim_text)
TERM: Final = TextStyle(90, PAPER.dim_text)


@dataclass(frozen=True, slots=True)
class TextBox:
    """Text set in one style within a width, wrapped between words, or within one too long."""

    text: str
    style: TextStyle = BODY
    align: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft

    def height(self, width: float) -> float:
        return self._laid_out(width).boundingRect().height()

    def width(self) -> float:
        """The natural width of the text on one line."""
        return QFontMetricsF(self.style.font()).horizontalAdvance(printable(self.text))

    def paint(self, painter: QPainter, top_left: QPointF, width: float) -> None:
        painter.setPen(QColor(self.style.colour))
        self._laid_out(width).draw(painter, top_left)

    def _laid_out(self, width: float) -> QTextLayout:
        layout = QTextLayout(printable(self.text), self.style.font())
        option = QTextOption(self.align)
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        layout.setTextOption(option)
        layout.beginLayout()
        y = 0.0
        while (line := layout.createLine()).isValid():
            line.setLineWidth(width)
            line.setPosition(QPointF(0.0, y))
            y += line.height()
        layout.endLayout()
        return layout


def printable(text: str) -> str:
    """``text`` on one paragraph, where what no text font can draw stands by code point.

    A box in place of a character would make two names look alike. Private-use characters count as
    such: the icon font that the window registers would draw a picture of its own for them.
    A number and its unit stay on one line.
    """
    metrics = QFontMetricsF(BODY.font())
    text = _WITHIN_A_MEASURE.sub("\u00a0", text)
    return "".join(
        character
        if character.isspace() or (_is_text(character) and metrics.inFontUcs4(ord(character)))
        else f"[U+{ord(character):04X}]"
        for character in text.replace("\r\n", "\n").replace("\n", "\u2028")
    )


def _is_text(character: str) -> bool:
    return unicodedata.category(character) != "Co"
