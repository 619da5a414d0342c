"""Where the reader was when the program ended, so that it can go on there."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pe_models.imaging.window import Window
from pe_viewer.library.database import Database


@dataclass(frozen=True, slots=True)
class Session:
    """The series in view, its slice and its window. ``place`` names the slice as people do.

    ``has_ended`` is False while the program runs, and for good where it was killed.
    """

    study_key: str
    series_key: str
    paths: tuple[Path, ...]
    patient_name: str
    slice_index: int
    place: str
    window: Window
    has_ended: bool = False


class KeptSession:
    """Keeps one Session, the last. Any thread; raises LibraryError where it cannot."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(self, session: Session | None) -> None:
        """``session`` in the place of the one before; None where nothing is open."""
        with self._database.writing() as connection:
            connection.execute("DELETE FROM session")
            if session is not None:
                connection.execute(
                    "INSERT INTO session VALUES (1, ?, ?)",
                    (session.study_key, session_to_json(session)),
                )

    def load(self) -> Session | None:
        """The last one; None where nothing was open, or what was kept cannot be read."""
        with self._database.reading() as connection:
            row = connection.execute("SELECT study_key, record FROM session").fetchone()
        try:
            return None if row is None else session_from_json(*row)
        except ValueError:
            return None


def session_to_json(session: Session) -> str:
    """All of it but which study it is of."""
    return json.dumps(
        {
            "series_key": session.series_key,
            "paths": [str(path) for path in session.paths],
            "patient_name": session.patient_name,
            "slice_index": session.slice_index,
            "place": session.place,
            "window": [session.window.width_hu, session.window.centre_hu],
            "has_ended": session.has_ended,
        }
    )


def session_from_json(study_key: str, text: str) -> Session:
    """Inverse of ``session_to_json``. Raises ValueError for anything else."""
    record = json.loads(text)
    try:
        return _session_of(study_key, record)
    except (KeyError, TypeError) as error:
        raise ValueError(f"a session lacks or spoils {error}") from error


def _session_of(study_key: str, record: Mapping[str, Any]) -> Session:
    width_hu, centre_hu = record["window"]
    return Session(
        study_key=study_key,
        series_key=str(record["series_key"]),
        paths=tuple(Path(path) for path in record["paths"]),
        patient_name=str(record["patient_name"]),
        slice_index=int(record["slice_index"]),
        place=str(record["place"]),
        window=Window(float(width_hu), float(centre_hu)),
        has_ended=bool(record["has_ended"]),
    )
