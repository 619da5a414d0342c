"""Jobs: background runs of plain functions. The only module of pe_viewer with threads.

A lane is one thread with a queue, so that its jobs never overlap. A Job ends in exactly one of
succeeded, failed and cancelled. Every public signal here fires on the GUI thread.
"""

import logging
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from pe_models.errors import PEError, WorkerError
from pe_models.progress import Cancelled, CancelToken, OnProgress

logger = logging.getLogger(__name__)

Work = Callable[[OnProgress, CancelToken], object]
"""What a job runs, on its lane's thread: calls the first argument with Progress, and stops with
Cancelled soon after the second is set."""

_DELIVERY_INTERVAL_MS: Final = 33
_SHUTDOWN_S: Final = 5.0
_WORKER_EXIT_S: Final = 0.5
_WORKER_NICENESS: Final = 10


class Lane(Enum):
    """A queue whose jobs never overlap."""

    DISK = auto()
    COMPUTE = auto()
    EXPORT = auto()


class Latest(QObject):
    """Carries values from any thread to the GUI thread, at most 30 a second, only the newest."""

    arrived = Signal(object)
    _posted = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lock = threading.Lock()
        self._values: list[object] = []
        self._delivered_at = -1.0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.flush)
        self._posted.connect(self._on_posted, Qt.ConnectionType.QueuedConnection)

    def post(self, value: object) -> None:
        """Any thread. Replaces a value that has not been delivered yet."""
        with self._lock:
            was_empty = not self._values
            self._values = [value]
        if was_empty:
            self._posted.emit()

    def flush(self) -> None:
        """GUI thread. Delivers what waits, now."""
        with self._lock:
            values, self._values = self._values, []
        for value in values:
            self._delivered_at = time.monotonic()
            self.arrived.emit(value)

    def _on_posted(self) -> None:
        since_ms = 1000.0 * (time.monotonic() - self._delivered_at)
        if since_ms >= _DELIVERY_INTERVAL_MS:
            self.flush()
        elif not self._timer.isActive():
            self._timer.start(int(_DELIVERY_INTERVAL_MS - since_ms) + 1)


@dataclass(frozen=True, slots=True)
class _Succeeded:
    result: object


@dataclass(frozen=True, slots=True)
class _Failed:
    message: str


@dataclass(frozen=True, slots=True)
class _WasCancelled:
    pass


_Outcome = _Succeeded | _Failed | _WasCancelled


class Job(QObject):
    """One background run of a function.

    After ``cancel`` a job never succeeds, even where its work had just returned.
    """

    progressed = Signal(object)
    succeeded = Signal(object)
    failed = Signal(str)
    cancelled = Signal()
    finished = Signal()
    _ended = Signal()

    def __init__(self, name: str, work: Work, parent: QObject) -> None:
        super().__init__(parent)
        self.name = name
        self._work: Work | None = work
        self._token = CancelToken()
        self._outcome: _Outcome | None = None
        self._is_finished = False
        self._progress = Latest(self)
        self._progress.arrived.connect(self.progressed)
        self._ended.connect(self.conclude, Qt.ConnectionType.QueuedConnection)

    @property
    def is_finished(self) -> bool:
        return self._is_finished

    @property
    def is_cancelling(self) -> bool:
        return self._token.is_cancelled

    def cancel(self) -> None:
        """Asks the work to stop; ``cancelled`` fires when it has."""
        self._token.cancel()

    def run(self) -> None:
        """The lane's thread: does the work and keeps what came of it."""
        work, self._work = self._work, None
        if work is not None:
            self._outcome = _outcome_of(self.name, work, self._progress.post, self._token)
        self._ended.emit()

    def conclude(self) -> None:
        """GUI thread: tells once how the work ended. Does nothing before it has."""
        if self._is_finished or self._outcome is None:
            return
        self._is_finished = True
        self._progress.flush()
        outcome, self._outcome = self._outcome, None
        if self._token.is_cancelled or isinstance(outcome, _WasCancelled):
            self.cancelled.emit()
        elif isinstance(outcome, _Failed):
            self.failed.emit(outcome.message)
        else:
            self.succeeded.emit(outcome.result)
        self.finished.emit()


