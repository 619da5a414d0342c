"""Forgetting: every row of one study, or of all, and every byte of them in the file."""

from collections.abc import Iterable
from typing import Final

from pe_viewer.library.audit import AuditTrail
from pe_viewer.library.database import Database
from pe_viewer.library.schema import STUDY_TABLES
from pe_viewer.library.series_id import series_id

FORGOTTEN: Final = "forgotten"
"""The one act that stays in the audit trail; it names no study."""


def forget_study(database: Database, study_uid: str, series_keys: Iterable[str] = ()) -> None:
    """Removes all that the library holds of a study. Raises LibraryError.

    ``series_keys`` are its series as far as they are known: readings of earlier versions do not
    name their study.
    """
    with database.writing() as connection:
        connection.execute("INSERT INTO forgetting VALUES (?)", (study_uid,))
        for key in series_keys:
            connection.execute("DELETE FROM reading WHERE series_id = ?", (series_id(key),))
        connection.execute(
            "DELETE FROM reading WHERE series_id IN"
            " (SELECT series_id FROM series WHERE study_uid = ?)",
            (study_uid,),
        )
        for table in STUDY_TABLES:
            connection.execute(f"DELETE FROM {table} WHERE study_uid = ?", (study_uid,))
        connection.execute("DELETE FROM forgetting")
    AuditTrail(database).append(FORGOTTEN, study_uid="", detail="one study")
    database.wipe_traces()


def forget_all(database: Database) -> None:
    """Empties the library but for the word that it was emptied. Raises LibraryError."""
    with database.writing() as connection:
        connection.execute("INSERT INTO forgetting SELECT DISTINCT study_uid FROM audit")
        for table in (*STUDY_TABLES, "forgetting"):
            connection.execute(f"DELETE FROM {table}")
    AuditTrail(database).append(FORGOTTEN, study_uid="", detail="all studies")
    database.wipe_traces()
