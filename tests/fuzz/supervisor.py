"""Keeps workers going, and notes the cases that ended, stopped or bloated one of them."""

import os
import queue
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final

HANG_S: Final = 10.0
_START_S: Final = 60.0
_POLL_S: Final = 0.2
_FRAME: Final = re.compile(r'File ".*?([^/\\"]+)", line (\d+) in (\w+)')


@dataclass(frozen=True, slots=True)
class Finding:
    number: int
    message: str

    @property
    def kind(self) -> str:
        """What tells one defect from another: the message without its particulars."""
        return self.message.split(": ", 1)[0]


@dataclass
class Report:
    """Findings, the first of each kind, with how often each kind came up."""

    n_cases: int = 0
    findings: list[Finding] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def add(self, finding: Finding) -> bool:
        """Whether it is the first of its kind."""
        self.counts[finding.kind] += 1
        is_new = self.counts[finding.kind] == 1
        if is_new:
            self.findings.append(finding)
        return is_new


class Worker:
    """One worker process; its lines go to ``lines`` as (this worker, line), None at the end."""

    def __init__(self, command: list[str], lines: "queue.Queue[tuple[Worker, str | None]]") -> None:
        self.number: int | None = None
        self.changed_at = time.monotonic()
        self.is_hung = False
        self._errors = tempfile.TemporaryFile("w+", errors="replace")  # noqa: SIM115 - see close
        self._process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "error"},
        )
        assert self._process.stdout is not None
        self._reader = threading.Thread(target=self._read, args=(self._process.stdout, lines))
        self._reader.start()

    def stop_if_hung(self) -> None:
        limit = _START_S if self.number is None else HANG_S
        if not self.is_hung and time.monotonic() - self.changed_at > limit:
            self.is_hung = True
            self._process.kill()

    def close(self) -> str | None:
        """Waits for its end; what was wrong with the case that ended it, or None."""
        status = self._process.wait()
        self._reader.join()
        self._errors.seek(0)
        errors = self._errors.read()
        self._errors.close()
        if self.is_hung:
            return f"hang: no answer for {HANG_S:g} s"
        if status == 0:
            return None
        where = _FRAME.search(errors)
        place = f" at {where[1]}:{where[2]}" if where else ""
        name = signal.Signals(-status).name if status < 0 else f"exit status {status}"
        last = errors.strip().splitlines()[-1:] or [""]
        return f"{name}{place}: {last[0] if status > 0 else 'the process ended'}"

    def kill(self) -> None:
        self._process.kill()

    def _read(self, stream: IO[str], lines: "queue.Queue[tuple[Worker, str | None]]") -> None:
        for line in stream:
            lines.put((self, line.rstrip("\n")))
        lines.put((self, None))


def supervise(
    *, subject: str, seed: int, seconds: float, n_workers: int, report: Report
) -> Iterator[Finding]:
    """Runs workers for ``seconds`` and yields each new kind of finding as it comes."""
    until = time.monotonic() + seconds
    lines: queue.Queue[tuple[Worker, str | None]] = queue.Queue()

    def start(first: int) -> Worker:
        command = (
            *(sys.executable, str(Path(__file__).parent), "--worker", "--subject", subject),
            *("--seed", str(seed), "--first", str(first), "--step", str(n_workers)),
            *("--seconds", f"{max(0.0, until - time.monotonic()):.3f}"),
        )
        return Worker(list(command), lines)

    running = {start(first) for first in range(n_workers)}
    try:
        while running:
            for worker in running:
                worker.stop_if_hung()
            try:
                worker, line = lines.get(timeout=_POLL_S)
            except queue.Empty:
                continue
            if line is None:
                running.discard(worker)
                finding = _finding_at_end(worker)
                if worker.number is not None and time.monotonic() < until:
                    running.add(start(worker.number + n_workers))
            else:
                finding = _finding_in(line, worker, report)
            if finding is not None and report.add(finding):
                yield finding
    finally:
        for worker in running:
            worker.kill()
            worker.close()


def _finding_in(line: str, worker: Worker, report: Report) -> Finding | None:
    worker.changed_at = time.monotonic()
    if line.startswith("! "):
        _, number, message = line.split(" ", 2)
        return Finding(int(number), message)
    worker.number = int(line)
    report.n_cases += 1
    return None


def _finding_at_end(worker: Worker) -> Finding | None:
    message = worker.close()
    if message is None:
        return None
    if worker.number is None:
        raise SystemExit(f"a worker could not start: {message}")
    return Finding(worker.number, message)
