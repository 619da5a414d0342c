"""A quiet plot of a few named lines, on pyqtgraph."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Final

import pyqtgraph
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor

from pe_viewer.display.fonts import font
from pe_viewer.display.palette import PALETTE
from pe_viewer.views.style import SMALL_PX

Points = tuple[Sequence[float], Sequence[float]]
"""Across and up, of equal length."""

IN_USE_COLOUR: Final = PALETTE.model
CANDIDATE_COLOUR: Final = PALETTE.text
"""Of the two bundles of a comparison; on the track of the viewer too."""

_COLOURS: Final = (PALETTE.dim_text, PALETTE.reader, PALETTE.model)
_NUMBERS_PX: Final = 44
"""Room for the numbers beside the axis, whatever they are: plots below one another stay in line."""
_SIDES: Final = ("left", "bottom")


class LinePlot(pyqtgraph.PlotWidget):  # type: ignore[misc]
    """Lines, their names above them; one point alone is a dot. The mouse changes nothing.

    Without a line there are no axes either: their numbers would say nothing.
    """

    def __init__(self, *, across: str = "", up: str = "", height_px: int = 170) -> None:
        super().__init__(background=QColor(PALETTE.panel))
        self._lines: dict[str, pyqtgraph.PlotDataItem] = {}
        self.setFixedHeight(height_px)
        self.setMenuEnabled(False)
        self.setMouseEnabled(x=False, y=False)
        self.hideButtons()
        self.setFrameShape(self.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.getPlotItem().titleLabel.setAttr("justify", "left")
        for side, title in zip(_SIDES, (up, across), strict=True):
            axis = self.getAxis(side)
            axis.setPen(QColor(PALETTE.line))
            axis.setTextPen(QColor(PALETTE.dim_text))
            axis.setStyle(tickFont=font(SMALL_PX))
            if title:
                axis.setLabel(title, **{"font-size": f"{SMALL_PX}px"})
        self.getAxis("left").setWidth(_NUMBERS_PX + (_NUMBERS_PX // 2 if up else 0))
        self._show_names()

    @property
    def drawn(self) -> dict[str, Points]:
        """What stands in the plot, by name."""
        return {name: _points_of(line) for name, line in self._lines.items()}

    def show_lines(
        self,
        lines: Mapping[str, Points],
        *,
        colours: Mapping[str, str] | None = None,
        has_dots: bool = False,
    ) -> None:
        """``colours`` by name; else each new line takes the next of the palette's."""
        for name in [name for name in self._lines if name not in lines]:
            self.removeItem(self._lines.pop(name))
        for name, (across, up) in lines.items():
            if name not in self._lines:
                self._lines[name] = self._new_line(name, (colours or {}).get(name))
            symbol = "o" if has_dots or len(across) == 1 else None
            self._lines[name].setData(list(across), list(up), symbol=symbol)
        self._show_names()

    def add_rule(self, at: float, *, is_upright: bool) -> None:
        """A dotted line right through."""
        pen = pyqtgraph.mkPen(QColor(PALETTE.edge), style=Qt.PenStyle.DotLine)
        self.addItem(pyqtgraph.InfiniteLine(at, angle=90 if is_upright else 0, pen=pen))

    def _show_names(self) -> None:
        """In a row above the lines, where they hide none of them."""
        names = (
            f'<span style="color:{line.opts["pen"].color().name()}">━</span> {escape(name)}'
            for name, line in self._lines.items()
        )
        words = "&nbsp;&nbsp; ".join(names) or "&nbsp;"
        self.setTitle(words, size=f"{SMALL_PX}px", color=PALETTE.dim_text)
        for side in _SIDES:
            self.getAxis(side).setOpacity(1.0 if self._lines else 0.0)

    def _new_line(self, name: str, colour: str | None) -> pyqtgraph.PlotDataItem:
        drawn = QColor(colour or _COLOURS[len(self._lines) % len(_COLOURS)])
        pen = pyqtgraph.mkPen(drawn, width=1.5)
        return self.plot([], [], pen=pen, symbolBrush=drawn, symbolPen=drawn, symbolSize=6)


def _points_of(line: pyqtgraph.PlotDataItem) -> Points:
    across, up = line.getData()
    return tuple(float(x) for x in across), tuple(float(y) for y in up)
