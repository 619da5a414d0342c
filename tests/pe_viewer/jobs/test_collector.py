"""Qt objects are destroyed on the GUI thread alone, and PySide6 keeps its references."""

import gc
import sys
import threading

import pytest
from PySide6.QtCore import QObject, Signal
from pytestqt.qtbot import QtBot

from pe_models.progress import CancelToken, OnProgress
from pe_viewer.jobs import JobRunner, Lane


class Cycle:
    """Only the garbage collector frees it; says on which thread that was."""

    def __init__(self, died_on: list[int]) -> None:
        self.itself = self
        self.died_on = died_on

    def __del__(self) -> None:
        self.died_on.append(threading.get_ident())


def test_a_reference_cycle_dies_on_the_gui_thread_however_much_a_lane_allocates(
    qtbot: QtBot,
) -> None:
    runner = JobRunner()
    died_on: list[int] = []
    ended: list[object] = []

    def allocate(on_progress: OnProgress, cancel: CancelToken) -> None:
        kept = [[number] for number in range(200_000)]
        del kept

    for _ in range(50):
        Cycle(died_on)
    runner.start(Lane.DISK, "allocate", allocate).finished.connect(lambda: ended.append(1))
    qtbot.waitUntil(lambda: bool(ended))
    assert runner.shutdown()
    assert set(died_on) == {threading.get_ident()}
    assert len(died_on) == 50


def test_cycles_are_collected_while_a_runner_lives(qtbot: QtBot) -> None:
    runner = JobRunner()
    died_on: list[int] = []
    Cycle(died_on)
    kept = [[number] for number in range(5_000)]
    qtbot.waitUntil(lambda: bool(died_on))
    assert len(kept) == 5_000
    assert runner.shutdown()


def test_what_lives_when_a_runner_settles_is_passed_over_until_it_stops(qtbot: QtBot) -> None:
    """By then modules and views are there; cycles that come later are collected as before."""
    runner = JobRunner()
    died_on: list[int] = []
    Cycle(died_on)
    runner.settle()
    gc.collect()
    assert died_on == []
    Cycle(died_on)
    gc.collect()
    assert len(died_on) == 1
    assert runner.shutdown()
    assert len(died_on) == 2


@pytest.mark.usefixtures("qapp")
def test_python_collects_again_after_the_last_runner() -> None:
    runner = JobRunner()
    assert not gc.isenabled()
    assert runner.shutdown()
    assert gc.isenabled()


def test_qt_calls_do_not_eat_references_to_true(qtbot: QtBot) -> None:
    """PySide6 6.12 on Python before 3.12 drops one a call, until the process aborts."""

    class Emitter(QObject):
        fired = Signal(bool)

    emitter = Emitter()
    count = [0]

    def on_fired(value: bool) -> bool:
        count[0] += value
        return True

    emitter.fired.connect(on_fired)
    before = sys.getrefcount(True), sys.getrefcount(None)
    for _ in range(20_000):
        emitter.fired.emit(True)
    after = sys.getrefcount(True), sys.getrefcount(None)
    assert count == [20_000]
    assert after[0] > before[0] - 1_000
    assert after[1] > before[1] - 1_000
