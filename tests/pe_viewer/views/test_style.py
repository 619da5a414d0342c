"""The look: one sheet whose colours all exist, one family."""

import re
from collections import Counter

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QFontMetricsF
from PySide6.QtWidgets import QApplication, QLabel

from pe_models import places
from pe_viewer.display.fonts import FAMILY, font
from pe_viewer.display.palette import PALETTE
from pe_viewer.views.style import label, plain_tip, set_kind, style_sheet


def test_no_token_is_left_in_the_style_sheet() -> None:
    assert "@" not in style_sheet()
    assert PALETTE.model in style_sheet()


def test_colours_stand_in_the_palette_alone() -> None:
    written = (places.resources() / "style.qss").read_text(encoding="utf-8")
    assert not re.search(r"#[0-9a-fA-F]{3,8}\b", written)


def test_no_selector_of_the_style_sheet_stands_twice() -> None:
    """The later one would win, wherever the reader of the sheet looks first."""
    rules = re.sub(r"/\*.*?\*/", "", style_sheet(), flags=re.DOTALL)
    counts = Counter(
        one.strip() for many in re.findall(r"([^{}]+)\{", rules) for one in many.split(",")
    )
    assert [selector for selector, count in counts.items() if count > 1] == []


def test_the_whole_application_has_the_shipped_family(qapp: QApplication) -> None:
    assert qapp.font().family() == FAMILY
    assert QLabel("x").font().family() == FAMILY


def test_figures_are_tabular_in_every_weight() -> None:
    for weight in (QFont.Weight.Normal, QFont.Weight.Medium, QFont.Weight.DemiBold):
        metrics = QFontMetricsF(font(200, weight))
        widths = [metrics.horizontalAdvance(digit) for digit in "0123456789"]
        assert max(widths) - min(widths) < 0.5, weight


def test_a_kind_changes_the_colour_at_once() -> None:
    words = label("x", "body")
    words.ensurePolished()
    set_kind(words, "bad")
    assert words.palette().color(words.foregroundRole()).name().upper() == PALETTE.bad


def test_text_from_a_header_is_never_taken_for_markup() -> None:
    assert label("<b>DOE</b>").textFormat() is Qt.TextFormat.PlainText
    assert plain_tip("a < b") == "a < b"
    assert "<b>" not in plain_tip("<b>DOE</b>\nx")
    assert "&lt;b&gt;DOE" in plain_tip("<b>DOE</b>\nx")
