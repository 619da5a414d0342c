"""CsvLog: the figures of a run as a table that spreadsheets and pandas read while it grows.

One row a figure: ``table.pivot_table(index="done", columns="figure", values="value")`` of one stage
gives its curves.
"""

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pe_models.progress import Progress

COLUMNS: Final = ("time", "stage", "done", "total", "figure", "value")


@dataclass(frozen=True, slots=True)
class CsvLog:
    """``path`` grows by rows alone; a run that is resumed goes on in it. Raises OSError."""

    path: Path

    def begin(self) -> None:
        """Writes the header where the file is new. A row that a kill cut short is ended."""
        if not self.path.exists() or not self.path.stat().st_size:
            self._append([COLUMNS])
        elif not self.path.read_bytes().endswith(b"\n"):
            with self.path.open("a", encoding="utf-8") as file:
                file.write("\n")

    def add(self, progress: Progress, *, time: str) -> None:
        """A row for each figure of ``progress``."""
        step = (time, progress.stage, progress.done, progress.total)
        self._append([(*step, name, value) for name, value in progress.metrics.items()])

    def _append(self, rows: list[tuple[object, ...]]) -> None:
        with self.path.open("a", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(rows)
