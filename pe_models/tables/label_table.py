"""LabelTable: ``train.csv`` as arrays, checked."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from pe_models.errors import DatasetError
from pe_models.labels import CSV_COLUMNS, EXAM_LABELS, IMAGE_LABEL, QUALITY_LABELS
from pe_models.tables.csv_file import line_of, read_columns
from pe_models.tables.exams import (
    UID_COLUMNS,
    Exams,
    Indices,
    each_image_once,
    exams_of,
    require_uids,
)

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]

_REQUIRED: Final = (IMAGE_LABEL, *EXAM_LABELS)
_MEANING: Final = {"0": 0.0, "0.0": 0.0, "1": 1.0, "1.0": 1.0, "": np.nan}
"""With decimals as pandas writes a column with empty cells."""


@dataclass(frozen=True, slots=True, eq=False)
class LabelTable:
    """Labels of exams and images: 0, 1, or NaN for unknown.

    ``image`` (image,); ``exam`` (exam, label) in the order of EXAM_LABELS; ``quality``
    (exam, label) in the order of QUALITY_LABELS. ``notes`` say in a sentence each what the reader
    of the table should know.
    """

    exams: Exams
    image: Floats
    exam: Floats
    quality: Floats
    notes: tuple[str, ...]

    @property
    def n_unknown(self) -> int:
        """Scored labels that are unknown: exam labels once an exam, image labels once an image."""
        return int(np.isnan(self.exam).sum() + np.isnan(self.image).sum())

    @property
    def n_positive_images(self) -> Floats:
        """Positive images of each exam (exam,); unknown ones count as none."""
        exam_of_image, known = self.exams.exam_of_image, np.nan_to_num(self.image)
        counts = np.bincount(exam_of_image, weights=known, minlength=self.exams.n_exams)
        return counts.astype(np.float64)

    @property
    def is_positive(self) -> NDArray[np.bool_]:
        """(exam,) whether any image is known to show PE."""
        return self.n_positive_images > 0


def read_label_table(path: Path) -> LabelTable:
    """The table at ``path``, its columns in any order; an empty cell is an unknown label.

    Rows that repeat count once, quality labels may be missing, and other columns are left out:
    ``notes`` say so. Raises DatasetError for what is no such table, an empty UID, another label
    than 0, 1 and empty, an image with two different rows, and an exam whose rows disagree.
    """
    table = read_columns(path, UID_COLUMNS, categories=_REQUIRED)
    require_uids(table, path)
    quality = [label for label in QUALITY_LABELS if label in table.columns]
    for label in (*_REQUIRED, *quality):
        _require_labels(table[label], path)
    rows = each_image_once(table, [*UID_COLUMNS, *_REQUIRED, *quality], path)
    exams = exams_of(rows)
    return LabelTable(
        exams=exams,
        image=_values(rows[IMAGE_LABEL]),
        exam=_exam_values(rows, EXAM_LABELS, exams, path),
        quality=_exam_values(rows, QUALITY_LABELS, exams, path),
        notes=tuple(_notes(table, len(table) - len(rows), exams, path.name)),
    )


def _require_labels(cells: "pd.Series[str]", path: Path) -> None:
    strange = [value for value in cells.cat.categories if str(value) not in _MEANING]
    if strange:
        line = line_of(path, int(cells.isin(strange).to_numpy().argmax()))
        raise DatasetError(
            f"{path.name}, line {line}: {cells.name} is neither 0, 1 nor, for unknown, empty."
        )


def _values(cells: "pd.Series[str]") -> Floats:
    """(row,) 0, 1, or NaN. Pandas reads categories that all are numbers as numbers."""
    meaning = np.array([_MEANING[str(value)] for value in cells.cat.categories] + [np.nan])
    values: Floats = meaning[cells.cat.codes.to_numpy()]  # code -1, a missing cell, is the last
    return values


def _exam_values(rows: "pd.DataFrame", labels: tuple[str, ...], exams: Exams, path: Path) -> Floats:
    """(exam, label), NaN for a column that is missing; all rows of an exam say the same."""
    first_row = exams.first_images()
    values = np.full((exams.n_exams, len(labels)), np.nan)
    for index, label in enumerate(labels):
        if label in rows.columns:
            of_row = _values(rows[label])
            values[:, index] = of_row[first_row]
            expected = values[exams.exam_of_image, index]
            _refuse_disagreement(of_row, expected, label, exams.rows, path)
    return values


def _refuse_disagreement(
    found: Floats, expected: Floats, label: str, row_numbers: Indices, path: Path
) -> None:
    differs = (found != expected) & ~(np.isnan(found) & np.isnan(expected))
    if differs.any():
        line = line_of(path, int(row_numbers[differs.argmax()]))
        raise DatasetError(
            f"{path.name} contradicts itself: in line {line} {label} is not what an earlier row of "
            "the same exam says."
        )


def _notes(table: "pd.DataFrame", n_repeated: int, exams: Exams, name: str) -> list[str]:
    notes = []
    if n_repeated:
        notes.append(f"{name}: rows that repeat another count once (such rows: {n_repeated}).")
    missing = [label for label in QUALITY_LABELS if label not in table.columns]
    if missing:
        notes.append(f"{name} has no columns {', '.join(missing)}; they count as unknown.")
    n_others = len(set(table.columns) - set(CSV_COLUMNS))
    if n_others:
        notes.append(f"{name}: columns that the competition does not have: {n_others}; left out.")
    if exams.n_with_several_series:
        notes.append(f"{name}: exams with more than one series: {exams.n_with_several_series}.")
    return notes
