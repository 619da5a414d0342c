"""States of the window with a library: recent studies, all of them, a queue, and tags."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pe_models.imaging.window import PE_WINDOW
from pe_viewer.display.tags import TagList
from pe_viewer.display.thumbnail import thumbnail
from pe_viewer.library.entry import BadgeKind, LibraryEntry, ModelBadge, ReadingStage
from pe_viewer.library.session import Session
from pe_viewer.services.tags import tag_rows
from pe_viewer.state import Activity, Phase, QueuedStudy, ReviewSnapshot

_NEWEST: Final = datetime(2026, 11, 20, 14, 5, tzinfo=UTC)
_DESCRIPTIONS: Final = ("CT CHEST PE PROTOCOL", "CTPA 1.0 B30f", "CT THORAX MIT KM")
_SAID: Final = (
    (ModelBadge(BadgeKind.FLAGGED, 0.94), ReadingStage.SIGNED),
    (ModelBadge(BadgeKind.NOTHING_FLAGGED, 0.12), ReadingStage.BEGUN),
    (None, ReadingStage.OPENED),
    (ModelBadge(BadgeKind.FLAGGED, 0.61), ReadingStage.LOCKED),
    (ModelBadge(BadgeKind.CANNOT_SAY, 0.31), ReadingStage.OPENED),
    (None, ReadingStage.OPENED),
)
_N_STUDIES: Final = 12


def library_states(nothing: ReviewSnapshot, opened: ReviewSnapshot) -> dict[str, ReviewSnapshot]:
    """``opened`` is a CT of a phantom; its slices are the pictures of all studies."""
    entries = tuple(_entry(number) for number in range(_N_STUDIES))
    kept = replace(nothing, library=entries, library_pictures=_pictures(opened, entries))
    waiting = [entry.study_key for entry in entries if entry.badge is None]
    running = Activity(Phase.RUNNING, "Analysing", 0.41)
    queue = (QueuedStudy(waiting[0], (), running), *(QueuedStudy(key) for key in waiting[1:]))
    return {
        "recent": replace(kept, session=_session()),
        "library": replace(kept, queue=queue),
        "tags": replace(opened, tags=_tags(opened)),
    }


def _entry(number: int) -> LibraryEntry:
    badge, stage = _SAID[number % len(_SAID)]
    return LibraryEntry(
        study_key=f"study-{number}",
        study_uid=f"2.25.{number}",
        patient_name=f"PHANTOM^{900_034 + number}",
        patient_id=f"P-{900_034 + number}",
        birth_date="",
        date=f"{_NEWEST - timedelta(days=number):%Y%m%d}",
        description=_DESCRIPTIONS[number % len(_DESCRIPTIONS)],
        accession_number="",
        paths=(Path("/home/reader/studies") / str(number),),
        opened_at=(_NEWEST - timedelta(hours=7 * number)).isoformat(),
        n_series=1 + number % 3,
        stage=stage,
        badge=badge,
        may_show_model=True,
    )


def _pictures(
    opened: ReviewSnapshot, entries: tuple[LibraryEntry, ...]
) -> dict[str, NDArray[np.uint8]]:
    volume = opened.volume
    if volume is None:
        raise ValueError("nothing is open")
    n = volume.n_slices
    return {
        entry.study_key: thumbnail(
            volume.hu[n // 2 - n // 8 + number * n // 40], volume.geometry, PE_WINDOW
        )
        for number, entry in enumerate(entries)
    }


def _session() -> Session:
    return Session("2.25.0", "", (), "PHANTOM^900034", 92, "Im 108/200", PE_WINDOW)


def _tags(opened: ReviewSnapshot) -> TagList:
    if opened.series is None:
        raise ValueError("nothing is open")
    return TagList(opened.slice_index, tag_rows(opened.series.slices[opened.slice_index]))
