"""The audit trail: who did what to which study, and when. Entries are added, never changed."""

from dataclasses import dataclass
from datetime import UTC, datetime

from pe_viewer.library.database import Database


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One act.

    ``at`` is ISO 8601 in UTC; ``reader`` is the name that the reader gave, "" for the program
    itself; ``act`` is one word of what was done, such as "signed"; ``detail`` says more, in words
    for a reader. ``study_key`` is "" for what concerns no study that is still known.
    """

    at: str
    reader: str
    act: str
    study_key: str
    detail: str = ""

    def __post_init__(self) -> None:
        if not self.act:
            raise ValueError("an audit entry says what was done")


class AuditTrail:
    """Adds entries and reads them back. Any thread; an entry costs a write to the disk.

    The database refuses to change an entry, and to delete one but with all else of its study.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def append(self, act: str, *, study_key: str, reader: str = "", detail: str = "") -> AuditEntry:
        """Adds what was done, now. Raises LibraryError where it cannot be kept."""
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        entry = AuditEntry(at, reader, act, study_key, detail)
        with self._database.writing() as connection:
            connection.execute(
                "INSERT INTO audit (at, reader, act, study_key, detail) VALUES (?, ?, ?, ?, ?)",
                (entry.at, entry.reader, entry.act, entry.study_key, entry.detail),
            )
        return entry

    def entries(self, study_key: str | None = None) -> tuple[AuditEntry, ...]:
        """Those of one study, or all of them, oldest first. Raises LibraryError."""
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT at, reader, act, study_key, detail FROM audit"
                " WHERE ? IS NULL OR study_key = ? ORDER BY id",
                (study_key, study_key),
            ).fetchall()
        return tuple(AuditEntry(*row) for row in rows)
