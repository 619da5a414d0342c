"""Flags in the whole window: through them, a word on each, and back again."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit

from pe_viewer.review import DecisionState, RejectionReason, Review

if TYPE_CHECKING:
    from tests.flows.conftest import Reader

SHIFT = Qt.KeyboardModifier.ShiftModifier
CONTROL = Qt.KeyboardModifier.ControlModifier


# the offscreen platform has no keyboard to grab for a menu
@pytest.mark.qt_log_ignore("This plugin does not support")
def test_a_flag_is_rejected_with_a_reason_commented_on_and_all_is_undone_by_keys(
    reader: "Reader", phantom: Path
) -> None:
    reader.opens(phantom)
    reader.analyses()
    reader.presses(Qt.Key.Key_Home)
    reader.presses(Qt.Key.Key_N, SHIFT)
    flag = next(f for f in reader.sees.flags if f.peak == reader.sees.slice_index)

    reader.presses(Qt.Key.Key_Delete)
    reader.answers(reader.room.window.reason_menu, Qt.Key.Key_3)
    decision = reader.sees.review.decision_on(flag)
    assert decision is not None
    assert decision.reason is RejectionReason.MOTION

    reader.presses(Qt.Key.Key_C, SHIFT)
    panel = reader.room.window.views.findings_panel

    def lines() -> list[QLineEdit]:
        return [line for line in panel.findChildren(QLineEdit) if line.isVisible()]

    reader.qtbot.waitUntil(lambda: len(lines()) == 1)
    (line,) = lines()
    reader.qtbot.keyClicks(line, "n b g 1")
    reader.qtbot.keyClick(line, Qt.Key.Key_Return)
    commented = reader.sees.review.decision_on(flag)
    assert commented is not None
    assert commented.comment == "n b g 1"

    reader.presses(Qt.Key.Key_K)
    reader.presses(Qt.Key.Key_Insert)
    reader.presses(Qt.Key.Key_Down)
    reader.presses(Qt.Key.Key_Insert, SHIFT)
    assert [d.state for d in reader.sees.review.added] == [DecisionState.ADDED]
    done = reader.sees.review
    reader.presses(Qt.Key.Key_Z, CONTROL, times=5)
    assert reader.sees.review == Review()
    reader.presses(Qt.Key.Key_Z, CONTROL | SHIFT, times=5)
    assert reader.sees.review == done


def test_a_threshold_tried_by_key_changes_what_n_visits(reader: "Reader", phantom: Path) -> None:
    reader.opens(phantom)
    reader.presses(Qt.Key.Key_Period)
    assert "Not analysed" in reader.sees.notice
    reader.analyses()
    own = reader.sees.flags
    reader.presses(Qt.Key.Key_Period, times=10)
    assert reader.sees.threshold > 0.9
    assert reader.sees.flags is own
    reader.presses(Qt.Key.Key_Home)
    reader.presses(Qt.Key.Key_N)
    expected = "Nothing flagged" if not reader.sees.shown_flags else ""
    assert reader.sees.notice == expected
    reader.presses(Qt.Key.Key_Period, CONTROL)
    assert reader.sees.shown_flags is own
