"""The outbox: objects that wait to be sent, in a folder that survives a restart and a kill.

Each object is a file of its own; SQLite holds where it goes and how often that was tried. Files and
database are mode 0600 in a folder of mode 0700, as they hold patient data. What was sent is removed
at once; only a line without patient data stays, to be shown. Every call opens the database for
itself, so that any thread may make it.
"""

import hashlib
import os
import secrets
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from pe_models.errors import SendError
from pe_viewer.send.parcel import Parcel, ParcelState

FOLDER_NAME: Final = "outbox"
"""Beside the library, in the user's data folder."""

FIRST_DELAY_S: Final = 30.0
LONGEST_DELAY_S: Final = 3600.0
MOST_ATTEMPTS: Final = 12
"""Some six hours; then a person should look."""

_KEPT_LINES: Final = 200
_BUSY_S: Final = 10.0
_TABLE: Final = """
CREATE TABLE IF NOT EXISTS parcel (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    destination TEXT NOT NULL,
    kind TEXT NOT NULL,
    study_key TEXT NOT NULL,
    file TEXT NOT NULL,
    state TEXT NOT NULL,
    n_attempts INTEGER NOT NULL DEFAULT 0,
    due_at REAL NOT NULL,
    changed_at REAL NOT NULL,
    message TEXT NOT NULL DEFAULT ''
)
"""
_COLUMNS: Final = "id, destination, kind, file, state, n_attempts, due_at, changed_at, message"


class Outbox:
    """Parcels in the order in which they were put in."""

    def __init__(self, folder: Path) -> None:
        """Makes nothing yet: the folder comes with the first parcel."""
        self._folder = folder

    def put(
        self, destination: str, study: str, objects: Sequence[tuple[str, bytes]], *, now: float
    ) -> None:
        """Takes (kind, DICOM file) in, all or none. Raises SendError where there is no room.

        ``study`` is the name by which it is forgotten.
        """
        files: list[Path] = []
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            for _, content in objects:
                files.append(self._folder / f"{secrets.token_hex(16)}.dcm")
                _write_private(files[-1], content)
            key = _study_key(study)
            rows = [
                (destination, kind, key, file.name, ParcelState.WAITING, now, now)
                for (kind, _), file in zip(objects, files, strict=True)
            ]
            with self._database() as database:
                database.executemany(
                    "INSERT INTO parcel (destination, kind, study_key, file, state, due_at,"
                    " changed_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
                    rows,
                )
        except (OSError, SendError) as error:
            for file in files:
                with suppress(OSError):
                    file.unlink(missing_ok=True)
            raise SendError(
                "Nothing was queued: the user's data folder is full or cannot be written."
            ) from error

    def parcels(self) -> tuple[Parcel, ...]:
        """All of them, those that were sent too."""
        return self._select("1 ORDER BY id")

    def due(self, now: float) -> tuple[Parcel, ...]:
        return self._select("state = 'waiting' AND due_at <= ? ORDER BY id", now)

    def next_due_at(self) -> float | None:
        """When the next attempt is due, in seconds since the epoch; None where nothing waits."""
        waiting = self._select("state = 'waiting' ORDER BY due_at LIMIT 1")
        return waiting[0].due_at if waiting else None

    def mark_sent(self, parcel: Parcel, *, now: float) -> None:
        """Removes the object; its line stays for a while."""
        self._set(parcel, state=ParcelState.SENT, changed_at=now, message="")
        parcel.file.unlink(missing_ok=True)
        with self._database() as database:
            database.execute(
                "DELETE FROM parcel WHERE state = 'sent' AND id NOT IN"
                " (SELECT id FROM parcel WHERE state = 'sent' ORDER BY id DESC LIMIT ?)",
                (_KEPT_LINES,),
            )

    def mark_refused(self, parcel: Parcel, message: str, *, now: float) -> None:
        self._set(parcel, state=ParcelState.REFUSED, changed_at=now, message=message)

    def mark_unreached(self, parcel: Parcel, message: str, *, now: float) -> None:
        """Puts the next attempt off, each time for twice as long; the last one was the last."""
        n_attempts = parcel.n_attempts + 1
        is_last = n_attempts >= MOST_ATTEMPTS
        state = ParcelState.REFUSED if is_last else ParcelState.WAITING
        due_at = now + delay_s(n_attempts)
        self._set(
            parcel,
            state=state,
            n_attempts=n_attempts,
            due_at=due_at,
            changed_at=now,
            message=message,
        )

    def retry(self, *, now: float) -> None:
        """Makes all that is not sent due at once, as if it had never been tried."""
        with self._database() as database:
            database.execute(
                "UPDATE parcel SET state = 'waiting', n_attempts = 0, due_at = ?, message = ''"
                " WHERE state != 'sent'",
                (now,),
            )

    def remove_unsent(self) -> None:
        """Gives up on all that is not sent."""
        self._remove("state != 'sent'")

    def forget_study(self, study: str) -> None:
        """Removes every trace of a study."""
        self._remove("study_key = ?", _study_key(study))

    def forget_all(self) -> None:
        """Removes every object, also what a damaged database no longer names."""
        self._remove("1")
        for pattern in ("*.dcm", "*.unreadable"):
            for left in self._folder.glob(pattern):
                left.unlink(missing_ok=True)

    def _select(self, condition: str, *values: object) -> tuple[Parcel, ...]:
        if not self._folder.is_dir():
            return ()
        with self._database() as database:
            rows = database.execute(f"SELECT {_COLUMNS} FROM parcel WHERE {condition}", values)
            return tuple(self._parcel(*row) for row in rows)

    def _parcel(self, parcel_id: int, destination: str, kind: str, file: str, *rest: Any) -> Parcel:
        state, n_attempts, due_at, changed_at, message = rest
        return Parcel(
            parcel_id,
            destination,
            kind,
            self._folder / file,
            ParcelState(state),
            n_attempts,
            due_at,
            changed_at,
            message,
        )

    def _set(self, parcel: Parcel, **values: object) -> None:
        columns = ", ".join(f"{name} = ?" for name in values)
        with self._database() as database:
            database.execute(
                f"UPDATE parcel SET {columns} WHERE id = ?", (*values.values(), parcel.parcel_id)
            )

    def _remove(self, condition: str, *values: object) -> None:
        for parcel in self._select(condition, *values):
            parcel.file.unlink(missing_ok=True)
        if self._folder.is_dir():
            with self._database() as database:
                database.execute(f"DELETE FROM parcel WHERE {condition}", values)

    @contextmanager
    def _database(self) -> Iterator[sqlite3.Connection]:
        """One transaction; what is forgotten does not linger in free pages. Raises SendError."""
        path = self._folder / "outbox.sqlite3"
        try:
            path.touch(mode=0o600)
            with closing(sqlite3.connect(path, timeout=_BUSY_S)) as database, database:
                database.execute("PRAGMA secure_delete = ON")
                database.execute(_TABLE)
                yield database
        except (OSError, sqlite3.OperationalError) as error:
            raise SendError("The outbox cannot be read or written; make room there.") from error
        except sqlite3.DatabaseError as error:
            with suppress(OSError):
                path.replace(path.with_suffix(".unreadable"))
            raise SendError(
                "The outbox was damaged and is set aside; send again what waited in it."
            ) from error


def delay_s(n_attempts: int) -> float:
    """How long to wait after so many failed attempts: twice as long each time, up to an hour."""
    return min(FIRST_DELAY_S * 2.0 ** (n_attempts - 1), LONGEST_DELAY_S)


def _study_key(study: str) -> str:
    return hashlib.sha256(study.encode()).hexdigest()[:32]


def _write_private(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
