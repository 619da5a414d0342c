"""The RSNA 2018 layout: ``stage_2_train_labels.csv`` and ``stage_2_train_images/<patientId>.dcm``.

Shih et al., Radiology: Artificial Intelligence 2019, 10.1148/ryai.2019180041. Its patientId names
one radiograph. Which of them are of one patient says the mapping to their source, which the
organisers published beside it: ``img_id`` begins with the patient's number.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
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
_TARGETS: Final = {"0": 0.0, "1": 1.0}
_SHOWN: Final = 3
"""So many are named in a message."""

OpacityBox = tuple[float, float, float, float]
"""x, y of the upper left corner, width and height, in pixels of the picture as stored."""


@dataclass(frozen=True, slots=True)
class _Labelled:
    """One radiograph: its label, and a box for each opacity."""

    target: float
    boxes: tuple[OpacityBox, ...]


def is_rsna2018(folder: Path) -> bool:
    return (folder / LABELS_FILE).is_file()


def read_rsna2018(folder: Path) -> PictureTable:
    """Every radiograph of the table that has a file; those without are counted in ``skipped``.

    Without the mapping each radiograph stands for a patient, and ``skipped`` says so. Raises
    DatasetError where a table is none, and where rows of one radiograph contradict one another.
    """
    labelled = _read_labels(folder / LABELS_FILE)
    files = {path.stem: path for path in sorted((folder / IMAGES_FOLDER).glob("*.dcm"))}
    patient_of = _read_sources(folder / SOURCES_FILE)
    pictures = tuple(
        Picture(name, patient_of.get(name, name), files[name], (found.target,))
        for name, found in labelled.items()
        if name in files
    )
    return PictureTable(PNEUMONIA, pictures, tuple(_left_out(labelled, files, patient_of)))


def read_opacity_boxes(folder: Path) -> dict[str, tuple[OpacityBox, ...]]:
    """The boxes of each radiograph that has any, by the key of its Picture. Raises DatasetError."""
    labelled = _read_labels(folder / LABELS_FILE)
    return {name: found.boxes for name, found in labelled.items() if found.boxes}


def _read_labels(path: Path) -> dict[str, _Labelled]:
    """Radiographs in the order of their first rows."""
    table = read_columns(path, _COLUMNS)
    targets: dict[str, set[float]] = defaultdict(set)
    rows: dict[str, list[OpacityBox | None]] = defaultdict(list)
    for row, (name, *edges, target) in enumerate(table[list(_COLUMNS)].itertuples(index=False)):
        if not name or target not in _TARGETS:
            wrong = f"Target {target!r}" if name else "no patientId"
            raise DatasetError(
                f"{path.name}, line {line_of(path, row)}: {wrong}; 0 or 1 is wanted."
            )
        box = _box(edges, path, row)
        if (box is not None) != (target == "1"):
            raise DatasetError(
                f"{path.name}, line {line_of(path, row)}: Target {target} "
                f"{'without' if box is None else 'with'} a box."
            )
        targets[name].add(_TARGETS[target])
        rows[name].append(box)
    _refuse("are both 0 and 1", path, (name for name, found in targets.items() if len(found) > 1))
    _refuse(
        "stand there twice", path, (n for n, found in rows.items() if len(set(found)) < len(found))
    )
    return {
        name: _Labelled(targets[name].pop(), tuple(box for box in found if box is not None))
        for name, found in rows.items()
    }


def _box(edges: list[str], path: Path, row: int) -> OpacityBox | None:
    """None where all four cells are empty, as where there is no pneumonia."""
    if not any(edges):
        return None
    try:
        x, y, width, height = (float(edge) for edge in edges)
    except ValueError as error:
        raise DatasetError(
            f"{path.name}, line {line_of(path, row)}: a box of four numbers is wanted."
        ) from error
    if not all(map(isfinite, (x, y, width, height))) or min(width, height) <= 0:
        raise DatasetError(f"{path.name}, line {line_of(path, row)}: the box is empty.")
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
        return {
            str(entry["subset_img_id"]): str(entry["img_id"]).partition("_")[0] for entry in entries
        }
    except OSError as error:
        raise DatasetError(f"{path.name} cannot be read: {error.strerror}.") from error
    except (ValueError, KeyError, TypeError) as error:
        raise DatasetError(f"{path.name} is not the mapping to the pictures' source.") from error


def _left_out(
    labelled: Mapping[str, _Labelled], files: Mapping[str, Path], patient_of: Mapping[str, str]
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
