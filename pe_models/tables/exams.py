"""Exams: which image belongs to which exam, from ``test.csv`` or ``train.csv``."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from pe_models.errors import DatasetError
from pe_models.labels import EXAM_LABELS
from pe_models.tables.csv_file import line_of, read_columns

if TYPE_CHECKING:
    import pandas as pd

STUDY: Final = "StudyInstanceUID"
SERIES: Final = "SeriesInstanceUID"
IMAGE: Final = "SOPInstanceUID"
UID_COLUMNS: Final = (STUDY, SERIES, IMAGE)

Texts = NDArray[np.object_]
Indices = NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Exams:
    """Studies and their images.

    ``study_uids`` (exam,) and ``series_uids`` (series,) in the order in which the table names them;
    ``image_uids`` (image,) in the table's order; ``exam_of_image`` and ``series_of_image`` (image,)
    count from 0, and so do ``rows`` (image,) of the table.
    """

    study_uids: Texts
    series_uids: Texts
    image_uids: Texts
    exam_of_image: Indices
    series_of_image: Indices
    rows: Indices

    @property
    def n_exams(self) -> int:
        return len(self.study_uids)

    @property
    def n_images(self) -> int:
        return len(self.image_uids)

    @property
    def n_with_several_series(self) -> int:
        """Exams with images of more than one series."""
        series_of_exam = self.series_of_image[self.first_images()]
        is_other = self.series_of_image != series_of_exam[self.exam_of_image]
        return len(np.unique(self.exam_of_image[is_other]))

    def first_images(self) -> Indices:
        """(exam,) the first image of each exam."""
        return np.unique(self.exam_of_image, return_index=True)[1]

    def exam_ids(self) -> Texts:
        """(exam x label,) ``<StudyInstanceUID>_<label>``, as a submission names exam labels."""
        ids = [f"{uid}_{label}" for uid in self.study_uids for label in EXAM_LABELS]
        return np.array(ids, dtype=object)

    def images_by_exam(self) -> list[Indices]:
        """The images of each exam, in the table's order."""
        order = np.argsort(self.exam_of_image, kind="stable")
        ends = np.cumsum(np.bincount(self.exam_of_image, minlength=self.n_exams))
        return np.split(order, ends[:-1])


def read_exams(path: Path) -> Exams:
    """Exams of a table in the format of ``test.csv``; rows that repeat count once.

    Raises DatasetError for what is no such table, an empty UID, and an image in two exams.
    """
    table = read_columns(path, UID_COLUMNS)
    require_uids(table, path)
    return exams_of(each_image_once(table, list(UID_COLUMNS), path))


def exams_of(table: "pd.DataFrame") -> Exams:
    """Exams of rows whose UIDs were checked; every image is there once."""
    import pandas as pd

    exam_of_image, study_uids = pd.factorize(table[STUDY])
    series_of_image, series_uids = pd.factorize(table[SERIES])
    return Exams(
        study_uids=np.asarray(study_uids, dtype=object),
        series_uids=np.asarray(series_uids, dtype=object),
        image_uids=table[IMAGE].to_numpy(dtype=object),
        exam_of_image=exam_of_image.astype(np.intp),
        series_of_image=series_of_image.astype(np.intp),
        rows=table.index.to_numpy(np.intp),
    )


def require_uids(table: "pd.DataFrame", path: Path) -> None:
    """Raises DatasetError for a row without one of its UIDs."""
    for column in UID_COLUMNS:
        is_empty = (table[column].isna() | (table[column] == "")).to_numpy()
        if is_empty.any():
            line = line_of(path, int(is_empty.argmax()))
            raise DatasetError(f"{path.name}: line {line} has no {column}.")


def each_image_once(table: "pd.DataFrame", columns: list[str], path: Path) -> "pd.DataFrame":
    """The rows without those that repeat another in ``columns``, their row numbers kept.

    Raises DatasetError for an image whose rows differ.
    """
    is_first = ~table[IMAGE].duplicated()
    if is_first.all():
        return table
    suspects = table.loc[table[IMAGE].isin(table.loc[~is_first, IMAGE]), columns]
    differs = suspects.drop_duplicates()[IMAGE].duplicated()
    if differs.any():
        line = line_of(path, int(differs.idxmax()))
        raise DatasetError(
            f"{path.name} contradicts itself: line {line} gives an image a second time, "
            f"differently (such lines: {int(differs.sum())})."
        )
    return table[is_first]
