"""The competition's files: a submission (``id,label``) and ``test.csv``, checked as they are read.

An exam label's id is ``<StudyInstanceUID>_<label>``, an image's its SOPInstanceUID. Messages name
files, counts and lines, never an id.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Final

from pe_models.errors import DatasetError
from pe_models.labels import EXAM_LABELS

if TYPE_CHECKING:
    import pandas as pd

ID: Final = "id"
SCORE: Final = "label"
STUDY: Final = "StudyInstanceUID"
IMAGE: Final = "SOPInstanceUID"
_SERIES_COLUMNS: Final = (STUDY, "SeriesInstanceUID", IMAGE)


def exam_ids(study_uid: str) -> list[str]:
    """Ids of a study's nine exam labels, in the order of EXAM_LABELS."""
    return [f"{study_uid}_{label}" for label in EXAM_LABELS]


def read_predictions(path: Path) -> "pd.Series[float]":
    """Scores in [0, 1] by id, in the file's order.

    Raises DatasetError for other columns, ids that repeat, and values that are no scores.
    """
    import pandas as pd

    table = _read(path, (ID, SCORE))
    scores = pd.to_numeric(table[SCORE], errors="coerce")
    is_wrong = ~scores.between(0.0, 1.0)
    if is_wrong.any():
        raise DatasetError(
            f"{path.name}: {int(is_wrong.sum())} labels are not numbers in [0, 1]; the first is "
            f"in line {int(is_wrong.argmax()) + 2}."
        )
    _refuse_repeats(table[ID], path)
    scores.index = pd.Index(table[ID])
    return scores.astype("float64")


def read_series_map(path: Path) -> "pd.DataFrame":
    """Study, series and image UIDs, one row an image, in the format of ``test.csv``.

    Raises DatasetError for missing columns and images that repeat.
    """
    table = _read(path, _SERIES_COLUMNS)
    _refuse_repeats(table[IMAGE], path)
    return table


def require_same_ids(
    predictions: "pd.Series[float]", wanted: "pd.Index[str]", *, names: tuple[str, str]
) -> None:
    """Raises DatasetError unless the predictions hold the wanted ids and no other."""
    n_missing = int((~wanted.isin(predictions.index)).sum())
    n_unknown = int((~predictions.index.isin(wanted)).sum())
    if n_missing or n_unknown:
        raise DatasetError(
            f"{names[0]} does not fit {names[1]}: {n_missing} of {len(wanted)} ids are missing and "
            f"{n_unknown} of its {len(predictions)} are not wanted."
        )


def _read(path: Path, columns: tuple[str, ...]) -> "pd.DataFrame":
    import pandas as pd

    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
    except FileNotFoundError as error:
        raise DatasetError(f"There is no {path}.") from error
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise DatasetError(f"{path.name} is no CSV table.") from error
    missing = [column for column in columns if column not in table.columns]
    if missing:
        raise DatasetError(f"{path.name} lacks the columns {', '.join(missing)}.")
    if table.empty:
        raise DatasetError(f"{path.name} has no rows.")
    return table


def _refuse_repeats(ids: "pd.Series[str]", path: Path) -> None:
    repeats = ids.duplicated()
    if repeats.any():
        raise DatasetError(
            f"{path.name}: {int(repeats.sum())} rows repeat an id; the first is in line "
            f"{int(repeats.argmax()) + 2}."
        )
