"""The prepared store: one memory-mapped array of HU a study, and a record beside it.

``STORE/studies/KEY.npy`` is int16 ``[slice, row, col]``, slice 0 most inferior, turned so that
rows run toward posterior and cols toward the patient's left; ``KEY.json`` its record, written last.
KEY is a hash, so that no file name carries a UID. ``STORE/index.json`` names the whole studies and
what failed.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from pe_models.errors import DatasetError
from pe_models.imaging.geometry import Geometry
from pe_models.imaging.volume import SliceStamp, Volume, VolumeOrigin
from pe_models.labels import EXAM_LABELS
from pe_models.training.files import read_json
from pe_models.training.tables import Box, Label

SCHEMA_VERSION: Final = 1
INDEX: Final = "index.json"


@dataclass(frozen=True, slots=True)
class Embolus:
    """Truth of a phantom's embolus: its level, its side and its slices, inclusive."""

    level: str
    side: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class StudyRecord:
    """All but the pixels of one prepared study.

    ``group`` is a keyed hash of the patient: equal for equal patients, and nothing else.
    ``image`` and ``sop_uids`` are in slice order; ``boxes`` by slice index, from ``box_source``.
    ``lung_slices`` are the first and last that hold lung. ``sha256`` is that of the array's file,
    ``source`` that of what it was made from.
    """

    key: str
    study_uid: str
    series_uid: str
    group: str
    sop_uids: tuple[str, ...]
    image: tuple[Label, ...]
    exam: Mapping[str, Label]
    boxes: Mapping[int, Box]
    box_source: str
    lung_slices: tuple[int, int] | None
    shape: tuple[int, int, int]
    spacing_mm: tuple[float, float, float]
    emboli: tuple[Embolus, ...] | None
    sha256: str
    source: str

    @property
    def n_slices(self) -> int:
        return self.shape[0]

    @property
    def is_positive(self) -> bool:
        """Whether any image is known to show PE."""
        return any(label == 1 for label in self.image)

    def image_labels(self) -> NDArray[np.float32]:
        """(slice,) 0, 1, or NaN for unknown."""
        return np.array([np.nan if v is None else v for v in self.image], dtype=np.float32)

    def exam_labels(self) -> NDArray[np.float32]:
        """(label,) in the order of EXAM_LABELS: 0, 1, or NaN for unknown."""
        values = [self.exam[label] for label in EXAM_LABELS]
        return np.array([np.nan if v is None else v for v in values], dtype=np.float32)

    def to_dict(self) -> dict[str, Any]:
        return {"schema_version": SCHEMA_VERSION, **asdict(self)}

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> "StudyRecord":
        """Inverse of ``to_dict``. Raises KeyError, TypeError or ValueError for another record."""
        if record["schema_version"] != SCHEMA_VERSION:
            raise ValueError(f"a study of schema version {record['schema_version']!r}")
        lungs, emboli = record["lung_slices"], record["emboli"]
        rest = {k: v for k, v in record.items() if k != "schema_version"}
        return cls(
            **{
                **rest,
                "sop_uids": tuple(record["sop_uids"]),
                "image": tuple(record["image"]),
                "boxes": {int(index): tuple(box) for index, box in record["boxes"].items()},
                "lung_slices": None if lungs is None else tuple(lungs),
                "shape": tuple(record["shape"]),
                "spacing_mm": tuple(record["spacing_mm"]),
                "emboli": None if emboli is None else tuple(Embolus(**e) for e in emboli),
            }
        )


@dataclass(frozen=True, slots=True)
class FailedStudy:
    """A study that could not be prepared, named by the end of its UID, and why."""

    study: str
    reason: str


@dataclass(frozen=True, slots=True)
class Store:
    """An opened store. ``is_reserved`` means that it is for evaluation, never for training."""

    folder: Path
    studies: tuple[StudyRecord, ...]
    failed: tuple[FailedStudy, ...]
    is_reserved: bool

    def hu(self, study: StudyRecord) -> NDArray[np.int16]:
        """Memory-mapped, read-only HU (slice, row, col). Raises DatasetError."""
        path = array_file(self.folder, study.key)
        try:
            array: NDArray[np.int16] = np.load(path, mmap_mode="r", allow_pickle=False)
        except (OSError, ValueError) as error:
            raise DatasetError(f"{path.name} of the store cannot be read: {error}") from error
        if array.dtype != np.int16 or array.shape != study.shape:
            raise DatasetError(f"{path.name} of the store is not the array that its record says.")
        return array

    def volume(self, study: StudyRecord) -> Volume:
        """The study as an axial Volume; its position in the room is not kept."""
        geometry = Geometry.axial(study.shape, study.spacing_mm)
        stamps = tuple(
            SliceStamp(uid, None, None, index * study.spacing_mm[0])
            for index, uid in enumerate(study.sop_uids)
        )
        origin = VolumeOrigin(study.study_uid, study.series_uid, stamps)
        return Volume(self.hu(study), geometry, origin)


def open_store(folder: Path) -> Store:
    """The whole studies of a store. Raises DatasetError where it is none, or of another version."""
    index = read_json(folder / INDEX)
    if not isinstance(index, dict) or index.get("schema_version") != SCHEMA_VERSION:
        raise DatasetError(f"{folder / INDEX} is no index of a prepared store of this version.")
    studies = tuple(read_record(folder, key) for key in index["studies"])
    if not studies:
        raise DatasetError(f"The store {folder} holds no study.")
    failed = tuple(FailedStudy(**entry) for entry in index["failed"])
    return Store(folder, studies, failed, bool(index["is_reserved"]))


def read_record(folder: Path, key: str) -> StudyRecord:
    """The record of one study. Raises DatasetError."""
    path = record_file(folder, key)
    try:
        return StudyRecord.from_dict(read_json(path))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DatasetError(f"{path.name} of the store is not readable: {error}") from error


def key_of(study_uid: str) -> str:
    return hashlib.sha256(study_uid.encode()).hexdigest()[:20]


def array_file(folder: Path, key: str) -> Path:
    return folder / "studies" / f"{key}.npy"


def record_file(folder: Path, key: str) -> Path:
    return folder / "studies" / f"{key}.json"
