"""What the command line writes: text, JSON, and the progress of long work.

Results go to standard output. Warnings, failures and the progress bar go to standard error, so
that a pipe carries results only. With ``--progress json`` the events go to standard output too, one
object a line, closed by ``done`` or ``failed``.
"""

import argparse
import json
import re
import sys
import time
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from pe_models.progress import OnProgress, Progress, ignore_progress

_BAR_CELLS: Final = 28
_INTERVAL_S: Final = 0.1
_CLEAR_LINE: Final = "\r\x1b[K"
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
"""Controls, separators of lines, and what turns the direction of reading."""


class ProgressMode(StrEnum):
    """How a command shows its progress; values of ``--progress``."""

    AUTO = "auto"
    """A bar where standard error is a terminal, else nothing."""
    JSON = "json"
    QUIET = "quiet"


def plain(text: str) -> str:
    """``text`` on one line, control characters written out: names come from strangers' files.

    They might otherwise begin a line of their own, or recolour and clear the terminal.
    """
    return _CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), text)


def given_path(text: str) -> Path:
    """The type of an argument that names what is read. Raises ArgumentTypeError for no text.

    An empty text, as an unset variable of a shell leaves it, would be the current folder.
    """
    if not text:
        raise argparse.ArgumentTypeError("it is empty")
    return Path(text)


def say(text: str = "") -> None:
    """One line (or several) of the result, on standard output."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def say_json(value: Any) -> None:
    """A result as indented JSON on standard output. Raises ValueError for NaN and infinities."""
    say(json.dumps(value, indent=1, allow_nan=False))


def warn(text: str) -> None:
    """One line on standard error."""
    over_bar = _CLEAR_LINE if sys.stderr.isatty() else ""
    sys.stderr.write(f"{over_bar}{plain(text)}\n")
    sys.stderr.flush()


def progress_printer(mode: str) -> OnProgress:
    """An OnProgress that shows progress as ``mode`` (``args.progress``) says."""
    if mode == ProgressMode.JSON:
        return _Throttled(_say_progress_event)
    if mode == ProgressMode.AUTO and sys.stderr.isatty():
        return _Throttled(_draw_bar)
    return ignore_progress


def finish(mode: str, **fields: Any) -> None:
    """Closes the progress of a command that is done; ``fields`` go into the ``done`` event."""
    if mode == ProgressMode.JSON:
        _say_event("done", fields)


def fail(mode: str, message: str) -> None:
    """Says on standard error why a command failed; closes the progress events too."""
    warn(message)
    if mode == ProgressMode.JSON:
        _say_event("failed", {"message": message})


class _Throttled:
    """Passes on the first and the last report of each stage, and ten a second between."""

    def __init__(self, show: OnProgress) -> None:
        self._show = show
        self._stage = ""
        self._shown_at = float("-inf")

    def __call__(self, progress: Progress) -> None:
        now = time.monotonic()
        is_edge = progress.stage != self._stage or progress.done >= progress.total > 0
        if is_edge or now - self._shown_at >= _INTERVAL_S:
            self._stage, self._shown_at = progress.stage, now
            self._show(progress)


def _say_progress_event(progress: Progress) -> None:
    fields = {
        "stage": progress.stage,
        "done": progress.done,
        "total": progress.total,
        "metrics": dict(progress.metrics),
    }
    _say_event("progress", fields)


def _say_event(event: str, fields: Mapping[str, Any]) -> None:
    say(json.dumps({"event": event, **fields}))


def _draw_bar(progress: Progress) -> None:
    """Redraws the line of the current stage; a finished stage keeps its line."""
    filled = round(_BAR_CELLS * progress.fraction)
    count = f"{progress.done}/{progress.total}" if progress.total else f"{progress.done}"
    metrics = "".join(f"  {name} {value:.4g}" for name, value in progress.metrics.items())
    end = "\n" if progress.done >= progress.total > 0 else ""
    bar = "#" * filled + "-" * (_BAR_CELLS - filled)
    sys.stderr.write(f"\r{progress.stage:<12} [{bar}] {count}{metrics}\x1b[K{end}")
    sys.stderr.flush()
