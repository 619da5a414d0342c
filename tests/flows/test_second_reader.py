"""Second reader in the whole window: nothing of the model's before the lock, and what changed."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton, QToolButton, QWidget

from pe_viewer.display.coverage import changes_since_first_read
from pe_viewer.views.sheets.coverage_sheet import open_points

if TYPE_CHECKING:
    from tests.flows.conftest import Reader

CONTROL = Qt.KeyboardModifier.ControlModifier
MODELS_FIELDS = ("findings", "heatmaps", "coarse_scores", "recut", "flags", "shown_flags")


def told(widget: QWidget) -> set[str]:
    """Every text, tip and accessible description of the window that a reader could come upon."""
    parts = [*widget.findChildren(QLabel), *widget.findChildren(QToolButton),
             *widget.findChildren(QPushButton)]  # fmt: skip
    return {f"{p.text()}|{p.toolTip()}|{p.accessibleDescription()}" for p in parts if p.isVisible()}


# the offscreen platform has no window manager to tell a dialog's size to
@pytest.mark.qt_log_ignore("This plugin does not support")
def test_nothing_of_the_models_is_there_before_the_first_read_is_locked(
    reader: "Reader", phantom: Path
) -> None:
    room = reader.room
    room.controller.second_reader.toggle()
    reader.opens(phantom)
    assert reader.sees.withholds_model
    seen_values: list[object] = []
    room.state.changed.connect(
        lambda old, new: seen_values.extend(getattr(new, name) for name in MODELS_FIELDS)
    )
    track = room.window.views.score_track
    reader.waits(lambda s: s.viewed is not None and s.slice_index in s.viewed)
    before = track.grab().toImage()
    reader.analyses()
    assert all(value is None or value == () for value in seen_values)
    assert track.grab().toImage() == before
    reader.presses(Qt.Key.Key_N)
    assert "held back" in reader.sees.notice
    reader.presses(Qt.Key.Key_G)
    assert not reader.sees.overlay.is_visible
    assert not any("flagged" in words.lower() for words in told(room.window.views.findings_panel))
    assert any("first read is not locked" in words for words in open_points(reader.sees))

    reader.presses(Qt.Key.Key_Insert)
    own = reader.sees.review.added
    reader.presses(Qt.Key.Key_L, CONTROL)
    assert reader.sees.findings is not None
    assert reader.sees.review.first_read == own
    reader.presses(Qt.Key.Key_Z, CONTROL)
    assert reader.sees.review.added == own, "a locked read is not undone"

    reader.presses(Qt.Key.Key_Insert)
    assert changes_since_first_read(reader.sees.review) == (0, 1, 0)
    assert any("1 removed" in words for words in open_points(reader.sees))


def test_coarse_scores_stay_back_too_and_a_second_study_begins_anew(
    reader: "Reader", phantom: Path
) -> None:
    reader.opens(phantom)
    reader.analyses()
    reader.room.controller.second_reader.toggle()
    assert reader.sees.findings is not None, "what was seen cannot be held back"
    assert "elsewhere" in reader.sees.notice
    reader.room.controller.second_reader.lock_first_read()
    assert reader.sees.notice == "There is no first read to lock"


@pytest.mark.qt_log_ignore("This plugin does not support")
def test_before_a_report_the_reader_is_told_what_was_not_looked_at(
    reader: "Reader", phantom: Path
) -> None:
    reader.opens(phantom)
    reader.analyses()
    sheet = reader.room.window.views.coverage_sheet
    asked: list[bool] = []
    sheet.report_requested.disconnect()
    sheet.report_requested.connect(lambda: asked.append(True))
    reader.presses(Qt.Key.Key_E, CONTROL)
    assert sheet.isVisible()
    said = " ".join(label.text() for label in sheet.findChildren(QLabel))
    assert "% of the slices were viewed" in said
    assert "Flags not visited" in said
    go_on = next(b for b in sheet.findChildren(QPushButton) if b.text() == "Write the report")
    reader.qtbot.mouseClick(go_on, Qt.MouseButton.LeftButton)
    assert asked == [True]
