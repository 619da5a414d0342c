"""RunReporter: writes the state and the history of one run; hears its stop and pause files."""

import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from pe_models.progress import Cancelled, CancelToken, OnProgress, Progress
from pe_models.training.config import TrainConfig
from pe_models.training.files import write_json
from pe_models.training.run.csv_log import CsvLog
from pe_models.training.run.folder import RunFolder

_SCHEMA_VERSION: Final = 1
_PAUSE_S: Final = 0.2
_STATE_INTERVAL_S: Final = 1.0


class RunState(StrEnum):
    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"
    INTERRUPTED = "interrupted"
    FAILED = "failed"
    DONE = "done"


class StopRequested(Exception):
    """The run was asked to stop. Not an error: what was done is kept."""


@contextmanager
def told_at_its_end(reporter: "RunReporter") -> Iterator[None]:
    """``run.json`` says how the block ends; what it raises goes on."""
    try:
        yield
    except (StopRequested, Cancelled):
        reporter.end(RunState.STOPPED)
        raise
    except KeyboardInterrupt:
        reporter.end(RunState.INTERRUPTED)
        raise
    except Exception as error:
        with suppress(OSError):  # where the disk is full, that is what the caller has to hear
            reporter.end(RunState.FAILED, str(error))
        raise
    reporter.end(RunState.DONE)


class RunReporter:
    """Writes the state and the history of one run, and hears its stop and pause files."""

    def __init__(self, run: RunFolder, on_progress: OnProgress, cancel: CancelToken) -> None:
        self._run = run
        self._table = CsvLog(run.table_file)
        self._on_progress = on_progress
        self._cancel = cancel
        self._started = _now()
        self._last = Progress("start", 0, 0)
        self._written_at = float("-inf")

    def begin(self, config: TrainConfig | None = None) -> None:
        """Writes the configuration, where there is one; a stop asked of an earlier run is over."""
        self._run.folder.mkdir(parents=True, exist_ok=True)
        self._run.stop_file.unlink(missing_ok=True)
        if config is not None:
            write_json(self._run.config_file, config.to_dict())
        _end_last_line(self._run.history_file)
        self._table.begin()
        self._write_state(RunState.RUNNING)

    def report(self, progress: Progress) -> None:
        """One line of history, a row a figure; the state at most once a second."""
        self._last = progress
        now = _now()
        self._append({"event": "progress", "time": now, **_fields(progress)})
        self._table.add(progress, time=now)
        if time.monotonic() - self._written_at >= _STATE_INTERVAL_S:
            self._write_state(RunState.RUNNING)
        self._on_progress(progress)

    def say(self, message: str) -> None:
        """One line of history for people, such as that the batch was halved."""
        self._append({"event": "note", "time": _now(), "message": message})

    def heed(self) -> None:
        """Waits while paused. Raises StopRequested where the run was asked to stop."""
        self.hold()
        if self.is_to_stop:
            raise StopRequested

    def hold(self) -> bool:
        """Waits while paused, until asked to stop at the latest. Whether it had to."""
        if not self._run.pause_file.exists():
            return False
        self._write_state(RunState.PAUSED)
        self._wait(lambda: self._run.pause_file.exists() and not self.is_to_stop)
        self._write_state(RunState.RUNNING)
        return True

    def end(self, state: RunState, message: str = "") -> None:
        self._write_state(state, message)

    @property
    def is_to_stop(self) -> bool:
        return self._run.stop_file.exists() or self._cancel.is_cancelled

    def _append(self, line: Mapping[str, Any]) -> None:
        with self._run.history_file.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")

    @staticmethod
    def _wait(condition: Callable[[], bool]) -> None:
        while condition():
            time.sleep(_PAUSE_S)

    def _write_state(self, state: RunState, message: str = "") -> None:
        self._written_at = time.monotonic()
        record = {
            "schema_version": _SCHEMA_VERSION,
            "state": state,
            "message": message,
            **_fields(self._last),
            "started": self._started,
            "updated": _now(),
            "pid": os.getpid(),
        }
        write_json(self._run.state_file, record)


def _end_last_line(history: Path) -> None:
    """A kill may have cut the last line short; what follows begins on one of its own."""
    if history.exists() and not history.read_bytes().endswith(b"\n"):
        with history.open("a", encoding="utf-8") as file:
            file.write("\n")


def _fields(progress: Progress) -> Mapping[str, Any]:
    return {
        "stage": progress.stage,
        "done": progress.done,
        "total": progress.total,
        "metrics": dict(progress.metrics),
    }


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
