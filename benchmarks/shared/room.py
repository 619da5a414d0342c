"""The real window on the screen: shown, waited for, and watched for pauses of its event loop."""

import time
from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, QEvent, QEventLoop, Qt, QTimer
from PySide6.QtTest import QTest

from pe_viewer.app import Room, make_room
from pe_viewer.services.analysis import AnalysisWorker
from pe_viewer.settings import SettingsFile

SIZE_PX = (1600, 1150)
"""Leaves a square of more than 1024 px for the slice."""

TICK_MS = 2
PATIENCE_S = 120


def shown_room(bundle: str | None = None) -> Room:
    room = make_room(SettingsFile(None), AnalysisWorker(bundle=bundle))
    room.window.resize(*SIZE_PX)
    room.window.show()
    QTest.qWaitForWindowExposed(room.window)
    return room


def wait(room: Room, is_met: Callable[[], bool]) -> None:
    loop = QEventLoop()
    deadline = time.monotonic() + PATIENCE_S
    while not is_met():
        loop.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)  # as in app.exec()
        if time.monotonic() > deadline:
            raise SystemExit(f"nothing came in {PATIENCE_S} s: {room.state.snapshot.scanning}")


class Pauses:
    """Longest time between two ticks of a timer: how long the event loop stood still."""

    def __init__(self) -> None:
        self.gaps_ms: list[float] = []
        self._last = time.perf_counter()
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._on_timeout)
        self._timer.start(TICK_MS)

    def stop(self) -> float:
        self._timer.stop()
        return max(self.gaps_ms)

    def _on_timeout(self) -> None:
        now = time.perf_counter()
        self.gaps_ms.append(1000 * (now - self._last) - TICK_MS)
        self._last = now
