"""A study enters the prepared store: its arrays, then its record; whole or not at all."""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pe_models.errors import DatasetError
from pe_models.training.files import read_json, write_json, write_whole
from pe_models.training.store.folder import read_record
from pe_models.training.store.paths import (
    INDEX,
    array_file,
    labels_file,
    places_file,
    record_file,
    whole_file,
)
from pe_models.training.store.places import find_places
from pe_models.training.store.records import SCHEMA_VERSION, FailedStudy, StudyRecord


@dataclass(frozen=True, slots=True, eq=False)
class StudyArrays:
    """``hu`` and ``labels`` (slice, row, col); ``whole`` (slice, row, col) the Localizer's."""

    hu: NDArray[np.int16]
    labels: NDArray[np.uint8] | None = None
    whole: NDArray[np.int16] | None = None


def write_study(folder: Path, record: StudyRecord, arrays: StudyArrays) -> None:
    """Writes the arrays and, last, the record with their hashes. Raises OSError."""
    key, labels_sha256 = record.key, None
    if arrays.labels is not None:
        labels_sha256 = _write(labels_file(folder, key), arrays.labels)
        table = find_places(
            arrays.hu, arrays.labels, pixel_mm=record.spacing_mm[1], seed=int(key, 16)
        )
        _write(places_file(folder, key), table)
    if arrays.whole is not None:
        _write(whole_file(folder, key), arrays.whole)
    sha256 = _write(array_file(folder, key), arrays.hu)
    whole = replace(record, sha256=sha256, labels_sha256=labels_sha256)
    write_json(record_file(folder, key), whole.to_dict())


def is_whole(folder: Path, key: str, source: str) -> bool:
    """Whether the store has the study already, made from ``source``. Raises DatasetError."""
    if not (record_file(folder, key).exists() and array_file(folder, key).exists()):
        return False
    record = read_record(folder, key)
    has_labels = not record.has_labels or labels_file(folder, key).exists()
    return record.source == source and has_labels


def refuse_other_use(folder: Path, *, is_reserved: bool) -> None:
    """Raises DatasetError where the store is for evaluation and shall not be, or the reverse."""
    index = read_json(folder / INDEX) if (folder / INDEX).exists() else {}
    if index.get("studies") and bool(index["is_reserved"]) is not is_reserved:
        made_for = "training" if is_reserved else "evaluation alone"
        raise DatasetError(f"The store {folder} was made for {made_for}; name another folder.")


def write_index(
    folder: Path, keys: Sequence[str], failed: Sequence[FailedStudy], *, is_reserved: bool
) -> tuple[str, ...]:
    """Names the studies of ``keys`` that are there, and those that failed; returns the former.

    One that failed is none of them, whatever an earlier call left of it.
    """
    gone = {failure.key for failure in failed}
    present = tuple(k for k in keys if k not in gone and record_file(folder, k).exists())
    write_json(
        folder / INDEX,
        {
            "schema_version": SCHEMA_VERSION,
            "is_reserved": is_reserved,
            "studies": present,
            "failed": [asdict(failure) for failure in failed],
        },
    )
    return present


def _write(path: Path, array: NDArray[Any]) -> str:
    """The SHA-256 of the file."""
    buffer = BytesIO()
    np.save(buffer, np.ascontiguousarray(array), allow_pickle=False)
    content = buffer.getvalue()
    write_whole(path, content)
    return hashlib.sha256(content).hexdigest()
