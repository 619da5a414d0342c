"""FactStore: pieces of bytes by key in a small SQLite file that may be lost at any time."""

import os
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from hashlib import blake2b
from pathlib import Path
from typing import Final

_SCHEMA: Final = """
PRAGMA synchronous = OFF;
PRAGMA secure_delete = ON;
CREATE TABLE IF NOT EXISTS piece (
    key BLOB PRIMARY KEY, facts BLOB NOT NULL, digest BLOB NOT NULL, used_day INTEGER NOT NULL
);
"""
"""Without waiting for the disk: after a power cut the digests tell what was lost. No write-ahead
log: setting one up and taking it down takes longer than all the rest (measured: 2.6 of 3 ms)."""

_BUSY_S: Final = 0.5
_DAY_S: Final = 86400
_DAMAGED: Final = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR)
"""Errors that stay until the file is replaced; SQLITE_ERROR is another program's table."""


class FactStore:
    """Keeps the pieces used last, up to ``most_bytes``; for several processes at once.

    The file, which ``find_file`` names, is mode 0600. A damaged one is replaced; where it cannot
    be used at all, nothing is found and nothing kept.
    """

    def __init__(self, find_file: Callable[[], Path], most_bytes: int) -> None:
        self._find_file = find_file
        self._most_bytes = most_bytes

    def get(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        """The pieces that are there, whole, of those asked for."""
        found: dict[bytes, bytes] = {}
        with self._errors_passed_over(), self._opened() as connection, connection:
            for key in keys:
                row = connection.execute(
                    "SELECT facts, digest, used_day FROM piece"
                    " WHERE key = ? AND typeof(facts) = 'blob'",  # damage may turn it into text
                    (key,),
                ).fetchone()
                if row is None or _digest(row[0]) != row[1]:
                    continue
                found[key] = row[0]
                if row[2] != _today():
                    connection.execute(
                        "UPDATE piece SET used_day = ? WHERE key = ?", (_today(), key)
                    )
        return found

    def put(self, pieces: Mapping[bytes, bytes]) -> None:
        """Keeps ``pieces``, in place of others of the same keys."""
        if not pieces:
            return
        rows = [(key, facts, _digest(facts), _today()) for key, facts in pieces.items()]
        with self._errors_passed_over(), self._opened() as connection, connection:
            connection.executemany("INSERT OR REPLACE INTO piece VALUES (?, ?, ?, ?)", rows)
            self._forget_oldest(connection)

    def discard(self) -> None:
        """Removes the file and its journal."""
        for suffix in ("", "-journal"):
            with suppress(OSError):
                file = self._find_file()
                file.with_name(file.name + suffix).unlink()

    def _forget_oldest(self, connection: sqlite3.Connection) -> None:
        kept_bytes = 0
        newest_first = connection.execute(
            "SELECT key, coalesce(length(facts), 0) FROM piece ORDER BY used_day DESC, rowid DESC"
        ).fetchall()
        for key, n_bytes in newest_first:
            kept_bytes += n_bytes
            if kept_bytes > self._most_bytes:
                connection.execute("DELETE FROM piece WHERE key = ?", (key,))

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        file = self._find_file()
        os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
        with closing(sqlite3.connect(file, timeout=_BUSY_S)) as connection:
            connection.executescript(_SCHEMA)
            yield connection

    @contextmanager
    def _errors_passed_over(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            if getattr(error, "sqlite_errorcode", None) in _DAMAGED:
                self.discard()
        except OSError:
            pass


def _digest(facts: bytes) -> bytes:
    return blake2b(facts, digest_size=16).digest()


def _today() -> int:
    return int(time.time()) // _DAY_S
