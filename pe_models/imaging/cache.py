"""HeaderCache: what the headers of files said, so that a folder opens at once the second time.

A small SQLite file of its own below the user's cache folder, mode 0600 because headers name
patients. Safe to delete at any time; a damaged one is replaced. Reviews never enter it.
"""

import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from pe_models import __version__, places
from pe_models.imaging.frames import FrameHeader
from pe_models.imaging.headers import FileHeader, SeriesHeader, StudyHeader
from pe_models.imaging.sources import Entry
from pe_models.imaging.study import Patient, PixelFormat

_FILE_NAME: Final = "headers.sqlite"
_SCHEMA: Final = f"2 {__version__}"
_CREATE: Final = (
    "CREATE TABLE IF NOT EXISTS header ("
    "path TEXT PRIMARY KEY, size INTEGER, mtime_ns INTEGER, schema TEXT, facts TEXT)"
)


class HeaderCache:
    """Headers by path, size and time of change. A cache that cannot be used knows nothing.

    ``file`` lies below ``places.user_cache()`` unless given. Members of zips are not remembered.
    """

    def __init__(self, file: Path | None = None) -> None:
        self._file = places.user_cache() / _FILE_NAME if file is None else file

    def recall(self, entries: Iterable[Entry]) -> dict[Entry, FileHeader]:
        """Headers of those entries that are known and have not changed since."""
        found: dict[Entry, FileHeader] = {}
        try:
            with self._opened() as connection:
                for entry in entries:
                    row = connection.execute(
                        "SELECT facts FROM header"
                        " WHERE path = ? AND size = ? AND mtime_ns = ? AND schema = ?",
                        (entry.path, entry.size, entry.mtime_ns, _SCHEMA),
                    ).fetchone()
                    if row is not None:
                        found[entry] = _header(json.loads(row[0]))
        except (sqlite3.Error, OSError, ValueError, TypeError, KeyError):
            self._discard()
            return {}
        return found

    def remember(self, headers: Mapping[Entry, FileHeader]) -> None:
        """Keeps headers of files; those of members of zips are left out."""
        rows = [
            (entry.path, entry.size, entry.mtime_ns, _SCHEMA, json.dumps(asdict(header)))
            for entry, header in headers.items()
            if entry.member is None and entry.path.isprintable()
        ]
        try:
            with self._opened() as connection, connection:
                connection.executemany("INSERT OR REPLACE INTO header VALUES (?, ?, ?, ?, ?)", rows)
        except (sqlite3.Error, OSError):
            self._discard()

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        descriptor = os.open(self._file, os.O_RDWR | os.O_CREAT, 0o600)
        os.close(descriptor)
        with closing(sqlite3.connect(self._file)) as connection:
            connection.execute(_CREATE)
            yield connection

    def _discard(self) -> None:
        with suppress(OSError):
            self._file.unlink()


def _header(facts: Mapping[str, Any]) -> FileHeader:
    """The header of what ``asdict`` gave, after its round trip through JSON."""
    study = {**facts["study"], "patient": Patient(**facts["study"]["patient"])}
    return FileHeader(
        **{
            **facts,
            "study": StudyHeader(**study),
            "series": SeriesHeader(
                **{**facts["series"], "image_type": tuple(facts["series"]["image_type"])}
            ),
            "pixels": PixelFormat(**facts["pixels"]),
            "frames": tuple(_frame(frame) for frame in facts["frames"]),
        }
    )


def _frame(facts: Mapping[str, Any]) -> FrameHeader:
    arrays = ("position_mm", "orientation", "pixel_spacing_mm")
    return FrameHeader(
        **{**facts, **{name: tuple(facts[name]) for name in arrays if facts[name] is not None}}
    )
