"""The look of the whole application: fonts, palette and the one style sheet."""

import re
from dataclasses import asdict
from html import escape
from typing import Final

from PySide6.QtGui import QColor, QFont, QPalette, Qt
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QLabel, QSizePolicy, QWidget

from pe_models import places
from pe_models.errors import InputError
from pe_viewer.display.fonts import font
from pe_viewer.display.palette import PALETTE

SMALL_PX: Final = 11
BODY_PX: Final = 13
TITLE_PX: Final = 15
HEADLINE_PX: Final = 20
_NUMBER_INDENT_PX: Final = 6

_TOKEN: Final = re.compile(r"@(\w+)")


def apply_style(app: QApplication) -> None:
    """Gives ``app`` the shipped family, the dark palette and ``resources/style.qss``.

    An application that has them already is left alone: each of its widgets would be polished anew.
    Raises InputError where shipped files are missing or do not fit together.
    """
    sheet = style_sheet()
    if app.styleSheet() == sheet:
        return
    app.setStyle("Fusion")
    app.setFont(font(BODY_PX))
    app.setPalette(_qt_palette())
    app.setStyleSheet(sheet)


def style_sheet() -> str:
    """The style sheet with every ``@token`` replaced by its colour, ``@icons`` by their folder."""
    path = places.resources() / "style.qss"
    if not path.is_file():
        raise InputError("The shipped style sheet is missing; install the program again.")
    tokens = asdict(PALETTE) | {"icons": (places.resources() / "icons").as_posix()}
    try:
        return _TOKEN.sub(lambda match: tokens[match[1]], path.read_text(encoding="utf-8"))
    except KeyError as error:
        raise InputError(f"The style sheet names an unknown token {error}.") from error


def bold(pixel_size: int) -> QFont:
    return font(pixel_size, QFont.Weight.DemiBold)


def label(text: str = "", kind: str = "body", parent: QWidget | None = None) -> QLabel:
    """A label in one of the style sheet's kinds: body, small, title, headline, model, bad..."""
    made = QLabel(parent)
    made.setTextFormat(Qt.TextFormat.PlainText)  # a header's text is never markup
    made.setText(text)
    set_kind(made, kind)
    return made


def wrapped_label(text: str = "", kind: str = "body") -> QLabel:
    """A label that breaks into lines wherever its place is narrow, and never widens that place."""
    made = label(text, kind)
    made.setWordWrap(True)
    made.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
    return made


def plain_tip(text: str) -> str:
    """A tip that shows ``text`` as it is, where Qt would take it for markup."""
    if not Qt.mightBeRichText(text):
        return text
    return "<qt>" + escape(text).replace("\n", "<br>") + "</qt>"


def set_kind(widget: QWidget, kind: str) -> None:
    """Sets the property that the style sheet goes by, and styles the widget anew."""
    if widget.property("kind") != kind:
        widget.setProperty("kind", kind)
        widget.style().unpolish(widget)
        widget.style().polish(widget)


def indent_number(box: QAbstractSpinBox) -> None:
    """Sets a number as far from its frame as a line of text.

    WORKAROUND Qt 6.11: a style sheet's padding is not heeded in a box with buttons.
    """
    box.lineEdit().setTextMargins(_NUMBER_INDENT_PX, 0, 0, 0)


def _qt_palette() -> QPalette:
    role, made = QPalette.ColorRole, QPalette()
    for which, colour in {
        role.Window: PALETTE.ground,
        role.WindowText: PALETTE.text,
        role.Base: PALETTE.panel,
        role.AlternateBase: PALETTE.raised,
        role.Text: PALETTE.text,
        role.PlaceholderText: PALETTE.dim_text,
        role.Button: PALETTE.raised,
        role.ButtonText: PALETTE.text,
        role.ToolTipBase: PALETTE.raised,
        role.ToolTipText: PALETTE.text,
        role.Highlight: PALETTE.edge,
        role.HighlightedText: PALETTE.text,
        role.Link: PALETTE.reader,
    }.items():
        made.setColor(which, QColor(colour))
    for which in (role.WindowText, role.Text, role.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, which, QColor(PALETTE.edge))
    return made
