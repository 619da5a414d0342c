"""The history of a retraining, read as it grows: curves, what the log says, and the pace."""

import json
from collections import deque
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from pe_viewer.training_state import Curve

_MOST_POINTS: Final = 600
_LOG_LINES: Final = 200
_PACE_REPORTS: Final = 60
_STAGES_WITH_CURVES: Final = ("localizer", "slice", "refiner", "sequence")


class RunHistory:
    """Follows one ``progress.jsonl``. One thread at a time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = 0
        self._points: dict[tuple[str, str], list[tuple[float, float]]] = {}
        self._log: deque[str] = deque(maxlen=_LOG_LINES)
        self._stage = ""
        self._pace: deque[tuple[float, int]] = deque(maxlen=_PACE_REPORTS)
        self._left = 0

    def read_on(self) -> bool:
        """Reads what was written since; False where there was nothing new."""
        lines = list(self._new_lines())
        for line in lines:
            self._take(line)
        return bool(lines)

    def curves(self) -> dict[tuple[str, str], Curve]:
        """By stage and figure, thinned to what a screen can show."""
        return {key: _thinned(points) for key, points in self._points.items()}

    def log(self) -> tuple[str, ...]:
        return tuple(self._log)

    def seconds_left(self) -> float | None:
        """Of the stage in hand, at the pace of its last reports; None while unknown."""
        if len(self._pace) < 2:
            return None
        (began, first), (now, done) = self._pace[0], self._pace[-1]
        return (now - began) / (done - first) * self._left if done > first else None

    def _new_lines(self) -> Iterator[dict[str, Any]]:
        """Whole lines alone; one that a kill has spoilt is passed over."""
        try:
            with self._path.open("rb") as file:
                file.seek(self._offset)
                text = file.read()
        except OSError:
            return
        whole = text[: text.rfind(b"\n") + 1]
        self._offset += len(whole)
        for line in whole.splitlines():
            try:
                record = json.loads(line)
            except ValueError:
                continue
            if isinstance(record, dict):
                yield record

    def _take(self, record: dict[str, Any]) -> None:
        clock = str(record.get("time", ""))[11:19]
        if record.get("event") == "note":
            self._log.append(f"{clock}  {record.get('message', '')}")
            return
        stage, done = str(record.get("stage", "")), int(record.get("done", 0))
        total, figures = int(record.get("total", 0)), record.get("metrics", {})
        if stage != self._stage:
            self._stage = stage
            self._pace.clear()
            self._log.append(f"{clock}  {stage}")
        self._left = total - done
        self._pace.append((_seconds(str(record.get("time", ""))), done))
        if stage in _STAGES_WITH_CURVES:
            self._add(stage, done, figures)

    def _add(self, stage: str, done: int, figures: dict[str, float]) -> None:
        for name, value in figures.items():
            points = self._points.setdefault((stage, name), [])
            while points and points[-1][0] >= done:
                points.pop()  # the run went back to a checkpoint
            is_news = not points or name == "loss" or points[-1][1] != value
            if is_news:
                points.append((float(done), float(value)))


def _thinned(points: list[tuple[float, float]]) -> Curve:
    step = max(1, -(-len(points) // _MOST_POINTS))
    kept = points[::step]
    if kept[-1] != points[-1]:
        kept.append(points[-1])
    return tuple(x for x, _ in kept), tuple(y for _, y in kept)


def _seconds(time: str) -> float:
    try:
        return datetime.fromisoformat(time).timestamp()
    except ValueError:
        return 0.0
