"""The RSNA-STR 2020 layout: ``train.csv`` and ``train/<study>/<series>/<image>.dcm``.

Colak et al., Radiology: Artificial Intelligence 2021, 10.1148/ryai.2021200254.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from pe_models.imaging.dicom.elements import HeaderError
from pe_models.imaging.dicom.headers import read_header
from pe_models.imaging.files.sources import OPEN_ERRORS
from pe_models.tables.exams import Exams, Indices
from pe_models.tables.label_table import LabelTable, read_label_table
from pe_models.tasks import PE
from pe_models.training.pictures.table import Picture, PictureTable

LABELS_FILE: Final = "train.csv"
_TRAIN: Final = "train"


def is_rsna_str(folder: Path) -> bool:
    return (folder / LABELS_FILE).is_file()


def read_rsna_str(folder: Path) -> PictureTable:
    """Every image of ``train.csv`` that has a file; an empty cell is an unknown label.

    A patient is who the exam's first readable file says, else the exam stands for one. Exams of
    which files are absent are named in ``skipped``. Raises DatasetError as ``read_label_table``.
    """
    table = read_label_table(folder / LABELS_FILE)
    pictures: list[Picture] = []
    skipped: list[str] = []
    for exam, rows in enumerate(table.exams.images_by_exam()):
        found = _pictures(folder, table, exam, rows)
        pictures += found
        if len(found) < len(rows):
            n_absent, end = len(rows) - len(found), str(table.exams.study_uids[exam])[-8:]
            skipped.append(f"{n_absent} of {len(rows)} images of exam ...{end} have no file.")
    return PictureTable(PE, tuple(pictures), tuple(skipped))


def _pictures(folder: Path, table: LabelTable, exam: int, rows: Indices) -> list[Picture]:
    """Those of one exam that have a file."""
    paths = _paths(folder, table.exams, exam, rows)
    patient = _patient(path for path in paths if path is not None)
    return [
        Picture(
            key=str(table.exams.image_uids[row]),
            patient=patient or str(table.exams.study_uids[exam]),
            path=path,
            labels=(float(table.image[row]),),
        )
        for row, path in zip(rows, paths, strict=True)
        if path is not None
    ]


def _paths(folder: Path, exams: Exams, exam: int, rows: Indices) -> list[Path | None]:
    """The file of each image; a folder is listed once, for an exam has hundreds."""
    study = folder / _TRAIN / str(exams.study_uids[exam])
    held: dict[Path, frozenset[str]] = {}
    paths: list[Path | None] = []
    for row in rows:
        series = study / str(exams.series_uids[exams.series_of_image[row]])
        if series not in held:
            held[series] = _names(series)
        name = f"{exams.image_uids[row]}.dcm"
        paths.append(series / name if name in held[series] else None)
    return paths


def _names(folder: Path) -> frozenset[str]:
    return frozenset(path.name for path in folder.iterdir()) if folder.is_dir() else frozenset()


def _patient(paths: Iterable[Path]) -> str:
    """What the first file that can be read says; "" where it says nothing."""
    for path in paths:
        try:
            with path.open("rb") as file:
                return read_header(file, path.stat().st_size).study.patient.patient_id
        except (HeaderError, *OPEN_ERRORS):
            continue  # left out, and named, where its pixels are wanted
    return ""
