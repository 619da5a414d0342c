"""The colours of the window and the pictures: one table, read by the style sheet and by painters.

Text has a contrast of at least 4.5:1 on every surface it stands on (WCAG 2.2, 1.4.3).
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours as ``#rrggbb``. What the model says is ``model``, what the reader says ``reader``."""

    view: str = "#000000"
    ground: str = "#0E1116"
    panel: str = "#151920"
    raised: str = "#1D222B"
    hover: str = "#262D38"
    line: str = "#2B323D"
    edge: str = "#465061"
    text: str = "#D7DDE5"
    dim_text: str = "#8A94A2"
    model: str = "#E8A33D"
    model_dim: str = "#7A5A2A"
    reader: str = "#4DB6D6"
    reader_dim: str = "#2A5C6C"
    good: str = "#6BBF8A"
    bad: str = "#D66B6B"
    track: str = "#4A525E"


PALETTE: Final = Palette()

HEAT_COLOURS: Final = (
    "#000004", "#0B0724", "#210C4A", "#3D0965", "#57106E", "#71196E", "#8A226A", "#A32C61",
    "#BC3754", "#D04545", "#E35933", "#F1711F", "#F98C0A", "#FCAA0F", "#F9C932", "#F2E865",
    "#FCFFA4",
)  # fmt: skip
"""Seventeen even steps of the map inferno (S. van der Walt, N. Smith; matplotlib, CC0)."""


def rgb(colour: str) -> tuple[int, int, int]:
    """Red, green and blue, 0..255, of ``#rrggbb``."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
