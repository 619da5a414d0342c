"""From any thread to the GUI thread: notices, the doorbell that carries them, the newest value."""

import queue
import sys
import threading
import time
from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

_DELIVERY_INTERVAL_MS: Final = 33


class Notice:
    """A signal of an object that is no QObject. GUI thread.

    Jobs come and go by the hundred while other threads hold them. A QObject may be destroyed only
    on its own thread and while nobody emits its signals, and PySide6 6.11 crashes where the last
    reference to one lies in a slot of its own signal; a plain object knows none of this.
    """

    def __init__(self) -> None:
        self._slots: list[Callable[..., object]] = []

    def connect(self, slot: Callable[..., object]) -> None:
        self._slots.append(slot)

    def disconnect_all(self) -> None:
        self._slots.clear()

    def emit(self, *arguments: object) -> None:
        """Calls every slot. As with Qt's signals, what one raises goes to the excepthook."""
        for slot in tuple(self._slots):
            try:
                slot(*arguments)
            except Exception as error:  # noqa: BLE001 - one slot must not keep the others from it
                sys.excepthook(type(error), error, error.__traceback__)


class Doorbell(QObject):
    """Runs calls from any thread on the GUI thread, in their order.

    The one object whose signal other threads emit; it outlives them.
    """

    _rang = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._calls: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._rang.connect(self._on_rang, Qt.ConnectionType.QueuedConnection)

    def post(self, call: Callable[[], None]) -> None:
        """Any thread."""
        self._calls.put(call)
        self._rang.emit()

    @Slot()
    def _on_rang(self) -> None:
        while not self._calls.empty():
            self._calls.get_nowait()()


class Latest:
    """Carries values from any thread to the GUI thread, at most 30 a second, only the newest.

    Made by ``JobRunner.latest``; its owner calls ``close`` when the last value has been posted.
    """

    def __init__(self, doorbell: Doorbell) -> None:
        self.arrived = Notice()
        self._doorbell = doorbell
        self._lock = threading.Lock()
        self._values: list[object] = []
        self._is_closed = False
        self._is_due = False
        self._delivered_at = -1.0

    def post(self, value: object) -> None:
        """Any thread. Replaces a value that has not been delivered yet."""
        with self._lock:
            was_empty = not self._values
            self._values = [value]
        if was_empty:
            self._doorbell.post(self._on_posted)

    def close(self) -> None:
        """GUI thread. Delivers what waits; after this nothing arrives."""
        self._deliver()
        self._is_closed = True
        self.arrived.disconnect_all()

    def _on_posted(self) -> None:
        since_ms = 1000.0 * (time.monotonic() - self._delivered_at)
        if since_ms >= _DELIVERY_INTERVAL_MS:
            self._deliver()
        elif not self._is_due:
            self._is_due = True
            wait_ms = int(_DELIVERY_INTERVAL_MS - since_ms) + 1
            QTimer.singleShot(wait_ms, self._deliver)

    def _deliver(self) -> None:
        self._is_due = False
        with self._lock:
            values, self._values = self._values, []
        for value in values if not self._is_closed else ():
            self._delivered_at = time.monotonic()
            self.arrived.emit(value)
