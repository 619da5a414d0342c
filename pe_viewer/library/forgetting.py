"""Forgetting: every row of some studies, or of all, and every byte of them in the file."""

from collections.abc import Iterable, Mapping
from typing import Final

from pe_viewer.library.audit import AuditTrail
from pe_viewer.library.database import Database
from pe_viewer.library.schema import STUDY_TABLES
from pe_viewer.library.series_id import series_id

FORGOTTEN: Final = "forgotten"
"""The one act that stays in the audit trail; it names no study."""

_IS_FORGOTTEN: Final = "study_key IN (SELECT study_key FROM forgetting)"


def forget_studies(database: Database, keys_by_study: Mapping[str, Iterable[str]]) -> None:
    """Removes all that the library holds of some studies. Raises LibraryError.

    The keys are those of their series as far as they are known: readings of earlier versions do
    not name their study. However many go, the file is rewritten once.
    """
    series_ids = [(series_id(key),) for keys in keys_by_study.values() for key in keys]
    study_keys = [(key,) for key in keys_by_study]
    with database.writing() as connection:
        connection.executemany("INSERT INTO forgetting VALUES (?)", study_keys)
        connection.executemany("DELETE FROM reading WHERE series_id = ?", series_ids)
        connection.execute(
            "DELETE FROM reading WHERE series_id IN"
            f" (SELECT series_id FROM series WHERE {_IS_FORGOTTEN})"
        )
        for table in STUDY_TABLES:
            connection.execute(f"DELETE FROM {table} WHERE {_IS_FORGOTTEN}")
        connection.execute("DELETE FROM forgetting")
    n_studies = len(keys_by_study)
    detail = "one study" if n_studies == 1 else f"{n_studies} studies"
    AuditTrail(database).append(FORGOTTEN, study_key="", detail=detail)
    database.wipe_traces()


def forget_all(database: Database) -> None:
    """Empties the library but for the word that it was emptied. Raises LibraryError."""
    with database.writing() as connection:
        connection.execute("INSERT INTO forgetting SELECT DISTINCT study_key FROM audit")
        for table in (*STUDY_TABLES, "forgetting"):
            connection.execute(f"DELETE FROM {table}")
    AuditTrail(database).append(FORGOTTEN, study_key="", detail="all studies")
    database.wipe_traces()
