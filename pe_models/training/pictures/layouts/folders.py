"""Folders of JPEG or PNG slices, one a class, as the slice classifiers' authors had them.

``positive/`` and ``negative/`` (or ``pe/`` and ``no-pe/``, ``1/`` and ``0/``) hold the pictures.
Whose a picture is says the folder below its class, ``positive/PATIENT/17.png``, or the file's name
up to its first ``_``, ``positive/PATIENT_17.png``; in capitals or not. A name that says neither is
refused: a split by patient would be one by slice, and nobody would see it.
"""

from dataclasses import replace
from pathlib import Path
from typing import Final

from pe_models.errors import DatasetError
from pe_models.imaging.volume import VolumeKind
from pe_models.pictures.reading import PHOTOGRAPHS
from pe_models.tasks import Task
from pe_models.training.pictures.table import Picture, PictureTable

LABEL_OF_FOLDER: Final = {
    "positive": 1.0, "pe": 1.0, "1": 1.0,
    "negative": 0.0, "no-pe": 0.0, "0": 0.0,
}  # fmt: skip
_MARK: Final = "_"
"""Ends the patient's part of a file's name."""


def has_class_folders(folder: Path) -> bool:
    """Whether any folder in ``folder`` is called as a class is."""
    return folder.is_dir() and any(_label_of(path) is not None for path in folder.iterdir())


def read_folders(folder: Path, task: Task) -> PictureTable:
    """Every picture below the folders of the two classes; other files are left where they are.

    Grey values mean no HU, so the table's task draws them over their own range. Raises DatasetError
    where a class or its pictures are missing, where names do not tell patients apart, and where a
    picture is in both classes.
    """
    if len(task.labels) != 1:
        raise DatasetError(f"Folders of two classes cannot tell the labels of {task.title} apart.")
    pictures: list[Picture] = []
    for place in sorted(folder.iterdir()) if folder.is_dir() else []:
        label = _label_of(place)
        if label is not None:
            pictures += [_picture(path, place, label) for path in _photographs(place)]
    _require_both_classes(pictures)
    _require_patients(pictures)
    _require_one_class_each(pictures)
    return PictureTable(_of_photographs(task), tuple(pictures))


def _label_of(path: Path) -> float | None:
    return LABEL_OF_FOLDER.get(path.name.lower()) if path.is_dir() else None


def _photographs(place: Path) -> list[Path]:
    """What a file manager hides is no picture of the data set."""
    return sorted(
        path
        for path in place.rglob("*")
        if path.suffix.lower() in PHOTOGRAPHS and not path.name.startswith(".") and path.is_file()
    )


def _picture(path: Path, place: Path, label: float) -> Picture:
    within = path.relative_to(place)
    named, mark, _ = path.stem.partition(_MARK)
    patient = within.parts[0] if len(within.parts) > 1 else named if mark else ""
    return Picture(f"{place.name}/{within.as_posix()}", patient.strip().casefold(), path, (label,))


def _require_both_classes(pictures: list[Picture]) -> None:
    if {picture.labels[0] for picture in pictures} != {0.0, 1.0}:
        raise DatasetError(
            "JPEG or PNG pictures are wanted in two folders: positive/ and negative/ "
            "(or pe/ and no-pe/, 1/ and 0/)."
        )


def _require_patients(pictures: list[Picture]) -> None:
    n_nameless = sum(not picture.patient for picture in pictures)
    if n_nameless:
        raise DatasetError(
            f"{n_nameless} of {len(pictures)} pictures do not say whose they are: put each "
            "patient's into a folder of its own, or name them PATIENT_SLICE.png. Otherwise slices "
            "of one patient would be learnt from and measured on."
        )


def _require_one_class_each(pictures: list[Picture]) -> None:
    labels: dict[str, float] = {}
    n_both = 0
    for picture in pictures:
        name = picture.key.partition("/")[2].casefold()
        n_both += labels.setdefault(name, picture.labels[0]) != picture.labels[0]
    if n_both:
        raise DatasetError(
            f"{n_both} pictures are in the folders of both classes under the same name; "
            "keep each in one."
        )


def _of_photographs(task: Task) -> Task:
    """The task as grey values have it: no windows, and no series but such pictures."""
    accepts = replace(task.accepts, volume_kind=VolumeKind.RAW)
    return replace(task, accepts=accepts, picture=replace(task.picture, windows=()))
