"""Colours of the pages: the window's two voices, darkened so that text on paper stays 4.5:1."""

from dataclasses import dataclass
from typing import Final

from pe_viewer.display.arterial_painting import TreeInk
from pe_viewer.display.palette import PALETTE


@dataclass(frozen=True, slots=True)
class PageColours:
    """``#rrggbb`` each. The ``_fill`` colours lie behind text, the others are text and lines."""

    ground: str
    text: str
    dim_text: str
    line: str
    model: str
    model_fill: str
    reader: str
    reader_fill: str
    warning: str


PAPER: Final = PageColours(
    ground="#FFFFFF",
    text="#14181D",
    dim_text="#5A6470",
    line="#C9D0D8",
    model="#855300",
    model_fill="#FCF1DD",
    reader="#0A617D",
    reader_fill="#E3F3F9",
    warning="#A32A2A",
)
"""Print, and screens that prefer light."""

TREE_INK: Final = TreeInk(
    ground=PAPER.reader_fill,
    vessel="#BCD3DC",
    edge="#7D98A3",
    number=PAPER.dim_text,
    occluded_vessel="#6FA9BC",
    occluded=PAPER.reader,
    ring=PAPER.text,
    unit=5.4,
)
"""The arterial tree on the reader's ground; ``unit`` in decipoints, so that numbers have 6 pt."""

SCREEN: Final = PageColours(
    ground=PALETTE.ground,
    text=PALETTE.text,
    dim_text=PALETTE.dim_text,
    line=PALETTE.line,
    model=PALETTE.model,
    model_fill="#1D1A14",
    reader=PALETTE.reader,
    reader_fill="#111D23",
    warning=PALETTE.bad,
)
"""Screens that prefer dark: the palette of the window."""
