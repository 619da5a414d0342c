"""Icons of one family (Phosphor, by qtawesome), in the palette's colours."""

from typing import Final

from PySide6.QtCore import QSize
from PySide6.QtGui import QIcon

from pe_viewer.display.palette import PALETTE

SMALL_ICON: Final = QSize(16, 16)
ICON: Final = QSize(20, 20)


def icon(name: str, colour: str = PALETTE.text) -> QIcon:
    """An icon by its name in the family, such as ``ph.check``. Needs a QApplication."""
    import qtawesome  # loads fonts on import; not before the first icon is asked for

    made: QIcon = qtawesome.icon(name, color=colour, color_disabled=PALETTE.edge)
    return made
