"""One straight path through the whole house: open, scroll, analyse, step, decide, export."""

import json
import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDropEvent

from pe_models.imaging.window import Window
from pe_viewer.review import DecisionState
from pe_viewer.services.single_instance import StartRequest
from pe_viewer.state import Phase

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.flows.conftest import Reader

SHIFT = Qt.KeyboardModifier.ShiftModifier
CONTROL = Qt.KeyboardModifier.ControlModifier


def test_a_reader_opens_scrolls_analyses_decides_and_exports(
    reader: "Reader", phantom: Path, tmp_path: Path
) -> None:
    reader.opens(phantom)
    assert reader.sees.volume is not None
    last = reader.sees.n_slices - 1

    reader.presses(Qt.Key.Key_Home)
    assert reader.sees.slice_index == last
    reader.presses(Qt.Key.Key_Down, times=3)
    assert reader.sees.slice_index == last - 3
    reader.presses(Qt.Key.Key_Down, SHIFT)
    assert reader.sees.slice_index == last - 13
    reader.presses(Qt.Key.Key_End)
    reader.presses(Qt.Key.Key_Down)
    assert reader.sees.slice_index == 0

    reader.presses(Qt.Key.Key_N)
    assert "Ctrl+R" in reader.sees.notice
    reader.analyses()
    assert reader.sees.findings is not None
    assert reader.sees.flags
    assert not reader.sees.overlay.is_visible

    reader.presses(Qt.Key.Key_Home)
    reader.presses(Qt.Key.Key_N, SHIFT)
    flag = max(reader.sees.flags, key=lambda f: f.peak)
    reader.waits(lambda s: s.slice_index in flag)
    reader.presses(Qt.Key.Key_G)
    assert reader.sees.overlay.is_visible
    reader.presses(Qt.Key.Key_Return)
    assert reader.sees.review.state_of(flag) is DecisionState.ACCEPTED
    reader.presses(Qt.Key.Key_Z, CONTROL)
    assert reader.sees.review.state_of(flag) is DecisionState.UNDECIDED
    reader.presses(Qt.Key.Key_Z, CONTROL | SHIFT)
    assert reader.sees.review.state_of(flag) is DecisionState.ACCEPTED

    reader.room.controller.exporting.export(tmp_path / "report")
    reader.waits(lambda s: s.exporting.phase is Phase.DONE)
    report = json.loads(next((tmp_path / "report").glob("json-*.json")).read_text())
    assert report["findings"]["bundle"]["name"] == "tiny"
    assert "accepted" in json.dumps(report)
    assert "Report written" in reader.sees.notice


@pytest.mark.qt_log_ignore("does not support raise")  # without a display
def test_a_second_start_that_is_to_analyse_has_it_analysed_in_the_first_window(
    reader: "Reader", phantom: Path
) -> None:
    reader.room.start_again(StartRequest((phantom,)))
    reader.waits(lambda s: s.volume is not None and not s.loading.is_running)
    assert reader.sees.analysis.phase is Phase.IDLE
    reader.room.start_again(StartRequest((phantom,), analyzes=True))
    reader.waits(lambda s: s.findings is not None)


def test_n_and_b_visit_every_flagged_slice_and_stop_at_both_ends(
    reader: "Reader", phantom: Path
) -> None:
    reader.opens(phantom)
    reader.analyses()
    flagged = sorted({k for f in reader.sees.flags for k in range(f.first, f.last + 1)})
    reader.presses(Qt.Key.Key_End)
    reader.presses(Qt.Key.Key_B, times=len(flagged) + 3)
    assert reader.sees.slice_index == flagged[-1]
    assert reader.sees.notice == "First flagged slice"
    reader.presses(Qt.Key.Key_N, times=len(flagged) + 3)
    assert reader.sees.slice_index == flagged[0]
    assert reader.sees.notice == "Last flagged slice"


