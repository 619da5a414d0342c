"""The window without a mouse: what has the focus gets the keys that are its own."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QToolButton, QWidget

from pe_viewer.review import Review
from pe_viewer.views.library.recent_study import RecentStudy
from pe_viewer.views.typing_line import TypingLine

if TYPE_CHECKING:
    from tests.flows.conftest import Reader

WriteCt = Callable[..., NDArray[np.int16]]


def button(view: QWidget, text: str) -> QPushButton:
    return next(b for b in view.findChildren(QPushButton) if b.text() == text)


def test_space_presses_the_button_in_focus_and_hides_text_elsewhere(
    reader: "Reader", write_ct: WriteCt, tmp_path: Path
) -> None:
    write_ct(tmp_path / "ct")
    reader.opens(tmp_path / "ct")
    reader.presses(Qt.Key.Key_Space)
    assert not reader.sees.shows_corner_text
    analyse = button(reader.room.window.views.findings_panel, "Analyse")
    analyse.setFocus(Qt.FocusReason.TabFocusReason)
    reader.qtbot.keyClick(analyse, Qt.Key.Key_Space)
    assert reader.sees.analysis.is_running
    assert not reader.sees.shows_corner_text
    reader.presses(Qt.Key.Key_Escape)
    reader.waits(lambda s: not s.analysis.is_running)


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter])
def test_enter_presses_the_button_in_focus_and_accepts_no_flag_behind_it(
    reader_without_model: "Reader", write_ct: WriteCt, tmp_path: Path, key: Qt.Key
) -> None:
    reader = reader_without_model
    write_ct(tmp_path / "ct")
    reader.opens(tmp_path / "ct")
    reader.room.state.update(shows_report=True, notice="")
    reader.waits_for_the_window()
    report = reader.room.window.views.report_panel
    answer = next(b for b in report.findChildren(QToolButton) if b.isCheckable())
    answer.setFocus(Qt.FocusReason.TabFocusReason)
    reader.qtbot.keyClick(answer, key)
    reader.waits(lambda s: s.review != Review())
    assert "No flag" not in reader.sees.notice
    reader.room.window.views.slice_view.setFocus()
    reader.presses(key)
    assert "No flag" in reader.sees.notice, "it is the window's own key elsewhere"


def test_enter_that_ends_a_line_presses_no_button_that_gets_the_focus_from_it(
    reader_without_model: "Reader",
) -> None:
    window, pressed = reader_without_model.room.window, []
    reader_without_model.waits_for_the_window()
    line, after = TypingLine(), QPushButton("After")
    for widget in (line, after):
        widget.setParent(window)
        widget.show()
    after.clicked.connect(lambda: pressed.append(after))
    line.returnPressed.connect(after.setFocus)
    line.setFocus()
    reader_without_model.qtbot.keyClick(line, Qt.Key.Key_Return)
    assert after.hasFocus()
    assert not pressed


def test_a_recent_study_is_opened_by_keys_alone(
    reader: "Reader", write_ct: WriteCt, tmp_path: Path
) -> None:
    write_ct(tmp_path / "CT 1")
    reader.opens(tmp_path / "CT 1")
    reader.presses(Qt.Key.Key_W, Qt.KeyboardModifier.ControlModifier)
    assert reader.sees.study is None
    welcome = reader.room.window.views.welcome
    reader.qtbot.waitUntil(lambda: welcome.findChild(RecentStudy) is not None)
    recent = welcome.findChild(RecentStudy)
    assert recent is not None
    recent.setFocus(Qt.FocusReason.TabFocusReason)
    reader.qtbot.keyClick(recent, Qt.Key.Key_Space)
    reader.waits(lambda s: s.volume is not None)