class JobRunner(QObject):
    """Starts jobs, one thread a lane. Its owner calls ``shutdown`` before it goes."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lanes: dict[Lane, _LaneThread] = {}
        self._jobs: list[Job] = []

    def start(self, lane: Lane, name: str, work: Work) -> Job:
        """Queues ``work`` on ``lane``. ``name`` says what it does in logs: no patient data."""
        job = Job(name, work, self)
        self._jobs.append(job)
        job.finished.connect(self._on_job_finished)
        if lane not in self._lanes:
            self._lanes[lane] = _LaneThread(f"pe-{lane.name.lower()}")
        self._lanes[lane].put(job.run)
        return job

    def shutdown(self) -> bool:
        """Cancels all jobs and waits for their lanes. False where one did not stop in 5 s."""
        jobs = tuple(self._jobs)
        for job in jobs:
            job.cancel()
        lanes, self._lanes = tuple(self._lanes.values()), {}
        deadline = time.monotonic() + _SHUTDOWN_S
        have_stopped = [lane.stop(max(0.0, deadline - time.monotonic())) for lane in lanes]
        for job in jobs:
            job.conclude()
        return all(have_stopped)

    def _on_job_finished(self) -> None:
        for job in [job for job in self._jobs if job.is_finished]:
            self._jobs.remove(job)
            job.deleteLater()


class WorkerProcess:
    """A child process that speaks in lines: ``python -m pe_models serve``, started on demand.

    Used from one lane's thread; ``stop`` may be called from any. It runs in a process group of its
    own, nicer than the window, and ends when its standard input closes, so that it never outlives
    the window. ``log`` takes its standard error.
    """

    def __init__(self, arguments: Sequence[str], log: Path | None = None) -> None:
        self._command = (sys.executable, *arguments)
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
                f"The analysis process could not be started ({reason}). Close other programs, "
                "then press Ctrl+R to try again."
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
            process.wait(_WORKER_EXIT_S)
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
            self._reader.join(_WORKER_EXIT_S)  # it has met the end of the output


class _LaneThread:
    """A daemon thread that runs what is put, in order: a hung network drive must not keep the
    program from ending."""

    def __init__(self, name: str) -> None:
        self._queue: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def put(self, call: Callable[[], None]) -> None:
        self._queue.put(call)

    def stop(self, timeout_s: float) -> bool:
        """Lets the queue run out, then waits. False where the thread still runs."""
        self._queue.put(None)
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while (call := self._queue.get()) is not None:
            call()
            del call  # its job must not live until the next one comes


def _outcome_of(name: str, work: Work, on_progress: OnProgress, token: CancelToken) -> _Outcome:
    try:
        token.raise_if_cancelled()
        return _Succeeded(work(on_progress, token))
    except Cancelled:
        return _WasCancelled()
    except PEError as error:
        return _Failed(str(error))
    except MemoryError:
        return _Failed("There is not enough memory for this. Close other programs and try again.")
    except Exception as error:  # noqa: BLE001 - the boundary: a job fails, the window lives on
        logger.error("job %s failed: %s", name, without_values(error))
        return _Failed(
            f"This stopped because of a fault in the program ({type(error).__name__}). "
            "What was open is unchanged; the log holds the details."
        )


def without_values(error: BaseException) -> str:
    """Type and places of an error, not its message: that may hold a name or a folder."""
    places = []
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        places.append(f"{Path(code.co_filename).name}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return f"{type(error).__name__} at {' > '.join(places)}"


def _start_process(command: Sequence[str], log: Path | None) -> subprocess.Popen[str]:
    flags = 0
    if sys.platform == "win32":
        flags = subprocess.BELOW_NORMAL_PRIORITY_CLASS | subprocess.CREATE_NO_WINDOW
    errors = subprocess.DEVNULL if log is None else os.open(log, _LOG_FLAGS, 0o600)
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            encoding="utf-8",
            start_new_session=True,
            creationflags=flags,
        )
    finally:
        if errors >= 0:
            os.close(errors)
    if sys.platform != "win32":
        os.setpriority(os.PRIO_PROCESS, process.pid, _WORKER_NICENESS)
    return process


_LOG_FLAGS: Final = os.O_WRONLY | os.O_CREAT | os.O_TRUNC


def _read_lines(process: subprocess.Popen[str], lines: "queue.SimpleQueue[str | None]") -> None:
    if process.stdout is not None:
        with process.stdout:
            for line in process.stdout:
                lines.put(line)
    lines.put(None)


def _exit_status(process: subprocess.Popen[str]) -> int | None:
    try:
        return process.wait(_WORKER_EXIT_S)
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
    return f"The analysis process went away{how}. Press Ctrl+R to analyse again."
