"""The prepared store: one memory-mapped array of HU a study, and a record beside it.

``STORE/studies/KEY.npy`` is int16 ``[slice, row, col]``, slice 0 most inferior, turned so that
rows run toward posterior and cols toward the patient's left; ``KEY.json`` its record, written last.
Where the tissues are known, ``KEY.labels.npy`` holds a TissueLabel a voxel and ``KEY.places.npy``
where to look. An array may hold a part of its slices only, to save disk; ``KEY.whole.npy`` then has
the few whole ones that the Localizer sees. KEY is a hash, so that no file name carries a UID.
``STORE/index.json`` names the whole studies and what failed.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from pe_models.errors import DatasetError
from pe_models.findings import Crop
from pe_models.imaging.geometry import Geometry
from pe_models.imaging.volume import SliceStamp, Volume, VolumeOrigin
from pe_models.labels import EXAM_LABELS
from pe_models.training.files import read_json
from pe_models.training.places import Table
from pe_models.training.tables import Box, Label

Item = TypeVar("Item", bound=np.generic)

SCHEMA_VERSION: Final = 2
READABLE_VERSIONS: Final = (1, SCHEMA_VERSION)
"""Version 1 has no label arrays, and whole slices alone."""
INDEX: Final = "index.json"


@dataclass(frozen=True, slots=True)
class Embolus:
    """Truth of a phantom's embolus: its level, its side and its slices, inclusive."""

    level: str
    side: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class LookalikePlace:
    """What may be taken for a clot and is none: its kind, and the voxel of its middle."""

    kind: str
    slice_row_col: tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class StudyRecord:
    """All but the pixels of one prepared study.

    ``group`` is a keyed hash of the patient: equal for equal patients, and nothing else.
    ``image`` and ``sop_uids`` are in slice order; ``boxes`` by slice index, from ``box_source``,
    as shares of whole slices. ``lung_slices`` are the first and last that hold lung. ``sha256`` is
    that of the array's file, ``source`` that of what it was made from. ``labels_sha256`` is None
    where the tissues are not known. ``kept`` says which part of slices of ``whole_px`` rows and
    columns the arrays hold; None is all of it, and otherwise ``whole_slices`` are kept whole too.
    ``lookalikes`` are voxels of the array. ``generator`` made it, with its version; "" where it is
    no phantom, or where that was not kept.
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
    labels_sha256: str | None = None
    lookalikes: tuple[LookalikePlace, ...] = ()
    kept: Crop | None = None
    whole_px: tuple[int, int] | None = None
    whole_slices: tuple[int, ...] = ()
    generator: str = ""

    @property
    def has_labels(self) -> bool:
        """Whether each voxel's tissue is known."""
        return self.labels_sha256 is not None

    @property
    def slice_px(self) -> tuple[int, int]:
        """Rows and columns of a whole slice."""
        return self.whole_px or self.shape[1:]

    def within_array(self, crop: Crop) -> Crop:
        """A crop of whole slices as one of the array; what the array does not hold is cut off."""
        kept = self.kept
        if kept is None:
            return crop
        _, rows, cols = self.shape
        row_min, row_max = _moved(crop.row_min, crop.row_max, kept.row_min, rows)
        col_min, col_max = _moved(crop.col_min, crop.col_max, kept.col_min, cols)
        return Crop(row_min, row_max, col_min, col_max)

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
        if record["schema_version"] not in READABLE_VERSIONS:
            raise ValueError(f"a study of schema version {record['schema_version']!r}")
        lungs, emboli = record["lung_slices"], record["emboli"]
        kept, whole_px = record.get("kept"), record.get("whole_px")
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
                "lookalikes": tuple(
                    LookalikePlace(look["kind"], tuple(look["slice_row_col"]))
                    for look in record.get("lookalikes", ())
                ),
                "kept": None if kept is None else Crop(**kept),
                "whole_px": None if whole_px is None else tuple(whole_px),
                "whole_slices": tuple(record.get("whole_slices", ())),
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
        array: NDArray[np.int16] = _mapped(array_file(self.folder, study.key), np.int16)
        return _of_shape(array, study.shape)

    def labels(self, study: StudyRecord) -> NDArray[np.uint8]:
        """Memory-mapped, read-only TissueLabels (slice, row, col). Raises DatasetError."""
        array: NDArray[np.uint8] = _mapped(labels_file(self.folder, study.key), np.uint8)
        return _of_shape(array, study.shape)

    def places(self, study: StudyRecord) -> Table:
        """Where to look in a study that has labels. Raises DatasetError."""
        return _mapped(places_file(self.folder, study.key), np.int16)

    def whole_slices(self, study: StudyRecord, indices: Sequence[int]) -> NDArray[np.int16]:
        """Slices (slice, row, col) as the Localizer sees them. Raises DatasetError."""
        if study.kept is None:
            return self.hu(study)[list(indices)]
        held = study.whole_slices
        if not set(indices) <= set(held):
            raise DatasetError(f"The store keeps whole only the slices {held} of this study.")
        stored: NDArray[np.int16] = _mapped(whole_file(self.folder, study.key), np.int16)
        places = [held.index(index) for index in indices]
        return _of_shape(stored, (len(held), *study.slice_px))[places]

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
    if not isinstance(index, dict) or index.get("schema_version") not in READABLE_VERSIONS:
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


def labels_file(folder: Path, key: str) -> Path:
    return folder / "studies" / f"{key}.labels.npy"


def places_file(folder: Path, key: str) -> Path:
    return folder / "studies" / f"{key}.places.npy"


def whole_file(folder: Path, key: str) -> Path:
    return folder / "studies" / f"{key}.whole.npy"


def record_file(folder: Path, key: str) -> Path:
    return folder / "studies" / f"{key}.json"


def _mapped(path: Path, dtype: type[Item]) -> NDArray[Item]:
    """The array of ``path``, memory-mapped and read-only. Raises DatasetError."""
    try:
        array: NDArray[Item] = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError) as error:
        raise DatasetError(f"{path.name} of the store cannot be read: {error}") from error
    if array.dtype != dtype:
        raise DatasetError(f"{path.name} of the store is of another type than {dtype.__name__}.")
    return array


def _of_shape(array: NDArray[Item], shape: tuple[int, ...]) -> NDArray[Item]:
    if array.shape != shape:
        raise DatasetError("An array of the store is not of the shape that its record says.")
    return array


def _moved(first: int, end: int, origin: int, length: int) -> tuple[int, int]:
    start = min(max(first - origin, 0), length - 1)
    return start, min(max(end - origin, start + 1), length)
