"""A label that breaks into lines, also within a word that is wider than its place."""

from typing import Final

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QTextLayout, QTextOption
from PySide6.QtWidgets import QLabel, QSizePolicy

_LEAST_LETTERS: Final = 3


class BreakingLabel(QLabel):
    """A QLabel for names and descriptions of files, whose words may be of any length.

    WORKAROUND Qt 6.11: QLabel breaks between words alone, and cuts the rest without a sign.
    """

    def __init__(self, text: str = "", kind: str = "body") -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        self.setProperty("kind", kind)
        self.setText(text)

    def lines(self) -> tuple[str, ...]:
        """The text as it is broken now; nothing of it is left out."""
        laid = self._laid_out(self.width())
        found = (laid.lineAt(k) for k in range(laid.lineCount()))
        return tuple(self.text()[k.textStart() :][: k.textLength()] for k in found)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._laid_out(width).lineCount() * self.fontMetrics().lineSpacing()

    def minimumSizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        return QSize(_LEAST_LETTERS * metrics.maxWidth(), metrics.lineSpacing())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        self._laid_out(self.width()).draw(painter, QPointF(self.contentsRect().topLeft()))

    def _laid_out(self, width: int) -> QTextLayout:
        laid = QTextLayout(self.text().replace("\n", "\u2028"), self.font())
        laid.setTextOption(_anywhere())
        laid.beginLayout()
        top = 0.0
        while (line := laid.createLine()).isValid():
            line.setLineWidth(max(1, width))
            line.setPosition(QPointF(0, top))
            top += self.fontMetrics().lineSpacing()
        laid.endLayout()
        return laid


def _anywhere() -> QTextOption:
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    return option
