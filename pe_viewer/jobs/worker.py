"""A child process that speaks in lines."""

import logging
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from pe_models.errors import WorkerError
from pe_viewer.jobs.interpreter import python_command

logger = logging.getLogger(__name__)

_EXIT_S: Final = 0.5
_NICENESS: Final = 10
_LOG_FLAGS: Final = os.O_WRONLY | os.O_CREAT | os.O_TRUNC


class WorkerProcess:
    """A child process that speaks in lines: ``python -m pe_models serve``, started on demand.

    Used from one lane's thread; ``stop`` may be called from any. It runs in a process group of its
    own, nicer than the window, and ends when its standard input closes, so that it never outlives
    the window. Not in a session of its own: Linux shares the processors among sessions first, and
    heeds niceness within one alone. ``log`` takes its standard error.
    """

    def __init__(self, arguments: Sequence[str], log: Path | None = None) -> None:
        self._command = python_command(arguments)
        self._log = log
        self._process: subprocess.Popen[str] | None = None
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._reader: threading.Thread | None = None

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int | None:
        return None if self._process is None else self._process.pid

    def start(self) -> None:
        """Starts the process where it does not run. Raises WorkerError where it cannot."""
        if self.is_running:
            return
        self.stop()
        try:
            self._process = _start_process(self._command, self._log)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise WorkerError(
                f"The analysis process could not be started ({reason}). Close other programs "
                "and try again."
            ) from error
        self._lines = queue.SimpleQueue()
        self._reader = threading.Thread(
            target=_read_lines,
            args=(self._process, self._lines),
            name=f"pe-worker-{self._process.pid}",
            daemon=True,
        )
        self._reader.start()

    def send(self, line: str) -> None:
        """Writes one line. Raises WorkerError where the process has gone."""
        process = self._process
        if process is None or process.stdin is None:
            raise WorkerError(_gone(None))
        try:
            process.stdin.write(line.rstrip("\n") + "\n")
            process.stdin.flush()
        except (OSError, ValueError) as error:
            raise WorkerError(_gone(_exit_status(process))) from error

    def receive(self, timeout_s: float) -> str | None:
        """The next line, None where none came in time. Raises WorkerError when it has gone."""
        try:
            line = self._lines.get(timeout=timeout_s)
        except queue.Empty:
            return None
        if line is None:
            process = self._process
            self.stop()
            raise WorkerError(_gone(None if process is None else _exit_status(process)))
        return line

    def stop(self) -> None:
        """Ends the process: asks by closing its input, kills after 0.5 s."""
        process, self._process = self._process, None
        if process is None:
            return
        _close_input(process)
        try:
            process.wait(_EXIT_S)
        except subprocess.TimeoutExpired:
            process.kill()
        self._wait_for(process)

    def kill(self) -> None:
        """Ends the process at once."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            _close_input(process)
            self._wait_for(process)

    def _wait_for(self, process: subprocess.Popen[str]) -> None:
        process.wait()
        if self._reader is not None:
            self._reader.join(_EXIT_S)  # it has met the end of the output


def _log_of(log: Path | None) -> int:
    """A descriptor of ``log``; what discards where there is none, or it cannot be written."""
    try:
        return subprocess.DEVNULL if log is None else os.open(log, _LOG_FLAGS, 0o600)
    except OSError:
        return subprocess.DEVNULL


def _start_process(command: Sequence[str], log: Path | None) -> subprocess.Popen[str]:
    flags = 0
    if sys.platform == "win32":
        flags = subprocess.BELOW_NORMAL_PRIORITY_CLASS | subprocess.CREATE_NO_WINDOW
    errors = _log_of(log)
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            encoding="utf-8",
            process_group=0,
            creationflags=flags,
        )
    finally:
        if errors >= 0:
            os.close(errors)
    if sys.platform != "win32":
        os.setpriority(os.PRIO_PROCESS, process.pid, _NICENESS)
    return process


def _read_lines(process: subprocess.Popen[str], lines: "queue.SimpleQueue[str | None]") -> None:
    if process.stdout is not None:
        with process.stdout:
            for line in process.stdout:
                lines.put(line)
    lines.put(None)


def _exit_status(process: subprocess.Popen[str]) -> int | None:
    try:
        return process.wait(_EXIT_S)
    except subprocess.TimeoutExpired:
        return None


def _close_input(process: subprocess.Popen[str]) -> None:
    try:
        if process.stdin is not None:
            process.stdin.close()
    except OSError:
        logger.debug("the worker's input was already broken")


def _gone(status: int | None) -> str:
    how = ""
    if status is not None and status < 0:
        how = f" (ended by signal {-status}; often the computer ran out of memory)"
    elif status:
        how = f" (exit status {status})"
    return f"The analysis process went away{how}. Try again."
