"""The RSNA 2019 layout: ``stage_2_train.csv`` and ``stage_2_train/ID_<image>.dcm``.

Flanders et al., Radiology: Artificial Intelligence 2020, 10.1148/ryai.2020190211. The table has a
row an image and label, ``ID_<image>_<label>,Label``, and some rows twice. Whose a slice is says
its file alone.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from pe_models.errors import DatasetError
from pe_models.tables.csv_file import line_of, read_columns
from pe_models.tasks import HEMORRHAGE
from pe_models.training.pictures.table import Picture, PictureTable

if TYPE_CHECKING:
    import pandas as pd

LABELS_FILE: Final = "stage_2_train.csv"
IMAGES_FOLDER: Final = "stage_2_train"
_ID, _LABEL = "ID", "Label"
_MEANING: Final = {"0": 0.0, "1": 1.0, "": float("nan")}
_SHOWN: Final = 3
"""So many are named in a message."""


@dataclass(frozen=True, slots=True, eq=False)
class _LabelRows:
    """``images`` by name in the table's order; ``values`` (image, label) 0, 1 or NaN."""

    images: tuple[str, ...]
    values: NDArray[np.float64]


def is_rsna2019(folder: Path) -> bool:
    return (folder / LABELS_FILE).is_file()


def read_rsna2019(folder: Path) -> PictureTable:
    """Every slice of the table that has a file; those without are counted in ``skipped``.

    Rows that repeat count once, an empty cell or an absent row is an unknown label. Raises
    DatasetError for what is no such table, a label that the task has not, another value than 0
    and 1, and rows that contradict one another.
    """
    rows = _read_labels(folder / LABELS_FILE)
    files = {path.stem: path for path in sorted((folder / IMAGES_FOLDER).glob("*.dcm"))}
    patient_of = dict(_patients(files[name] for name in rows.images if name in files))
    pictures = tuple(
        Picture(name, patient_of[name], files[name], tuple(labels))
        for name, labels in zip(rows.images, rows.values.tolist(), strict=True)
        if name in patient_of
    )
    return PictureTable(HEMORRHAGE, pictures, tuple(_left_out(rows.images, files, patient_of)))


def _read_labels(path: Path) -> _LabelRows:
    import pandas as pd

    table = read_columns(path, (_ID,), categories=(_LABEL,))
    parts = table[_ID].str.rpartition("_")
    images, labels = parts[0], parts[2]
    _require(labels.isin(HEMORRHAGE.labels) & (images != ""), path, _wanted_id())
    texts = table[_LABEL].astype(str)
    _require(texts.isin(_MEANING), path, "Label is neither 0, 1 nor, for unknown, empty")
    cells = pd.DataFrame({"image": images, "label": labels, "value": texts.map(_MEANING)})
    cells = cells.drop_duplicates()
    _refuse("have rows that contradict each other", path, _contradicted(cells))
    order = cells["image"].drop_duplicates()
    values = cells.pivot(index="image", columns="label", values="value")
    values = values.reindex(index=order, columns=list(HEMORRHAGE.labels)).to_numpy(np.float64)
    _refuse("are any and none, or none and any", path, order[_is_at_odds(values)])
    return _LabelRows(tuple(order), values)


def _wanted_id() -> str:
    return f"the ID does not end in one of {', '.join(f'_{name}' for name in HEMORRHAGE.labels)}"


def _contradicted(cells: "pd.DataFrame") -> Iterable[str]:
    """Images that have a label twice, with different values."""
    again = cells.duplicated(["image", "label"])
    return dict.fromkeys(cells["image"][again])


def _is_at_odds(values: NDArray[np.float64]) -> NDArray[np.bool_]:
    """(image,): the summary label says what the others deny."""
    place = HEMORRHAGE.labels.index(HEMORRHAGE.summary_label)
    kinds = np.delete(values, place, axis=1)
    some = (kinds == 1.0).any(axis=1)
    none = (kinds == 0.0).all(axis=1)
    denied, claimed = values[:, place] == 0.0, values[:, place] == 1.0
    at_odds: NDArray[np.bool_] = (some & denied) | (none & claimed)
    return at_odds


def _patients(files: Iterable[Path]) -> Iterator[tuple[str, str]]:
    """The patient of each file by the image's name; a file that has no header is left out."""
    from pydicom import dcmread
    from pydicom.errors import InvalidDicomError

    for path in files:
        try:
            header = dcmread(path, stop_before_pixels=True, specific_tags=["PatientID"])
        except (OSError, ValueError, InvalidDicomError):
            continue
        patient = str(header.get("PatientID", "") or "")
        yield path.stem, patient or path.stem


def _require(is_right: "pd.Series[bool]", path: Path, what: str) -> None:
    """Raises DatasetError with the line of the first row that is wrong."""
    if not is_right.all():
        row = int((~is_right).to_numpy().argmax())
        raise DatasetError(f"{path.name}, line {line_of(path, row)}: {what}.")


def _refuse(what: str, path: Path, names: Iterable[str]) -> None:
    """Raises DatasetError where there are any; ids are told by their ends."""
    wrong = list(names)
    if wrong:
        ends = ", ".join(f"...{name[-8:]}" for name in wrong[:_SHOWN])
        raise DatasetError(f"{path.name}: {len(wrong)} slices {what} ({ends}).")


def _left_out(
    images: tuple[str, ...], files: Mapping[str, Path], patient_of: Mapping[str, str]
) -> Iterator[str]:
    n_absent = sum(name not in files for name in images)
    if n_absent:
        yield f"{n_absent} of {len(images)} slices of {LABELS_FILE} have no file."
    broken = [name for name in images if name in files and name not in patient_of]
    if broken:
        ends = ", ".join(f"...{name[-8:]}" for name in broken[:_SHOWN])
        yield f"{len(broken)} files of {IMAGES_FOLDER} are no DICOM files ({ends})."
