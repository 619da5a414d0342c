"""Submission: a file of the competition (``id,label``), and where its exams and images stand."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from pe_models.errors import DatasetError
from pe_models.labels import EXAM_LABELS
from pe_models.tables.csv_file import line_of, read_columns
from pe_models.tables.exams import Exams, Indices

if TYPE_CHECKING:
    import pandas as pd

ID: Final = "id"
SCORE: Final = "label"


@dataclass(frozen=True, slots=True, eq=False)
class Submission:
    """``scores`` (row,) in [0, 1] and their ``ids``, in the file's order; no id stands twice.

    An exam label's id is ``<StudyInstanceUID>_<label>``, an image's its SOPInstanceUID.
    """

    name: str
    ids: "pd.Index[str]"
    scores: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class SubmissionRows:
    """Rows of a submission: ``exam`` (exam, label) in the order of EXAM_LABELS, ``image`` (image,).

    ``n_others`` rows are of no exam and no image.
    """

    exam: Indices
    image: Indices
    n_others: int


def read_submission(path: Path) -> Submission:
    """Raises DatasetError for other columns, ids that repeat, and values that are no scores."""
    import pandas as pd

    table = read_columns(path, (ID, SCORE))
    scores = _scores(table[SCORE], path)
    ids = pd.Index(table[ID])
    if not ids.is_unique:
        repeats = ids.duplicated()
        line = line_of(path, int(repeats.argmax()))
        raise DatasetError(
            f"{path.name}: line {line} repeats an id (such lines: {int(repeats.sum())})."
        )
    return Submission(path.name, ids, scores)


def find_rows(submission: Submission, exams: Exams, *, exams_name: str) -> SubmissionRows:
    """Where the submission holds each exam label and image of ``exams``.

    Raises DatasetError where any is missing, or where an image has the id of an exam label.
    """
    wanted = np.concatenate((exams.exam_ids(), exams.image_uids))
    rows = submission.ids.get_indexer(wanted).astype(np.intp)
    n_missing = int((rows < 0).sum())
    if n_missing:
        n_others = len(submission.ids) - len(rows) + n_missing
        raise DatasetError(
            f"{submission.name} does not fit {exams_name}: {n_missing} of {len(wanted)} ids are "
            f"missing, and {n_others} of its {len(submission.ids)} are of no exam or image there."
        )
    is_used = np.zeros(len(submission.ids), dtype=np.bool_)
    is_used[rows] = True
    if int(is_used.sum()) < len(rows):
        raise DatasetError(f"{exams_name}: an image has the id of an exam label.")
    n_labels = exams.n_exams * len(EXAM_LABELS)
    return SubmissionRows(
        exam=rows[:n_labels].reshape(exams.n_exams, len(EXAM_LABELS)),
        image=rows[n_labels:],
        n_others=int((~is_used).sum()),
    )


def as_csv(submission: Submission, scores: NDArray[np.float64]) -> bytes:
    """The file again with other ``scores`` (row,), each as few digits as give the same number.

    Rounding would break rules again: 0.500001 must not become 0.5.
    """
    import pandas as pd

    table = pd.DataFrame({ID: submission.ids, SCORE: scores})
    text: str = table.to_csv(index=False, lineterminator="\n")
    return text.encode()


def _scores(cells: "pd.Series[str]", path: Path) -> NDArray[np.float64]:
    import pandas as pd

    scores: NDArray[np.float64] = pd.to_numeric(cells, errors="coerce").to_numpy(np.float64)
    is_wrong = ~((scores >= 0.0) & (scores <= 1.0))
    if is_wrong.any():
        line = line_of(path, int(is_wrong.argmax()))
        raise DatasetError(
            f"{path.name}: the label in line {line} is no number in [0, 1] "
            f"(such lines: {int(is_wrong.sum())})."
        )
    return scores
