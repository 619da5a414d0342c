"""Scrolling in the whole window: wheel, drag, keys, cine and go-to, and no slice dropped."""

import gc
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from pe_viewer.display.looks import CineSettings, Tool
from pe_viewer.views.picture.slice_view import SliceView

if TYPE_CHECKING:
    from tests.flows.conftest import Reader

CONTROL = Qt.KeyboardModifier.ControlModifier


def turn(view: SliceView, notches: int) -> None:
    at = QPointF(view.rect().center())
    turned = QWheelEvent(
        at, view.mapToGlobal(at), QPoint(), QPoint(0, 120 * notches), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(view, turned)


def drag(view: SliceView, by: QPoint) -> None:
    start = view.rect().center()
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=start)
    QTest.mouseMove(view, start + by / 2)
    QTest.mouseMove(view, start + by)
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=start + by)


def test_every_slice_of_a_burst_of_requests_is_painted(reader: "Reader", phantom: Path) -> None:
    """Turns of the wheel in one go, without the event loop between them, then keys."""
    reader.opens(phantom)
    view = reader.room.window.views.slice_view
    painted: list[int] = []
    view.slice_painted.connect(painted.append)
    reader.presses(Qt.Key.Key_Home)
    before = view.counter.n_painted, view.counter.n_requested
    painted.clear()
    for _ in range(15):
        turn(view, -1)
    last = reader.sees.n_slices - 1
    assert painted == list(range(last - 1, last - 16, -1))
    reader.presses(Qt.Key.Key_Up, times=5)
    after = view.counter.n_painted, view.counter.n_requested
    assert (after[0] - before[0], after[1] - before[1]) == (20, 20)


def test_cine_at_60_a_second_drops_no_slice(reader: "Reader", phantom: Path) -> None:
    reader.opens(phantom)
    view = reader.room.window.views.slice_view
    reader.room.state.update(cine=CineSettings(rate_hz=60))
    requested, painted = view.counter.n_requested, view.counter.n_painted
    reader.presses(Qt.Key.Key_C)
    assert reader.sees.cine.is_playing
    reader.waits(lambda s: view.counter.n_requested - requested >= 60)
    reader.presses(Qt.Key.Key_C)
    assert not reader.sees.cine.is_playing
    assert view.counter.n_painted - painted == view.counter.n_requested - requested


def test_the_counter_is_seen_on_its_key(reader: "Reader", phantom: Path) -> None:
    reader.opens(phantom)
    view = reader.room.window.views.slice_view
    hidden = view.grab().toImage()
    reader.presses(Qt.Key.Key_F12)
    assert reader.sees.shows_paint_count
    assert view.grab().toImage() != hidden
    reader.presses(Qt.Key.Key_Down)
    assert f"of {view.counter.n_requested}" in view.counter.text()


def test_with_the_scroll_tool_a_drag_down_goes_toward_the_feet(
    reader: "Reader", phantom: Path
) -> None:
    reader.opens(phantom)
    view, window = reader.room.window.views.slice_view, reader.sees.window
    reader.presses(Qt.Key.Key_Home)
    reader.presses(Qt.Key.Key_S)
    assert reader.sees.tool is Tool.SCROLL
    drag(view, QPoint(0, 160))
    assert reader.sees.slice_index == reader.sees.n_slices - 1 - 10
    assert reader.sees.window == window
    reader.presses(Qt.Key.Key_W)
    drag(view, QPoint(0, 160))
    assert reader.sees.slice_index == reader.sees.n_slices - 1 - 10
    assert reader.sees.window != window


@pytest.mark.parametrize(("key", "tool"), [(Qt.Key.Key_P, Tool.PAN), (Qt.Key.Key_Z, Tool.ZOOM)])
def test_the_other_tools_move_and_enlarge(
    reader: "Reader", phantom: Path, key: Qt.Key, tool: Tool
) -> None:
    reader.opens(phantom)
    before = reader.sees.view
    reader.presses(key)
    assert reader.sees.tool is tool
    drag(reader.room.window.views.slice_view, QPoint(0, -120))
    after = reader.sees.view
    assert after.centre_row_col != before.centre_row_col
    assert (after.zoom > before.zoom) == (tool is Tool.ZOOM)


def test_go_to_takes_an_image_number_or_a_position(reader: "Reader", phantom: Path) -> None:
    reader.opens(phantom)
    series = reader.sees.series
    assert series is not None
    box = reader.room.window.views.go_to_box
    for slice_index, words in (
        (3, str(series.slices[3].instance_number)),
        (5, f"{series.slices[5].position_mm:.2f} mm"),
    ):
        reader.presses(Qt.Key.Key_G, CONTROL)
        assert box.isVisible()
        reader.qtbot.keyClicks(box, words)
        reader.qtbot.keyClick(box, Qt.Key.Key_Return)
        assert not box.isVisible()
        assert reader.sees.slice_index == slice_index
    reader.presses(Qt.Key.Key_G, CONTROL)
    reader.qtbot.keyClicks(box, "9999")
    reader.qtbot.keyClick(box, Qt.Key.Key_Return)
    assert reader.sees.slice_index == 5
    assert reader.sees.notice == "No slice 9999 in this series"
    reader.presses(Qt.Key.Key_G, CONTROL)
    reader.qtbot.keyClick(box, Qt.Key.Key_Escape)
    assert not box.isVisible()
    reader.presses(Qt.Key.Key_Home)
    assert reader.sees.slice_index == reader.sees.n_slices - 1


def test_the_collector_passes_the_window_over_from_its_first_paint_on(reader: "Reader") -> None:
    """To look at all of it again and again held the window up while readers were imported."""
    window = reader.room.window
    assert any(known is window for known in gc.get_objects())
    reader.room.import_readers()
    assert not any(known is window for known in gc.get_objects())