def test_escape_stops_an_analysis_and_the_study_stays(lone_reader: "Reader", phantom: Path) -> None:
    lone_reader.opens(phantom)
    lone_reader.presses(Qt.Key.Key_R, CONTROL)
    assert lone_reader.sees.analysis.is_running
    lone_reader.presses(Qt.Key.Key_Escape)
    lone_reader.waits(lambda s: s.analysis.phase is Phase.CANCELLED)
    assert lone_reader.sees.findings is None
    assert lone_reader.sees.volume is not None


def test_leaving_during_an_analysis_ends_the_worker(lone_reader: "Reader", phantom: Path) -> None:
    lone_reader.opens(phantom)
    lone_reader.presses(Qt.Key.Key_R, CONTROL)
    lone_reader.qtbot.waitUntil(lambda: lone_reader.worker.pid is not None)
    lone_reader.room.close()
    assert lone_reader.worker.pid is None
    assert lone_reader.sees.series is None


def test_a_crash_of_the_worker_is_a_message_and_the_next_analysis_works(
    lone_reader: "Reader", phantom: Path
) -> None:
    lone_reader.opens(phantom)
    lone_reader.presses(Qt.Key.Key_R, CONTROL)
    lone_reader.qtbot.waitUntil(lambda: lone_reader.worker.pid is not None)
    pid = lone_reader.worker.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    lone_reader.waits(lambda s: s.analysis.phase is Phase.FAILED)
    assert "went away" in lone_reader.sees.analysis.message
    lone_reader.analyses()
    assert lone_reader.sees.findings is not None


def test_a_dropped_folder_opens(reader: "Reader", phantom: Path) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(phantom))])
    drop = QDropEvent(
        QPoint(300, 300),
        Qt.DropAction.CopyAction,
        mime,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    reader.room.window.dropEvent(drop)
    assert drop.isAccepted()
    reader.waits(lambda s: s.volume is not None)


def test_number_keys_change_the_window_and_i_inverts(reader: "Reader", phantom: Path) -> None:
    reader.opens(phantom)
    reader.presses(Qt.Key.Key_2)
    assert reader.sees.window == Window(1500, -600)
    reader.presses(Qt.Key.Key_1)
    assert reader.sees.window == Window(700, 100)
    reader.presses(Qt.Key.Key_I)
    assert reader.sees.is_inverted


def test_what_was_shown_becomes_viewed(reader: "Reader", phantom: Path) -> None:
    reader.opens(phantom)
    reader.presses(Qt.Key.Key_Home)
    reader.waits(lambda s: s.viewed is not None and s.slice_index in s.viewed)
    seen = reader.sees.viewed
    assert seen is not None
    assert 1 not in seen


def test_panels_close_and_open_with_one_key_each(reader: "Reader", phantom: Path) -> None:
    reader.opens(phantom)
    views = reader.room.window.views
    for key, panel in (
        (Qt.Key.Key_F2, views.study_browser),
        (Qt.Key.Key_F3, views.findings_panel),
    ):
        assert panel.isVisible()
        reader.presses(key)
        assert not panel.isVisible()
        reader.presses(key)
        assert panel.isVisible()


def test_at_1280_px_the_browser_is_closed_and_f2_opens_it(reader: "Reader", phantom: Path) -> None:
    reader.room.window.resize(1280, 800)
    reader.opens(phantom)
    browser = reader.room.window.views.study_browser
    reader.qtbot.waitUntil(lambda: not browser.isVisible())
    reader.presses(Qt.Key.Key_F2)
    assert browser.isVisible()


def test_opening_analyses_by_itself_where_the_setting_says_so(
    reader: "Reader", phantom: Path
) -> None:
    reader.room.controller.analysing.toggle_analyze_on_open()
    reader.opens(phantom)
    reader.waits(lambda s: s.findings is not None)


def test_a_study_opened_over_another_shows_nothing_of_the_first(
    reader: "Reader", phantom: Path, write_ct: "Callable[..., object]", tmp_path: Path
) -> None:
    reader.opens(phantom)
    reader.analyses()
    write_ct(tmp_path / "ct")
    reader.opens(tmp_path / "ct")
    sees = reader.sees
    assert (sees.findings, sees.heatmaps, sees.coarse_scores) == (None, (), None)
    assert sees.n_slices == 12
    assert sees.slice_index < 12
