"""A child process that speaks in lines: answers, death, deafness."""

import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pe_models.errors import WorkerError
from pe_viewer.jobs import WorkerProcess

ECHO = "import sys\nfor line in sys.stdin: sys.stdout.write(line.upper()); sys.stdout.flush()"


@pytest.fixture
def echo() -> Iterator[WorkerProcess]:
    worker = WorkerProcess(["-c", ECHO])
    yield worker
    worker.stop()


def test_a_worker_process_answers_line_by_line(echo: WorkerProcess) -> None:
    echo.start()
    echo.send("slice é")
    assert echo.receive(10.0) == "SLICE É\n"
    assert echo.receive(0.001) is None


def test_nothing_in_the_current_folder_is_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "csv.py").write_text("raise SystemExit('a file of the study was run')")
    monkeypatch.chdir(tmp_path)
    worker = WorkerProcess(["-c", "import csv; print(csv.__name__, flush=True)"])
    worker.start()
    assert worker.receive(10.0) == "csv\n"
    worker.stop()


def test_a_worker_process_that_was_killed_is_named_and_can_start_again(
    echo: WorkerProcess,
) -> None:
    echo.start()
    first = echo.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    with pytest.raises(WorkerError, match="signal 9"):
        echo.receive(10.0)
    echo.start()
    echo.send("again")
    assert echo.receive(10.0) == "AGAIN\n"
    assert echo.pid != first


@pytest.mark.wall_clock
def test_a_worker_process_that_is_deaf_is_killed_within_a_second() -> None:
    worker = WorkerProcess(["-c", "import time\nprint('ready', flush=True)\ntime.sleep(60)"])
    worker.start()
    assert worker.receive(10.0) == "ready\n"
    began = time.monotonic()
    worker.stop()
    assert time.monotonic() - began < 1.5
    assert not worker.is_running


def test_a_worker_process_that_cannot_start_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(WorkerError, match="could not be started"):
        WorkerProcess(["-c", ""]).start()


def test_a_worker_whose_log_cannot_be_written_works(tmp_path: Path) -> None:
    (tmp_path / "logs").write_text("in the way")
    worker = WorkerProcess(["-c", "print('ready', flush=True)"], tmp_path / "logs" / "worker.log")
    worker.start()
    assert worker.receive(10.0) == "ready\n"
    worker.stop()


def test_what_a_worker_says_on_its_error_stream_goes_to_the_users_log_alone(
    tmp_path: Path,
) -> None:
    code = "import sys\nprint('loading', file=sys.stderr)\nprint('ready', flush=True)"
    worker = WorkerProcess(["-c", code], tmp_path / "worker.log")
    worker.start()
    assert worker.receive(10.0) == "ready\n"
    worker.stop()
    assert (tmp_path / "worker.log").read_text() == "loading\n"
    assert (tmp_path / "worker.log").stat().st_mode & 0o777 == 0o600


@pytest.mark.skipif(sys.platform == "win32", reason="niceness is POSIX")
def test_a_worker_gives_way_to_the_window() -> None:
    worker = WorkerProcess(["-c", "import time\nprint('ready', flush=True)\ntime.sleep(60)"])
    worker.start()
    assert worker.receive(10.0) == "ready\n"
    assert worker.pid is not None
    nicer = os.getpriority(os.PRIO_PROCESS, worker.pid) - os.getpriority(os.PRIO_PROCESS, 0)
    alone = os.getpgid(worker.pid) != os.getpgid(0)
    counts = os.getsid(worker.pid) == os.getsid(0)  # Linux weighs sessions before processes
    worker.kill()
    assert (nicer, alone, counts) == (10, True, True)
