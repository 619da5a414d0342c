"""A prepared store: every slice of its studies, by its image label."""

from pathlib import Path

from pe_models.errors import DatasetError
from pe_models.tasks import PE
from pe_models.training.pictures.table import Picture, PictureTable
from pe_models.training.store import StudyRecord, open_store
from pe_models.training.store.paths import INDEX, array_file


def is_store(folder: Path) -> bool:
    return (folder / INDEX).exists()


def read_prepared(folder: Path) -> PictureTable:
    """Slices of arrays that may hold a part of the field of view alone.

    Raises DatasetError for what is no store, and for one that is reserved for evaluation.
    """
    store = open_store(folder)
    if store.is_reserved:
        raise DatasetError("This store is reserved for evaluation; train on another one.")
    slices = (picture for study in store.studies for picture in _pictures(folder, study))
    return PictureTable(PE, tuple(slices))


def _pictures(folder: Path, study: StudyRecord) -> list[Picture]:
    path, labels = array_file(folder, study.key), study.image_labels().tolist()
    return [
        Picture(f"{study.key}/{index}", study.group, path, (label,), index)
        for index, label in enumerate(labels)
    ]
