"""The readings in the library: one a series."""

import logging
import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from pe_viewer.library.database import Database
from pe_viewer.library.entry import ReadingStage, stage_of
from pe_viewer.library.review_json import Reading, reading_from_json, reading_to_json
from pe_viewer.library.series_id import series_id

logger = logging.getLogger(__name__)

_READING: Final = "SELECT record FROM reading WHERE series_id = ?"
_SAME_IMAGES: Final = """
SELECT record FROM reading JOIN series USING (series_id) WHERE images_id = ?
ORDER BY saved_at DESC LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class SignedReading:
    """A reading that was signed, and which series of which study it is of."""

    series_id: str
    study_key: str
    reading: Reading


class Readings:
    """Keeps the newest Reading of each series. Any thread."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def load(self, series_key: str, images: str = "") -> Reading:
        """What was kept of a series; an empty Reading where nothing was, or nothing readable.

        Where nothing was said of it at this place, what was said last of the same ``images``
        elsewhere: the study was moved or copied. Raises LibraryError where the library itself
        cannot be read.
        """
        with self._database.reading() as connection:
            row = connection.execute(_READING, (series_id(series_key),)).fetchone()
            if row is None:
                row = connection.execute(_SAME_IMAGES, (images,)).fetchone()
        try:
            return Reading() if row is None else reading_from_json(row[0])
        except ValueError as error:
            logger.warning("a reading could not be read: %s", type(error).__name__)
            return Reading()

    def signed(self) -> tuple[SignedReading, ...]:
        """Every signed reading that can be read, the last one signed last. Raises LibraryError."""
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT series_id, study_key, record FROM reading WHERE stage = ?"
                " ORDER BY saved_at",
                (ReadingStage.SIGNED.value,),
            ).fetchall()
        found = []
        for series, study_key, record in rows:
            try:
                found.append(SignedReading(series, study_key, reading_from_json(record)))
            except ValueError as error:
                logger.warning("a reading could not be read: %s", type(error).__name__)
        return tuple(found)

    def save(self, series_key: str, study_key: str, reading: Reading) -> None:
        """Raises LibraryError where it cannot be written; what was there before stays then."""
        with self._database.writing() as connection:
            put_reading(connection, series_id(series_key), study_key, reading)


def put_reading(
    connection: sqlite3.Connection, series: str, study_key: str, reading: Reading
) -> None:
    """``reading`` of the series of that id, in the place of another."""
    may_show_model = reading.model_was_seen or reading.review.first_read is not None
    row = (
        series,
        study_key,
        reading_to_json(reading),
        stage_of(reading),
        may_show_model,
        datetime.now(UTC).isoformat(timespec="seconds"),
    )
    connection.execute("INSERT OR REPLACE INTO reading VALUES (?, ?, ?, ?, ?, ?)", row)
