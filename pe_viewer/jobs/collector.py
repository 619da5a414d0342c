"""Python's garbage collector, kept on the GUI thread."""

import gc
from typing import Final

from PySide6.QtCore import QTimer

_COLLECT_INTERVAL_MS: Final = 200


class Collector:
    """Runs Python's garbage collector on the GUI thread alone, between ``start`` and ``stop``.

    It would else run in whichever thread allocates, and destroy there what only the GUI thread may
    destroy: a widget in a reference cycle crashed the process from the disk lane.
    """

    def __init__(self) -> None:
        self._timer = QTimer()
        self._timer.setInterval(_COLLECT_INTERVAL_MS)
        self._timer.timeout.connect(self._on_timeout)
        self._was_enabled = False
        self._is_settled = False

    def start(self) -> None:
        self._was_enabled = gc.isenabled()
        gc.disable()
        self._timer.start()

    def settle(self) -> None:
        """Leaves alone what lives now, until ``stop``. May be called again."""
        gc.freeze()
        self._is_settled = True

    def stop(self) -> None:
        self._timer.stop()
        if self._is_settled:
            gc.unfreeze()
        gc.collect()
        if self._was_enabled:
            gc.enable()

    def _on_timeout(self) -> None:
        """Collects the oldest generation whose threshold was passed, as Python would."""
        due = [n for n, limit in enumerate(gc.get_threshold()) if gc.get_count()[n] > limit > 0]
        if due:
            gc.collect(max(due))
