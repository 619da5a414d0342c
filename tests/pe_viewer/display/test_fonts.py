"""The family of the window and the pages."""

import subprocess
import sys

import pytest
from PySide6.QtGui import QFont, QFontInfo, QFontMetricsF

from pe_viewer.display.fonts import FAMILY, font


@pytest.mark.usefixtures("qapp")
def test_the_shipped_family_is_the_one_that_is_drawn() -> None:
    assert QFontInfo(font(12)).family().startswith(FAMILY)


@pytest.mark.usefixtures("qapp")
@pytest.mark.parametrize(
    "weight", [QFont.Weight.Normal, QFont.Weight.Medium, QFont.Weight.DemiBold]
)
def test_figures_stand_under_figures(weight: QFont.Weight) -> None:
    metrics = QFontMetricsF(font(100, weight))

    widths = [metrics.horizontalAdvance(figure) for figure in "0123456789"]
    assert max(widths) - min(widths) < 0.002 * max(widths)


def test_without_an_application_it_is_an_error_and_not_a_crash() -> None:
    script = "from pe_viewer.display.fonts import font; font(12)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )

    assert done.returncode == 1
    assert "fonts need a QGuiApplication" in done.stderr
