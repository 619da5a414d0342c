"""Store: an opened store, whose arrays are read when they are asked for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from pe_models.errors import DatasetError
from pe_models.imaging.geometry import Geometry
from pe_models.imaging.volume import SliceStamp, Volume, VolumeOrigin
from pe_models.training.files import read_json
from pe_models.training.store.paths import (
    INDEX,
    array_file,
    labels_file,
    places_file,
    record_file,
    whole_file,
)
from pe_models.training.store.places import Table
from pe_models.training.store.records import READABLE_VERSIONS, FailedStudy, StudyRecord
from pe_models.training.store.salt import salt_name

Item = TypeVar("Item", bound=np.generic)


@dataclass(frozen=True, slots=True)
class Store:
    """An opened store. ``is_reserved`` means that it is for evaluation, never for training."""

    folder: Path
    studies: tuple[StudyRecord, ...]
    failed: tuple[FailedStudy, ...]
    is_reserved: bool
    elsewhere: Mapping[str, Path] = field(default_factory=dict)
    """Folders of the studies that another store brought along, by key."""
    salt: str = ""
    """Names the key of the patients' hashes; "" where no study needs one."""

    def hu(self, study: StudyRecord) -> NDArray[np.int16]:
        """Memory-mapped, read-only HU (slice, row, col). Raises DatasetError."""
        array: NDArray[np.int16] = _mapped(array_file(self._home(study), study.key), np.int16)
        return _of_shape(array, study.shape)

    def labels(self, study: StudyRecord) -> NDArray[np.uint8]:
        """Memory-mapped, read-only TissueLabels (slice, row, col). Raises DatasetError."""
        array: NDArray[np.uint8] = _mapped(labels_file(self._home(study), study.key), np.uint8)
        return _of_shape(array, study.shape)

    def places(self, study: StudyRecord) -> Table:
        """Where to look in a study that has labels. Raises DatasetError."""
        return _mapped(places_file(self._home(study), study.key), np.int16)

    def whole_slices(self, study: StudyRecord, indices: Sequence[int]) -> NDArray[np.int16]:
        """Slices (slice, row, col) as the Localizer sees them. Raises DatasetError."""
        if study.kept is None:
            return self.hu(study)[list(indices)]
        held = study.whole_slices
        if not set(indices) <= set(held):
            raise DatasetError(f"The store keeps whole only the slices {held} of this study.")
        stored: NDArray[np.int16] = _mapped(whole_file(self._home(study), study.key), np.int16)
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

    def _home(self, study: StudyRecord) -> Path:
        return self.elsewhere.get(study.key, self.folder)


def open_store(folder: Path) -> Store:
    """The whole studies of a store. Raises DatasetError where it is none, or of another version."""
    index = read_json(folder / INDEX)
    if not isinstance(index, dict) or index.get("schema_version") not in READABLE_VERSIONS:
        raise DatasetError(f"{folder / INDEX} is no index of a prepared store of this version.")
    studies = tuple(read_record(folder, key) for key in index["studies"])
    if not studies:
        raise DatasetError(f"The store {folder} holds no study.")
    failed = tuple(FailedStudy(**entry) for entry in index["failed"])
    salt = salt_name(folder) if any(study.is_salted for study in studies) else ""
    return Store(folder, studies, failed, bool(index["is_reserved"]), salt=salt)


def open_stores(folders: Sequence[Path]) -> Store:
    """The studies of one store or more as one; reserved where any of them is.

    Raises DatasetError as ``open_store`` does, where a study lies in two of them, and where it
    cannot be told whether a patient does.
    """
    first, *others = map(open_store, folders)
    salt = first.salt
    home = dict.fromkeys((study.key for study in first.studies), first.folder)
    for other in others:
        refuse_other_salts(salt, other.salt)
        salt = salt or other.salt
        for study in other.studies:
            if study.key in home:
                both = f"{home[study.key]} and {other.folder}"
                raise DatasetError(f"The stores {both} share a study.")
            home[study.key] = other.folder
    return Store(
        first.folder,
        tuple(study for store in (first, *others) for study in store.studies),
        tuple(failure for store in (first, *others) for failure in store.failed),
        any(store.is_reserved for store in (first, *others)),
        {key: folder for key, folder in home.items() if folder != first.folder},
        salt,
    )


def refuse_other_salts(salt: str, other: str) -> None:
    """Raises DatasetError: nobody knows a patient of one store again in another."""
    if salt and other and salt != other:
        raise DatasetError(
            "These stores were prepared apart, so that one patient may be in both unnoticed, on "
            "either side of the split. Prepare one of them anew, into another folder, with "
            "`prepare --like STORE`, which names the other one."
        )


def read_record(folder: Path, key: str) -> StudyRecord:
    """The record of one study. Raises DatasetError."""
    path = record_file(folder, key)
    try:
        return StudyRecord.from_dict(read_json(path))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DatasetError(f"{path.name} of the store is not readable: {error}") from error


def _mapped(path: Path, dtype: type[Item]) -> NDArray[Item]:
    """The array of ``path``, memory-mapped and read-only. Raises DatasetError."""
    try:
        array: NDArray[Item] = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise DatasetError(f"{path.name} of the store cannot be read: {error}") from error
    if array.dtype != dtype:
        raise DatasetError(f"{path.name} of the store is of another type than {dtype.__name__}.")
    return array


def _of_shape(array: NDArray[Item], shape: tuple[int, ...]) -> NDArray[Item]:
    if array.shape != shape:
        raise DatasetError("An array of the store is not of the shape that its record says.")
    return array
