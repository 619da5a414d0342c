"""The RSNA 2018 layout: ``stage_2_train_labels.csv`` and ``stage_2_train_images/<patientId>.dcm``.

Shih et al., Radiology: Artificial Intelligence 2019, 10.1148/ryai.2019180041. Its patientId names
one radiograph. Which of them are of one patient says the mapping to their source, which the
organisers published beside it: ``img_id`` begins with the patient's number.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from math import isfinite
from pathlib import Path
from typing import Final

from pe_models.errors import DatasetError
from pe_models.tables.csv_file import line_of, read_columns
from pe_models.tasks import PNEUMONIA
from pe_models.training.pictures.table import Picture, PictureTable

LABELS_FILE: Final = "stage_2_train_labels.csv"
IMAGES_FOLDER: Final = "stage_2_train_images"
SOURCES_FILE: Final = "pneumonia-challenge-dataset-mappings_2018.json"
_EDGES: Final = ("x", "y", "width", "height")
_COLUMNS: Final = ("patientId", *_EDGES, "Target")
_PNEUMONIA: Final = "1"
_TARGETS: Final = ("0", _PNEUMONIA)
_SHOWN: Final = 3
"""So many are named in a message."""

OpacityBox = tuple[float, float, float, float]
"""x, y of the upper left corner, width and height, in pixels of the picture as stored."""


Boxes = dict[str, tuple[OpacityBox, ...]]
"""Of each radiograph by its patientId, one an opacity; () without pneumonia."""


def is_rsna2018(folder: Path) -> bool:
    return (folder / LABELS_FILE).is_file()


def read_rsna2018(folder: Path) -> PictureTable:
    """Every radiograph of the table that has a file; those without are counted in ``skipped``.

    Without the mapping each radiograph stands for a patient, and ``skipped`` says so. Raises
    DatasetError where a table is none, and where rows of one radiograph contradict one another.
    """
    boxes = _read_labels(folder / LABELS_FILE)
    files = {path.stem: path for path in sorted((folder / IMAGES_FOLDER).glob("*.dcm"))}
    patient_of = _read_sources(folder / SOURCES_FILE)
    pictures = tuple(
        Picture(name, patient_of.get(name, name), files[name], (float(bool(found)),))
        for name, found in boxes.items()
        if name in files
    )
    return PictureTable(PNEUMONIA, pictures, tuple(_left_out(boxes, files, patient_of)))


def read_opacity_boxes(folder: Path) -> Boxes:
    """Where pneumonia is, by the key of the Picture. Raises DatasetError."""
    return _read_labels(folder / LABELS_FILE)


def _read_labels(path: Path) -> Boxes:
    """Radiographs in the order of their first rows."""
    table = read_columns(path, _COLUMNS)
    rows: dict[str, list[OpacityBox | None]] = defaultdict(list)
    for row, (name, *edges, target) in enumerate(table[list(_COLUMNS)].itertuples(index=False)):
        rows[name].append(_box_of_row(path, row, name, edges, target))
    both = (name for name, found in rows.items() if None in found and any(found))
    _refuse("are both 0 and 1", path, both)
    twice = (name for name, found in rows.items() if len(set(found)) < len(found))
    _refuse("stand there twice", path, twice)
    return {name: tuple(filter(None, found)) for name, found in rows.items()}


def _box_of_row(
    path: Path, row: int, name: str, edges: list[str], target: str
) -> OpacityBox | None:
    """The box of a row, None where its Target is 0. Raises DatasetError with its line."""
    try:
        if not name:
            raise ValueError("no patientId")
        if target not in _TARGETS:
            raise ValueError(f"Target {target!r}; 0 or 1 is wanted")
        box = _box(edges)
        if (box is not None) != (target == _PNEUMONIA):
            raise ValueError(f"Target {target} {'without' if box is None else 'with'} a box")
    except ValueError as error:
        raise DatasetError(f"{path.name}, line {line_of(path, row)}: {error}.") from error
    return box


def _box(edges: list[str]) -> OpacityBox | None:
    """None where all four cells are empty. Raises ValueError with the reason."""
    if not any(edges):
        return None
    try:
        x, y, width, height = (float(edge) for edge in edges)
    except ValueError as error:
        raise ValueError("a box of four numbers is wanted") from error
    if not all(map(isfinite, (x, y, width, height))) or min(width, height) <= 0:
        raise ValueError("the box is empty")
    return x, y, width, height


def _refuse(what: str, path: Path, names: Iterable[str]) -> None:
    """Raises DatasetError where there are any; ids are told by their ends."""
    wrong = list(names)
    if wrong:
        ends = ", ".join(f"...{name[-8:]}" for name in wrong[:_SHOWN])
        raise DatasetError(f"{path.name}: {len(wrong)} radiographs {what} ({ends}).")


def _read_sources(path: Path) -> dict[str, str]:
    """The patient of each radiograph; {} where there is no mapping. Raises DatasetError."""
    if not path.is_file():
        return {}
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(entries, list):
            raise TypeError("a list is wanted")
        return {str(e["subset_img_id"]): str(e["img_id"]).partition("_")[0] for e in entries}
    except OSError as error:
        raise DatasetError(f"{path.name} cannot be read: {error.strerror}.") from error
    except (ValueError, KeyError, TypeError) as error:
        raise DatasetError(f"{path.name} is not the mapping to the pictures' source.") from error


def _left_out(
    labelled: Mapping[str, object], files: Mapping[str, Path], patient_of: Mapping[str, str]
) -> Iterable[str]:
    """What a reader should know of the table: files and patients that are not there."""
    n_absent = sum(name not in files for name in labelled)
    if n_absent:
        yield f"{n_absent} of {len(labelled)} radiographs of {LABELS_FILE} have no file."
    n_unknown = sum(name not in patient_of for name in labelled)
    if n_unknown:
        yield (
            f"{n_unknown} of {len(labelled)} radiographs have no patient in {SOURCES_FILE}; each "
            "stands for one, and pictures of one patient may be learnt from and measured on."
        )
