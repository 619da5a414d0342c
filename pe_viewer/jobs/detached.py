"""Processes that outlive the window: a session of their own, and a log in place of a pipe."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Final

from pe_models.errors import TrainingError
from pe_models.progress import CancelToken
from pe_viewer.jobs.interpreter import python_command

_NICENESS: Final = 15
_LOG_FLAGS: Final = os.O_WRONLY | os.O_CREAT | os.O_APPEND
_ANSWER_S: Final = 180.0
_POLL_S: Final = 0.1


class Detached:
    """One process that was started; it is nobody's to end but by ``end_at_once``."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self._process = process

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def has_ended(self) -> bool:
        """Whether it is over; asking also lets the system forget it."""
        return self._process.poll() is not None


class DetachedProcesses:
    """Starts ``python ARGUMENTS``, nicer than the window, and forgets those that have ended."""

    _running: ClassVar[list[Detached]] = []
    """Kept beyond any window: Python warns where it lets go of a process that runs, as is meant."""

    def start(self, arguments: Sequence[str], log: Path) -> Detached:
        """``log`` takes its standard error. Raises TrainingError where it cannot be started."""
        self.reap()
        try:
            errors = os.open(log, _LOG_FLAGS, 0o600)
            try:
                process = subprocess.Popen(
                    python_command(arguments),
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=errors,
                    start_new_session=True,
                    creationflags=_windows_flags(),
                )
            finally:
                os.close(errors)
        except OSError as error:
            raise TrainingError(
                f"The process could not be started ({error.strerror}). Close other programs, then "
                "try again."
            ) from error
        if sys.platform != "win32":
            _make_session_nicer(process.pid)
        self._running.append(Detached(process))
        return self._running[-1]

    def reap(self) -> None:
        """Forgets those that have ended."""
        self._running[:] = [process for process in self._running if not process.has_ended]


def end_at_once(pid: int) -> None:
    """Ends the session that ``pid`` leads, its helpers included. Nothing where it has gone."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if sys.platform == "win32":
            os.kill(pid, signal.SIGTERM)
        else:
            os.killpg(pid, signal.SIGKILL)


def answer_of(arguments: Sequence[str], cancel: CancelToken) -> str:
    """What ``python ARGUMENTS`` writes on standard output. Blocks; for a lane's thread.

    Raises TrainingError with what it said where it fails, or takes too long, and Cancelled.
    """
    try:
        process = subprocess.Popen(
            python_command(arguments),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            creationflags=_windows_flags(),
        )
    except OSError as error:
        raise TrainingError(f"The check could not be started ({error.strerror}).") from error
    if sys.platform != "win32":
        _make_nicer(process.pid)
    with process:
        try:
            answer, said = _outcome_of(process, cancel)
        except BaseException:
            process.kill()
            raise
    if process.returncode:
        raise TrainingError(said.strip() or f"The check ended with {process.returncode}.")
    return answer


def _outcome_of(process: "subprocess.Popen[str]", cancel: CancelToken) -> tuple[str, str]:
    """Standard output and error, once it has ended. Raises TrainingError and Cancelled."""
    end = time.monotonic() + _ANSWER_S
    while time.monotonic() < end:
        cancel.raise_if_cancelled()
        with contextlib.suppress(subprocess.TimeoutExpired):
            return process.communicate(timeout=_POLL_S)
    raise TrainingError("The check did not come to an end. Close other programs, then try again.")


def _make_session_nicer(pid: int) -> None:
    """Linux shares the processors among sessions first: this one has to be nice as a whole."""
    _make_nicer(pid)
    with contextlib.suppress(OSError):  # no Linux, or without such groups
        Path(f"/proc/{pid}/autogroup").write_text(f"{_NICENESS}")


def _make_nicer(pid: int) -> None:
    os.setpriority(os.PRIO_PROCESS, pid, _NICENESS)


def _windows_flags() -> int:
    if sys.platform == "win32":
        return subprocess.CREATE_NO_WINDOW
    return 0
