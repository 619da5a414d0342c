"""The studies in the library: who they are of, where they lie, and what became of them."""

import json
import os
import sqlite3
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pe_models.imaging.study import Series, Study
from pe_viewer.library.database import Database
from pe_viewer.library.entry import BadgeKind, LibraryEntry, ModelBadge, ReadingStage
from pe_viewer.library.schema import SERIES_TABLES
from pe_viewer.library.series_id import images_id, key_of_study, series_id

_STAGES: Final = list(ReadingStage)

_ENTRIES: Final = """
SELECT study_key, study_uid, patient_name, patient_id, birth_date, date, description,
    accession_number, paths, opened_at,
    (SELECT count(DISTINCT images_id) FROM series WHERE series.study_key = study.study_key)
FROM study ORDER BY opened_at DESC, study_key
"""

_BADGES: Final = """
SELECT findings.study_key, badge, highest_score, coalesce(may_show_model, 0)
FROM findings LEFT JOIN reading USING (series_id) ORDER BY made_at
"""


class KeptStudies:
    """Keeps which studies were opened. Any thread; raises LibraryError where it cannot."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, study: Study) -> None:
        """Keeps that ``study`` was opened now, as its headers name it."""
        with self._database.writing() as connection:
            put_study(connection, study, datetime.now(UTC).isoformat(timespec="milliseconds"))

    def entries(self) -> tuple[LibraryEntry, ...]:
        """All of them, the one opened last first."""
        with self._database.reading() as connection:
            rows = connection.execute(_ENTRIES).fetchall()
            stages = _furthest(connection.execute("SELECT study_key, stage FROM reading"))
            badges = {
                study_key: (ModelBadge(BadgeKind(badge), score), bool(may_show))
                for study_key, badge, score, may_show in connection.execute(_BADGES)
            }
        return tuple(_entry(row, stages, badges) for row in rows)

    def uids_of(self, study_keys: Iterable[str]) -> set[str]:
        """The StudyInstanceUIDs of some studies, where they are known."""
        with self._database.reading() as connection:
            uids = dict(connection.execute("SELECT study_key, study_uid FROM study"))
        return {uids[key] for key in study_keys if key in uids}

    def add_pictures(self, pictures: Mapping[str, tuple[str, NDArray[np.uint8]]]) -> None:
        """Keeps small pictures, (study_key, grey (row, col)) by the key of their series."""
        rows = [
            (series_id(key), study_key, *grey.shape, np.ascontiguousarray(grey).tobytes())
            for key, (study_key, grey) in pictures.items()
        ]
        with self._database.writing() as connection:
            connection.executemany("INSERT OR REPLACE INTO thumbnail VALUES (?, ?, ?, ?, ?)", rows)

    def pictures(self, study_keys: Iterable[str]) -> dict[str, NDArray[np.uint8]]:
        """Of each study the picture (row, col) of its best series; none where none was made."""
        found: dict[str, NDArray[np.uint8]] = {}
        with self._database.reading() as connection:
            for study_key in study_keys:
                row = connection.execute(
                    "SELECT n_rows, n_cols, grey FROM thumbnail JOIN series USING (series_id)"
                    " WHERE thumbnail.study_key = ? ORDER BY rank LIMIT 1",
                    (study_key,),
                ).fetchone()
                if row is not None and len(row[2]) == row[0] * row[1]:
                    found[study_key] = np.frombuffer(row[2], dtype=np.uint8).reshape(row[:2])
        return found


def put_study(connection: sqlite3.Connection, study: Study, opened_at: str) -> None:
    """``study`` and its series, in the place of what was known of them.

    What was kept of these series goes with them: earlier versions took patients who share a
    StudyInstanceUID for one, and kept some readings without a study.
    """
    patient = study.patient
    row = (
        key_of_study(study),
        study.study_uid,
        patient.name,
        patient.patient_id,
        patient.birth_date,
        patient.sex,
        patient.age,
        study.date,
        study.description,
        study.accession_number,
        json.dumps([str(path) for path in places_of(study)]),
        opened_at,
    )
    connection.execute(f"INSERT OR REPLACE INTO study VALUES ({', '.join('?' * len(row))})", row)
    connection.executemany(
        "INSERT OR REPLACE INTO series VALUES (?, ?, ?, ?, ?, ?, ?)",
        [_series_row(study, series) for series in study.series],
    )
    for table in SERIES_TABLES:
        connection.executemany(
            f"UPDATE {table} SET study_key = :key WHERE series_id = :series AND study_key <> :key",
            [
                {"key": key_of_study(study), "series": series_id(series.key)}
                for series in study.series
            ],
        )


def _series_row(study: Study, series: Series) -> tuple[str, str, str, str, int, int, str]:
    return (
        series_id(series.key),
        key_of_study(study),
        series.series_uid,
        series.description,
        series.n_slices,
        series.rank,
        images_id(study, series),
    )


def places_of(study: Study) -> tuple[Path, ...]:
    """The paths that hold its files: the folder that all lie below, else each folder; a zip itself.

    The folder that was opened may have held many studies; to open this one again it need not be
    scanned whole.
    """
    files = {(Path(s.file), s.member) for series in study.series for s in series.slices}
    folders = {file.parent for file, member in files if member is None}
    zips = {file for file, member in files if member is not None}
    try:
        common = {Path(os.path.commonpath(folders))} if folders else set()
    except ValueError:  # on several drives
        common = folders
    if not common <= folders and any(len(path.parts) <= 1 for path in common):
        common = folders  # a root is no place to scan
    return tuple(sorted(common | zips))


def _furthest(rows: Iterable[tuple[str, str]]) -> dict[str, ReadingStage]:
    """The furthest stage of any series, by study."""
    stages: dict[str, ReadingStage] = {}
    for study_key, word in rows:
        stage = ReadingStage(word)
        before = stages.get(study_key, ReadingStage.OPENED)
        stages[study_key] = max(before, stage, key=_STAGES.index)
    return stages


def _entry(
    row: tuple[str, str, str, str, str, str, str, str, str, str, int],
    stages: Mapping[str, ReadingStage],
    badges: Mapping[str, tuple[ModelBadge, bool]],
) -> LibraryEntry:
    study_key, paths = row[0], json.loads(row[8])
    badge, may_show = badges.get(study_key, (None, False))
    return LibraryEntry(
        *row[:8],
        paths=tuple(Path(path) for path in paths),
        opened_at=row[9],
        n_series=row[10],
        stage=stages.get(study_key, ReadingStage.OPENED),
        badge=badge,
        may_show_model=may_show,
    )
