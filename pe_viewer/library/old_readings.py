"""Readings of earlier versions, one JSON file a series, brought into the library."""

import logging
from pathlib import Path

from pe_viewer.library.database import Database
from pe_viewer.library.readings import put_reading
from pe_viewer.library.review_json import Reading, reading_from_json

logger = logging.getLogger(__name__)


def bring_in(folder: Path, database: Database) -> int:
    """Brings every readable file of ``folder`` in, then removes it; how many there were.

    Their names are the ids of their series already; their studies are known once they are opened
    again. A reading that the library holds is newer and stays. What cannot be read stays where it
    is. Raises LibraryError before anything is removed.
    """
    found = {path: reading for path in sorted(folder.glob("*.json")) if (reading := _read(path))}
    if not found:
        return 0
    with database.writing() as connection:
        known = {row[0] for row in connection.execute("SELECT series_id FROM reading")}
        for path, reading in found.items():
            if path.stem not in known:
                put_reading(connection, path.stem, "", reading)
    for path in found:
        path.unlink(missing_ok=True)
    return len(found)


def _read(path: Path) -> Reading | None:
    try:
        return reading_from_json(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        logger.warning("an old reading could not be read: %s", type(error).__name__)
        return None
