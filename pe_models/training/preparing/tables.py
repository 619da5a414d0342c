"""Labels and boxes study by study: ``train.csv`` and ``lung_bbox.csv`` of the RSNA layout.

The files are read and checked by ``pe_models.tables``; here they become what one study needs.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

import numpy as np

from pe_models.errors import DatasetError
from pe_models.labels import EXAM_LABELS
from pe_models.tables.csv_file import line_of, read_columns
from pe_models.tables.exams import Indices
from pe_models.tables.label_table import LabelTable, read_label_table
from pe_models.training.store import Box, Label

Entry = TypeVar("Entry")

_EDGES: Final = ("Xmin", "Ymin", "Xmax", "Ymax")


@dataclass(frozen=True, slots=True)
class StudyLabels:
    """Labels of one exam: ``image`` by SOPInstanceUID, ``exam`` one a label."""

    study_uid: str
    series_uid: str
    image: Mapping[str, Label]
    exam: Mapping[str, Label]


def read_labels(path: Path) -> tuple[StudyLabels, ...]:
    """Every study of ``train.csv``, in the file's order.

    An empty cell means unknown. Equal duplicate rows count once. Raises DatasetError for missing
    columns, other values, contradicting rows, an exam whose rows disagree, and one of several
    series: the store keeps one a study.
    """
    table = read_label_table(path)
    exams = table.exams
    if exams.n_with_several_series:
        raise DatasetError(
            f"{path.name}: exams with more than one series: {exams.n_with_several_series}. Keep "
            "the rows of one series of each."
        )
    images = exams.images_by_exam()
    return tuple(_study_labels(table, exam, rows) for exam, rows in enumerate(images))


def read_boxes(path: Path) -> dict[str, Box]:
    """Boxes by SOPInstanceUID. Raises DatasetError for a box outside [0, 1] or turned round, and
    for two of one image; equal rows count once.
    """
    table = read_columns(path, ("Image", *_EDGES))
    cells = zip(table["Image"], *(table[name] for name in _EDGES), strict=True)
    rows = ((str(uid), _box(path, row, edges)) for row, (uid, *edges) in enumerate(cells))
    return _by_uid(path, rows)


@dataclass(frozen=True, slots=True)
class ImageFile:
    """Where an image of a manifest lies; ``frame`` counts from 1, None in a single-frame file."""

    path: Path
    frame: int | None


def read_manifest(path: Path) -> dict[str, ImageFile]:
    """Files by SOPInstanceUID, from ``SOPInstanceUID,path,frame``; relative to the manifest.

    Raises DatasetError for missing columns, a row without a path, a frame that is no number from 1
    up, and an image in two places; equal rows count once.
    """
    table = read_columns(path, ("SOPInstanceUID", "path", "frame"))
    cells = zip(table["SOPInstanceUID"], table["path"], table["frame"], strict=True)
    rows = (
        (str(uid), ImageFile(_place(path, row, place), _frame(path, row, frame)))
        for row, (uid, place, frame) in enumerate(cells)
    )
    return _by_uid(path, rows)


def _by_uid(path: Path, rows: Iterable[tuple[str, Entry]]) -> dict[str, Entry]:
    """Raises DatasetError where two rows, of a table's in its order, say different of one image."""
    found: dict[str, Entry] = {}
    for row, (uid, entry) in enumerate(rows):
        if found.setdefault(uid, entry) != entry:
            raise DatasetError(
                f"{path.name}, line {line_of(path, row)}: an image stands there a second time, "
                "differently."
            )
    return found


def _place(path: Path, row: int, cell: str) -> Path:
    if not cell:
        raise DatasetError(f"{path.name}, line {line_of(path, row)}: the path is missing.")
    return (path.parent / cell).resolve()


def _study_labels(table: LabelTable, exam: int, rows: Indices) -> StudyLabels:
    exams = table.exams
    uids, labels = exams.image_uids[rows].tolist(), table.image[rows].tolist()
    return StudyLabels(
        study_uid=str(exams.study_uids[exam]),
        series_uid=str(exams.series_uids[exams.series_of_image[rows[0]]]),
        image={str(uid): _label(value) for uid, value in zip(uids, labels, strict=True)},
        exam={
            label: _label(value)
            for label, value in zip(EXAM_LABELS, table.exam[exam].tolist(), strict=True)
        },
    )


def _label(value: float) -> Label:
    return None if np.isnan(value) else int(value)


def _box(path: Path, row: int, cells: Sequence[str]) -> Box:
    x_min, y_min, x_max, y_max = (_number(path, row, cell) for cell in cells)
    if not (0 <= x_min < x_max <= 1 and 0 <= y_min < y_max <= 1):
        raise DatasetError(
            f"{path.name}, line {line_of(path, row)}: the box is empty or outside the image: "
            f"{x_min}, {y_min}, {x_max}, {y_max}."
        )
    return x_min, y_min, x_max, y_max


def _frame(path: Path, row: int, cell: str) -> int | None:
    if not cell:
        return None
    frame = _number(path, row, cell)
    if not (1 <= frame < np.inf) or frame != int(frame):
        raise DatasetError(f"{path.name}, line {line_of(path, row)}: frames count from 1.")
    return int(frame)


def _number(path: Path, row: int, cell: str) -> float:
    try:
        return float(cell)
    except ValueError as error:
        raise DatasetError(
            f"{path.name}, line {line_of(path, row)}: {cell!r} stands where a number belongs."
        ) from error
