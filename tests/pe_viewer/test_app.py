"""What the application does beside its room: log without patient data, faults that are shown."""

import logging
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from pe_viewer.services.logs import NO_LOG, crash_file, crash_log, log_file, start_log
from pe_viewer.views.fault_reporter import FaultReporter


@pytest.fixture
def log(home: Path) -> Iterator[Path]:
    loggers = [logging.getLogger(name) for name in ("pe_viewer", "pe_models")]
    before = [list(logger.handlers) for logger in loggers]
    start_log()
    yield log_file()
    for logger, handlers in zip(loggers, before, strict=True):
        for handler in set(logger.handlers) - set(handlers):
            logger.removeHandler(handler)
            handler.close()


def fault() -> tuple[type[BaseException], BaseException]:
    try:
        raise RuntimeError("/home/DOE_JANE/ct is gone")
    except RuntimeError as error:
        return type(error), error


def test_the_log_is_the_users_alone_and_takes_only_our_words(log: Path) -> None:
    logging.getLogger("pe_viewer.jobs").warning("ours")
    logging.getLogger("pydicom").warning("PatientName DOE^JANE is odd")
    assert "ours" in log.read_text()
    assert "DOE" not in log.read_text()
    assert stat.S_IMODE(log.stat().st_mode) == 0o600


def test_where_no_log_can_be_written_the_program_starts_and_says_so(home: Path) -> None:
    (home / "logs").write_text("in the way")
    assert start_log() is None
    code = (
        "import sys\n"
        "from pe_viewer import app\n"
        "make = app._make_own_room\n"
        "def made(problem):\n"
        "    room = make(problem)\n"
        "    print(room.state.snapshot.notice)\n"
        "    return room\n"
        "app._make_own_room = made\n"
        "sys.exit(app.run([], exits_after_first_paint=True))\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=120
    )
    assert (ended.returncode, ended.stdout.strip()) == (0, NO_LOG), ended.stderr


def test_a_crash_without_a_place_to_tell_it_changes_nothing(home: Path) -> None:
    (home / "logs").write_text("in the way")
    with crash_log():
        pass


def test_the_log_stays_the_users_alone_when_it_turns(log: Path) -> None:
    for _ in range(12):
        logging.getLogger("pe_viewer").warning("x" * 100_000)
    assert log.with_name("viewer.log.1").exists()
    assert stat.S_IMODE(log.stat().st_mode) == 0o600


CRASH = """
import os, signal
from pe_viewer.services.logs import crash_log, start_log
start_log()
with crash_log():
    os.kill(os.getpid(), signal.SIGSEGV)
"""


def test_a_crash_below_python_says_where_it_was_and_is_kept(home: Path) -> None:
    for _ in range(2):
        died = subprocess.run([sys.executable, "-c", CRASH], check=False, capture_output=True)
        assert died.returncode < 0
    for file in (crash_file(), crash_file().with_suffix(".before.log")):
        assert "Segmentation fault" in file.read_text()
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "crashed the last time" in log_file().read_text()


@pytest.mark.qt_log_ignore("propagateSizeHints")
def test_a_fault_is_logged_without_its_values_and_shown_once(qtbot: QtBot, log: Path) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.show()
    reporter = FaultReporter(window, log)
    kind, error = fault()
    for _ in range(3):
        reporter(kind, error, error.__traceback__)
    qtbot.waitUntil(lambda: bool(window.findChildren(QMessageBox)))
    boxes = window.findChildren(QMessageBox)
    assert len(boxes) == 1
    assert "RuntimeError" in boxes[0].text()
    assert "DOE" not in boxes[0].text() + log.read_text()
    assert "RuntimeError at test_app.py" in log.read_text()
    boxes[0].accept()


def test_the_program_runs_opens_what_it_is_given_and_ends(tmp_path: Path) -> None:
    """As ``pe-viewer PATH`` does it, in a process of its own; only the display is left out."""
    program = (
        "import sys; from pathlib import Path; from PySide6.QtCore import QTimer;"
        "from pe_viewer import app; application = app.make_application();"
        "QTimer.singleShot(1500, application.quit);"
        f"sys.exit(app.run([Path({str(tmp_path)!r})]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")
