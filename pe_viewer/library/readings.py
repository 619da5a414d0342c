"""The readings in the library: one a series."""

import logging
import sqlite3
from datetime import UTC, datetime

from pe_viewer.library.database import Database
from pe_viewer.library.entry import stage_of
from pe_viewer.library.review_json import Reading, reading_from_json, reading_to_json
from pe_viewer.library.series_id import series_id

logger = logging.getLogger(__name__)


class Readings:
    """Keeps the newest Reading of each series. Any thread."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def load(self, series_key: str) -> Reading:
        """What was kept of a series; an empty Reading where nothing was, or nothing readable.

        Raises LibraryError where the library itself cannot be read.
        """
        with self._database.reading() as connection:
            row = connection.execute(
                "SELECT record FROM reading WHERE series_id = ?", (series_id(series_key),)
            ).fetchone()
        try:
            return Reading() if row is None else reading_from_json(row[0])
        except ValueError as error:
            logger.warning("a reading could not be read: %s", type(error).__name__)
            return Reading()

    def save(self, series_key: str, study_uid: str, reading: Reading) -> None:
        """Raises LibraryError where it cannot be written; what was there before stays then."""
        with self._database.writing() as connection:
            put_reading(connection, series_id(series_key), study_uid, reading)


def put_reading(
    connection: sqlite3.Connection, series: str, study_uid: str, reading: Reading
) -> None:
    """``reading`` of the series of that id, in the place of another."""
    may_show_model = reading.model_was_seen or reading.review.first_read is not None
    row = (
        series,
        study_uid,
        reading_to_json(reading),
        stage_of(reading),
        may_show_model,
        datetime.now(UTC).isoformat(timespec="seconds"),
    )
    connection.execute("INSERT OR REPLACE INTO reading VALUES (?, ?, ?, ?, ?, ?)", row)
