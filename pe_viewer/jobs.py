"""Jobs: background runs of plain functions. The only module of pe_viewer with threads.

A lane is one thread with a queue, so that its jobs never overlap. A Job ends in exactly one of
succeeded, failed and cancelled. Every notice here fires on the GUI thread.
"""

import gc
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

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from pe_models.errors import PEError, WorkerError
from pe_models.progress import Cancelled, CancelToken, OnProgress

logger = logging.getLogger(__name__)

Work = Callable[[OnProgress, CancelToken], object]
"""What a job runs, on its lane's thread: calls the first argument with Progress, and stops with
Cancelled soon after the second is set."""

_DELIVERY_INTERVAL_MS: Final = 33
_COLLECT_INTERVAL_MS: Final = 200
_SHUTDOWN_S: Final = 5.0
_WORKER_EXIT_S: Final = 0.5
_WORKER_NICENESS: Final = 10


class Lane(Enum):
    """A queue whose jobs never overlap."""

    DISK = auto()
    COMPUTE = auto()
    EXPORT = auto()


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


class _Doorbell(QObject):
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


class _Collector:
    """Runs Python's garbage collector on the GUI thread alone, between ``start`` and ``stop``.

    It would else run in whichever thread allocates, and destroy there what only the GUI thread may
    destroy: a widget in a reference cycle crashed the process from the disk lane.
    """

    def __init__(self) -> None:
        self._timer = QTimer()
        self._timer.setInterval(_COLLECT_INTERVAL_MS)
        self._timer.timeout.connect(self._on_timeout)
        self._was_enabled = False

    def start(self) -> None:
        self._was_enabled = gc.isenabled()
        gc.disable()
        self._timer.start()

    def stop(self) -> None:
        self._timer.stop()
        gc.collect()
        if self._was_enabled:
            gc.enable()

    def _on_timeout(self) -> None:
        """Collects the oldest generation whose threshold was passed, as Python would."""
        due = [n for n, limit in enumerate(gc.get_threshold()) if gc.get_count()[n] > limit > 0]
        if due:
            gc.collect(max(due))


class Latest:
    """Carries values from any thread to the GUI thread, at most 30 a second, only the newest.

    Made by ``JobRunner.latest``; its owner calls ``close`` when the last value has been posted.
    """

    def __init__(self, doorbell: _Doorbell) -> None:
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


class Job:
    """One background run of a function.

    ``progressed(Progress)``, then one of ``succeeded(result)``, ``failed(message)`` and
    ``cancelled()``, then ``finished()``: all on the GUI thread. After ``cancel`` a job never
    succeeds, even where its work had just returned.
    """

    def __init__(self, name: str, work: Work, progress: Latest) -> None:
        self.name = name
        self.progressed = progress.arrived
        self.succeeded = Notice()
        self.failed = Notice()
        self.cancelled = Notice()
        self.finished = Notice()
        self._progress = progress
        self._work: Work | None = work
        self._token = CancelToken()
        self._outcome: _Outcome | None = None
        self._is_finished = False

    @property
    def is_finished(self) -> bool:
        return self._is_finished

    def cancel(self) -> None:
        """Asks the work to stop; ``cancelled`` fires when it has."""
        self._token.cancel()

    def run(self) -> None:
        """The lane's thread: does the work and keeps what came of it."""
        work, self._work = self._work, None
        if work is not None:
            self._outcome = _outcome_of(self.name, work, self._progress.post, self._token)

    def conclude(self) -> None:
        """GUI thread: tells once how the work ended. Does nothing before it has."""
        if self._is_finished or self._outcome is None:
            return
        self._is_finished = True
        self._progress.close()
        outcome, self._outcome = self._outcome, None
        if self._token.is_cancelled or isinstance(outcome, _WasCancelled):
            self.cancelled.emit()
        elif isinstance(outcome, _Failed):
            self.failed.emit(outcome.message)
        else:
            self.succeeded.emit(outcome.result)
        self.finished.emit()
        for notice in (self.succeeded, self.failed, self.cancelled, self.finished):
            notice.disconnect_all()  # their slots may hold a Volume


class JobRunner:
    """Starts jobs, one thread a lane. GUI thread. Its owner calls ``shutdown`` before it goes."""

    def __init__(self) -> None:
        self._doorbell = _Doorbell()
        self._collector = _Collector()
        self._collector.start()
        self._lanes: dict[Lane, _LaneThread] = {}
        self._jobs: list[Job] = []

    def start(self, lane: Lane, name: str, work: Work) -> Job:
        """Queues ``work`` on ``lane``. ``name`` says what it does in logs: no patient data."""
        job = Job(name, work, self.latest())
        self._jobs.append(job)
        job.finished.connect(lambda: self._jobs.remove(job))
        if lane not in self._lanes:
            self._lanes[lane] = _LaneThread(f"pe-{lane.name.lower()}", self._doorbell)
        self._lanes[lane].put(job)
        return job

    def latest(self) -> Latest:
        """A channel from a job's work to the GUI thread. Its owner closes it."""
        return Latest(self._doorbell)

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
        self._collector.stop()
        return all(have_stopped)


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
    """A daemon thread that runs jobs in order: a hung network drive must not keep the program
    from ending."""

    def __init__(self, name: str, doorbell: _Doorbell) -> None:
        self._doorbell = doorbell
        self._queue: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def put(self, job: Job) -> None:
        self._queue.put(job)

    def stop(self, timeout_s: float) -> bool:
        """Lets the queue run out, then waits. False where the thread still runs."""
        self._queue.put(None)
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while (job := self._queue.get()) is not None:
            job.run()
            self._doorbell.post(job.conclude)
            del job  # it must not live until the next one comes


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
