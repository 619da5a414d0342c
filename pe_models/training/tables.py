"""Labels and boxes from CSV, checked: ``train.csv`` and ``lung_bbox.csv`` of the RSNA layout."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from pe_models.errors import DatasetError
from pe_models.labels import EXAM_LABELS, IMAGE_LABEL

if TYPE_CHECKING:
    import pandas as pd

UNKNOWN: Final = None
Label = int | None
"""0, 1, or None for unknown."""
Box = tuple[float, float, float, float]
"""xmin, ymin, xmax, ymax, normalised to [0, 1]."""

_UIDS: Final = ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID")
_BOX_COLUMNS: Final = ("Image", "Xmin", "Ymin", "Xmax", "Ymax")


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
    columns, other values, contradicting rows, and an exam whose rows disagree.
    """
    table = _read_csv(path, (*_UIDS, IMAGE_LABEL, *EXAM_LABELS)).drop_duplicates()
    _check_values(table, path)
    repeated = table["SOPInstanceUID"].duplicated()
    if bool(repeated.any()):
        raise DatasetError(
            f"{path.name} contradicts itself: {int(repeated.sum())} images have two different rows."
        )
    groups = table.groupby("StudyInstanceUID", sort=False)
    return tuple(_study_labels(str(uid), rows, path) for uid, rows in groups)


def read_boxes(path: Path) -> dict[str, Box]:
    """Boxes by SOPInstanceUID. Raises DatasetError for a box outside [0, 1] or turned round."""
    table = _read_csv(path, _BOX_COLUMNS)
    boxes: dict[str, Box] = {}
    for row in table.itertuples(index=False):
        x_min, y_min, x_max, y_max = (_number(cell, path) for cell in row[1:5])
        if not (0 <= x_min < x_max <= 1 and 0 <= y_min < y_max <= 1):
            raise DatasetError(
                f"{path.name} has a box that is empty or outside the image: "
                f"{x_min}, {y_min}, {x_max}, {y_max}."
            )
        boxes[str(row[0])] = (x_min, y_min, x_max, y_max)
    return boxes


@dataclass(frozen=True, slots=True)
class ImageFile:
    """Where an image of a manifest lies; ``frame`` counts from 1, None in a single-frame file."""

    path: Path
    frame: int | None


def read_manifest(path: Path) -> dict[str, ImageFile]:
    """Files by SOPInstanceUID, from ``SOPInstanceUID,path,frame``; relative to the manifest."""
    table = _read_csv(path, ("SOPInstanceUID", "path", "frame"))
    return {
        str(row[0]): ImageFile(
            (path.parent / str(row[1])).resolve(), int(_number(row[2], path)) if row[2] else None
        )
        for row in table.itertuples(index=False)
    }


def _read_csv(path: Path, columns: tuple[str, ...]) -> "pd.DataFrame":
    import pandas as pd

    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
    except FileNotFoundError as error:
        raise DatasetError(f"There is no {path}.") from error
    except (ValueError, OSError) as error:
        raise DatasetError(f"{path.name} is no readable CSV: {error}") from error
    missing = [column for column in columns if column not in table.columns]
    if missing:
        raise DatasetError(f"{path.name} lacks the columns {', '.join(missing)}.")
    if table.empty:
        raise DatasetError(f"{path.name} has no rows.")
    return table[list(columns)]


def _check_values(table: "pd.DataFrame", path: Path) -> None:
    for column in (IMAGE_LABEL, *EXAM_LABELS):
        strange = ~table[column].isin(["", "0", "1"])
        if bool(strange.any()):
            row = int(np.flatnonzero(strange)[0])
            raise DatasetError(
                f"{path.name}, row {row + 2}: {column} is {table[column].iloc[row]!r}; "
                "a label is 0, 1, or empty for unknown."
            )


def _study_labels(study_uid: str, rows: "pd.DataFrame", path: Path) -> StudyLabels:
    for column in ("SeriesInstanceUID", *EXAM_LABELS):
        if rows[column].nunique() > 1:
            raise DatasetError(
                f"{path.name} contradicts itself: {column} differs between the rows of the study "
                f"that ends in {study_uid[-8:]}."
            )
    first = rows.iloc[0]
    images = zip(rows["SOPInstanceUID"], rows[IMAGE_LABEL], strict=True)
    return StudyLabels(
        study_uid=study_uid,
        series_uid=str(first["SeriesInstanceUID"]),
        image={str(uid): _label(cell) for uid, cell in images},
        exam={label: _label(first[label]) for label in EXAM_LABELS},
    )


def _number(cell: str, path: Path) -> float:
    try:
        return float(cell)
    except ValueError as error:
        raise DatasetError(f"{path.name} has {cell!r} where a number belongs.") from error


def _label(cell: str) -> Label:
    return int(cell) if cell else UNKNOWN
