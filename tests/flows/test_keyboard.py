"""The window without a mouse: what has the focus gets the keys that are its own."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QWidget

from pe_viewer.views.library.recent_study import RecentStudy

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
