"""The one family of the window, the pictures and the PDF, registered from the shipped files.

Needs a QGuiApplication. The family's figures are tabular, so that numbers stand under numbers.
"""

from functools import cache
from typing import Final

from PySide6.QtGui import QFont, QFontDatabase, QGuiApplication

from pe_models import places
from pe_models.errors import InputError

FAMILY: Final = "Inter Tabular"
_CONTEXTUAL_ALTERNATES: Final = QFont.Tag("calt")


@cache
def register_fonts() -> str:
    """Registers the shipped fonts once in a process and gives the family's name.

    Raises InputError where a file is missing or no font, as after a broken installation, and
    RuntimeError without a QGuiApplication, where Qt itself would end the process.
    """
    if QGuiApplication.instance() is None:
        raise RuntimeError("fonts need a QGuiApplication")
    files = sorted((places.resources() / "fonts").glob("*.otf"))
    if not files:
        raise InputError("The shipped fonts are missing; install the program again.")
    for path in files:
        if QFontDatabase.addApplicationFont(str(path)) < 0:
            raise InputError(f"The shipped font {path.name} is damaged; install the program again.")
    return FAMILY


def font(pixel_size: int, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    """A font of the family. ``pixel_size`` counts in units of the painted device.

    Contextual alternates are off: their glyphs (a raised hyphen before figures, a cross for x) have
    no code point, so that a PDF's text would lose the minus of ``z -112.5 mm`` when copied.
    """
    made = QFont(register_fonts())
    made.setPixelSize(pixel_size)
    made.setWeight(weight)
    made.setFeature(_CONTEXTUAL_ALTERNATES, 0)
    return made
