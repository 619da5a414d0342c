"""Every action by its name."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QListWidget

from pe_viewer.views.command_palette import rank

if TYPE_CHECKING:
    from tests.flows.conftest import Reader

CONTROL_SHIFT = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier


@pytest.mark.parametrize(
    ("typed", "expected"), [("inv", 0), ("gre", 1), ("ver", 2), ("igs", 3), ("xyz", 4), ("", 0)]
)
def test_the_beginning_counts_most_and_letters_in_order_least(typed: str, expected: int) -> None:
    assert rank(typed, "Invert greys") == expected


@pytest.mark.qt_log_ignore("This plugin does not support")
def test_an_action_is_found_by_a_few_letters_and_done_by_enter(
    reader: "Reader", phantom: Path
) -> None:
    reader.opens(phantom)
    palette = reader.room.window.views.command_palette
    reader.presses(Qt.Key.Key_P, CONTROL_SHIFT)
    assert palette.isVisible()
    line, commands = palette.findChild(QLineEdit), palette.findChild(QListWidget)
    assert commands.count() > 40
    reader.qtbot.keyClicks(line, "invert")
    assert commands.count() == 1
    reader.qtbot.keyClick(line, Qt.Key.Key_Return)
    assert not palette.isVisible()
    assert reader.sees.is_inverted
    reader.presses(Qt.Key.Key_P, CONTROL_SHIFT)
    reader.qtbot.keyClicks(line, "slice")
    first = commands.currentRow()
    reader.qtbot.keyClick(line, Qt.Key.Key_Down)
    assert commands.currentRow() == first + 1
    reader.qtbot.keyClick(line, Qt.Key.Key_Escape)
    assert not palette.isVisible()
