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
from pe_viewer.library.series_id import images_id, series_id

_STAGES: Final = list(ReadingStage)

_ENTRIES: Final = """
SELECT study_uid, patient_name, patient_id, birth_date, date, description, accession_number, paths,
    opened_at,
    (SELECT count(DISTINCT images_id) FROM series WHERE series.study_uid = study.study_uid)
FROM study ORDER BY opened_at DESC, study_uid
"""

_BADGES: Final = """
SELECT findings.study_uid, badge, highest_score, coalesce(may_show_model, 0)
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
            stages = _furthest(connection.execute("SELECT study_uid, stage FROM reading"))
            badges = {
                study_uid: (ModelBadge(BadgeKind(badge), score), bool(may_show))
                for study_uid, badge, score, may_show in connection.execute(_BADGES)
            }
        return tuple(_entry(row, stages, badges) for row in rows)

    def add_pictures(self, pictures: Mapping[str, tuple[str, NDArray[np.uint8]]]) -> None:
        """Keeps small pictures, (study_uid, grey (row, col)) by the key of their series."""
        rows = [
            (series_id(key), study_uid, *grey.shape, np.ascontiguousarray(grey).tobytes())
            for key, (study_uid, grey) in pictures.items()
        ]
        with self._database.writing() as connection:
            connection.executemany("INSERT OR REPLACE INTO thumbnail VALUES (?, ?, ?, ?, ?)", rows)

    def pictures(self, study_uids: Iterable[str]) -> dict[str, NDArray[np.uint8]]:
        """Of each study the picture (row, col) of its best series; none where none was made."""
        found: dict[str, NDArray[np.uint8]] = {}
        with self._database.reading() as connection:
            for study_uid in study_uids:
                row = connection.execute(
                    "SELECT n_rows, n_cols, grey FROM thumbnail JOIN series USING (series_id)"
                    " WHERE thumbnail.study_uid = ? ORDER BY rank LIMIT 1",
                    (study_uid,),
                ).fetchone()
                if row is not None and len(row[2]) == row[0] * row[1]:
                    found[study_uid] = np.frombuffer(row[2], dtype=np.uint8).reshape(row[:2])
        return found


def put_study(connection: sqlite3.Connection, study: Study, opened_at: str) -> None:
    """``study`` and its series, in the place of what was known of them."""
    patient = study.patient
    row = (
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


def _series_row(study: Study, series: Series) -> tuple[str, str, str, str, int, int, str]:
    return (
        series_id(series.key),
        series.study_uid,
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
    for study_uid, word in rows:
        stage = ReadingStage(word)
        before = stages.get(study_uid, ReadingStage.OPENED)
        stages[study_uid] = max(before, stage, key=_STAGES.index)
    return stages


def _entry(
    row: tuple[str, str, str, str, str, str, str, str, str, int],
    stages: Mapping[str, ReadingStage],
    badges: Mapping[str, tuple[ModelBadge, bool]],
) -> LibraryEntry:
    study_uid, paths = row[0], json.loads(row[7])
    badge, may_show = badges.get(study_uid, (None, False))
    return LibraryEntry(
        *row[:7],
        paths=tuple(Path(path) for path in paths),
        opened_at=row[8],
        n_series=row[9],
        stage=stages.get(study_uid, ReadingStage.OPENED),
        badge=badge,
        may_show_model=may_show,
    )
