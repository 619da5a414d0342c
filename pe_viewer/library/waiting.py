"""The queue of analyses, kept so that it goes on when the program starts again."""

from collections.abc import Sequence
from dataclasses import dataclass

from pe_viewer.library.database import Database


@dataclass(frozen=True, slots=True)
class WaitingStudy:
    """A study that waits for its analysis; ``has_begun`` where that ran when it was kept."""

    study_key: str
    has_begun: bool = False


class KeptQueue:
    """Keeps the studies that wait, in their order. Any thread; raises LibraryError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(self, waiting: Sequence[WaitingStudy]) -> None:
        """``waiting`` in the place of what was kept before."""
        rows = [(w.study_key, place, w.has_begun) for place, w in enumerate(waiting)]
        with self._database.writing() as connection:
            connection.execute("DELETE FROM waiting")
            connection.executemany("INSERT INTO waiting VALUES (?, ?, ?)", rows)

    def load(self) -> tuple[WaitingStudy, ...]:
        """Those that the library still knows."""
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT study_key, has_begun FROM waiting"
                " WHERE study_key IN (SELECT study_key FROM study) ORDER BY place"
            ).fetchall()
        return tuple(WaitingStudy(study_key, bool(has_begun)) for study_key, has_begun in rows)
