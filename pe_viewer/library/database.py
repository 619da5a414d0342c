"""The library's one SQLite file: opened, brought to this version, checked, set aside if damaged."""

import itertools
import logging
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from pe_models.errors import PEError
from pe_viewer.library.schema import MIGRATIONS
from pe_viewer.library.series_id import key_of_row

logger = logging.getLogger(__name__)

_BUSY_S: Final = 5.0
_DAMAGED: Final = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_WITH_THE_FILE: Final = ("-wal", "-shm", "-journal")
_memory_numbers: Final = itertools.count()


class LibraryError(PEError):
    """The library cannot be used, or not now; what was kept before stays as it is."""


class Database:
    """Gives connections to the library's file, which is mode 0600 and in WAL mode.

    Any thread, and several programs at once: every use has a connection of its own. One more is
    held from ``prepare`` to ``close``, so that the write-ahead log need not be set up each time.
    """

    def __init__(self, file: Path | None) -> None:
        """``file`` None keeps everything in memory, for as long as this object is open."""
        self._file = file
        self._name = _memory_name() if file is None else str(file)
        self._held: sqlite3.Connection | None = None

    @property
    def file(self) -> Path | None:
        return self._file

    def prepare(self) -> Path | None:
        """Makes the file or brings it to this version; a file that is no database is set aside.

        The place of what was set aside, else None. Raises LibraryError where the library cannot be
        used: it is another's, newer than this program, or cannot be written.
        """
        try:
            self._open()
        except sqlite3.Error as error:
            if not _is_damage(error):
                raise LibraryError(_cannot(error)) from error
            return self.set_aside()
        except OSError as error:
            raise LibraryError(_cannot(error)) from error
        return None

    def is_sound(self) -> bool:
        """SQLite's own check of every page. Takes as long as reading the file."""
        try:
            with self.reading() as connection:
                return bool(connection.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok")
        except LibraryError as error:
            return not _is_damage(error.__cause__)

    def set_aside(self) -> Path | None:
        """Renames a damaged file and begins an empty one; where the damaged one lies now.

        Raises LibraryError where that cannot be done.
        """
        self.close()
        aside = None if self._file is None else _renamed(self._file)
        logger.error("the library was damaged and set aside")
        try:
            self._open()
        except (sqlite3.Error, OSError) as error:
            raise LibraryError(_cannot(error)) from error
        return aside

    def close(self) -> None:
        """Lets go of the file. The next use opens it again."""
        held, self._held = self._held, None
        if held is not None:
            held.close()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection for queries. Raises LibraryError for whatever SQLite says inside."""
        with self._errors_told(), closing(self._connect()) as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A connection within one transaction: all of it is kept, or nothing. Raises as above."""
        with self._errors_told(), closing(self._connect()) as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.rollback()
                raise
            connection.execute("COMMIT")

    def wipe_traces(self) -> None:
        """Empties the write-ahead log and gives free pages back, after something was forgotten."""
        with self._errors_told(), closing(self._connect()) as connection:
            connection.execute("VACUUM")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _open(self) -> None:
        if self._file is not None:
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.close(os.open(self._file, os.O_RDWR | os.O_CREAT, 0o600))
            self._file.chmod(0o600)
        if self._held is None:
            self._held = self._connect()
        self._held.execute("PRAGMA journal_mode = WAL")
        _migrate(self._held)

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._name,
            timeout=_BUSY_S,
            isolation_level=None,
            check_same_thread=False,  # one thread at a time; the held one is closed by another
            uri=self._file is None,
        )
        connection.execute("PRAGMA secure_delete = ON")
        return connection

    @contextmanager
    def _errors_told(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise LibraryError(_cannot(error)) from error


def _memory_name() -> str:
    """A database in memory that the connections of one process share, as files are shared."""
    return f"file:/pe-library-{next(_memory_numbers)}?vfs=memdb"


def _migrate(connection: sqlite3.Connection) -> None:
    """Takes the steps that are missing, each whole or not at all."""
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if version > len(MIGRATIONS):
        raise LibraryError(
            "The library of studies was written by a newer version of this program and is left as "
            "it is: update the program. Until then nothing is kept."
        )
    connection.create_function("key_of_row", 4, key_of_row, deterministic=True)
    for number, step in enumerate(MIGRATIONS[version:], start=version + 1):
        try:
            connection.executescript(f"BEGIN IMMEDIATE; {step} PRAGMA user_version = {number};")
            connection.execute("COMMIT")
        except sqlite3.Error:
            connection.rollback()
            raise


def _renamed(file: Path) -> Path:
    """Moves ``file`` and what SQLite keeps beside it to a name that tells when that was."""
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    aside = file.with_name(f"{file.stem}-damaged-{stamp}{file.suffix}")
    for suffix in _WITH_THE_FILE:
        with suppress(FileNotFoundError):
            file.with_name(file.name + suffix).replace(aside.with_name(aside.name + suffix))
    try:
        file.replace(aside)
    except OSError as error:
        raise LibraryError(_cannot(error)) from error
    return aside


def _is_damage(error: BaseException | None) -> bool:
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and (code & 0xFF) in _DAMAGED  # extended codes carry more above


def _cannot(error: Exception) -> str:
    reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return (
        f"The library of studies cannot be used ({reason}): make room on the disk and check that "
        "the folder may be written. Until then nothing is kept."
    )
