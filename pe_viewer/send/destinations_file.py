"""The destinations on disk: one JSON file, mode 0600, as it may hold passwords."""

import json
import logging
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from pe_models.errors import SendError
from pe_viewer.send.destination import Destination, from_record, to_record

logger = logging.getLogger(__name__)


class DestinationsFile:
    """Destinations, in the order in which they were set up; their names differ."""

    def __init__(self, path: Path | None) -> None:
        """``path`` None keeps them in memory alone. A damaged file is set aside."""
        self._path = path
        self._destinations: tuple[Destination, ...] = () if path is None else _read(path)

    @property
    def destinations(self) -> tuple[Destination, ...]:
        return self._destinations

    def named(self, name: str) -> Destination | None:
        return next((d for d in self._destinations if d.name == name), None)

    def save(self, destinations: Sequence[Destination]) -> None:
        """Raises SendError where two share a name, or the file cannot be written."""
        names = [destination.name for destination in destinations]
        if len(set(names)) < len(names):
            raise SendError("Two destinations share a name; give one of them another.")
        if self._path is not None:
            try:
                _write(self._path, destinations)
            except OSError as error:
                raise SendError(f"The destinations were not saved: {error.strerror}.") from error
        self._destinations = tuple(destinations)


def _read(path: Path) -> tuple[Destination, ...]:
    try:
        records = json.loads(path.read_text(encoding="utf-8"))
        return tuple(from_record(record) for record in records)
    except FileNotFoundError:
        return ()
    except (OSError, ValueError, TypeError, SendError) as error:
        logger.warning("the destinations could not be read: %s", type(error).__name__)
        with suppress(OSError):
            path.replace(path.with_suffix(".unreadable"))
        return ()


def _write(path: Path, destinations: Sequence[Destination]) -> None:
    temporary = path.with_suffix(".new")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        json.dump([to_record(d) for d in destinations], stream, indent=1, ensure_ascii=False)
        stream.flush()
        os.fsync(stream.fileno())
    temporary.replace(path)
