"""A fault in the program, told once to the reader and without its values to the log."""

import logging
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QMessageBox, QWidget

from pe_models import SOFTWARE_NAME
from pe_viewer.jobs import without_values

logger = logging.getLogger(__name__)


class FaultReporter:
    """The excepthook. PySide6 prints an exception of a slot and carries on; the reader must know.

    One dialog at a time: a fault in painting comes sixty times a second.
    """

    def __init__(self, window: QWidget, log_file: Path | None) -> None:
        """``log_file`` is None where no log is kept."""
        self._window = window
        self._log_file = log_file
        self._is_showing = False

    def __call__(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            QApplication.quit()
            return
        logger.critical("unexpected: %s", without_values(error.with_traceback(trace)))
        if not self._is_showing:
            self._is_showing = True
            QTimer.singleShot(0, lambda: self._show(kind.__name__))

    def _show(self, name: str) -> None:
        box = QMessageBox(self._window)
        box.setIcon(QMessageBox.Icon.Warning)
        box.setWindowTitle(SOFTWARE_NAME)
        box.setText(
            f"Something went wrong in the program ({name}). Your decisions are still here, but "
            "what is shown may be out of date: export the report, then start the program again."
        )
        if self._log_file is not None:
            box.setInformativeText(f"The log: {self._log_file}")
        box.finished.connect(self._on_finished)
        box.open()

    def _on_finished(self) -> None:
        self._is_showing = False
