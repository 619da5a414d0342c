"""Two studies in the competition's files: A negative with three images, B positive with four."""

import csv
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from pe_models.labels import CSV_COLUMNS, EXAM_LABELS

NEGATIVE = dict.fromkeys(EXAM_LABELS, 0) | {"negative_exam_for_pe": 1}
POSITIVE = dict.fromkeys(EXAM_LABELS, 0) | {"rightsided_pe": 1, "rv_lv_ratio_lt_1": 1}
STUDIES = {"A": (NEGATIVE, [0, 0, 0]), "B": (POSITIVE, [0, 1, 1, 0])}

WriteTable = Callable[[str, Sequence[str], Sequence[Sequence[object]]], Path]


@pytest.fixture
def write_table(tmp_path: Path) -> WriteTable:
    """``write_table(name, header, rows)``: a CSV below ``tmp_path``."""

    def write(name: str, header: Sequence[str], rows: Sequence[Sequence[object]]) -> Path:
        path = tmp_path / name
        with path.open("w", newline="") as file:
            csv.writer(file).writerows([header, *rows])
        return path

    return write


@pytest.fixture
def labels(write_table: WriteTable) -> Path:
    rows = [
        dict.fromkeys(CSV_COLUMNS, 0)
        | {"StudyInstanceUID": uid, "SeriesInstanceUID": f"{uid}s", "SOPInstanceUID": f"{uid}{k}"}
        | exam
        | {"pe_present_on_image": present}
        for uid, (exam, images) in STUDIES.items()
        for k, present in enumerate(images)
    ]
    return write_table("train.csv", CSV_COLUMNS, [list(row.values()) for row in rows])


@pytest.fixture
def series(write_table: WriteTable) -> Path:
    rows = [
        [uid, f"{uid}s", f"{uid}{k}"]
        for uid, (_, images) in STUDIES.items()
        for k in range(len(images))
    ]
    return write_table("test.csv", CSV_COLUMNS[:3], rows)


@pytest.fixture
def predict(write_table: WriteTable) -> Callable[..., Path]:
    """``predict({id: score}, drop=id)``: a submission that is 0.25 everywhere else."""

    def make(scores: dict[str, float] | None = None, *, drop: str = "") -> Path:
        ids = [f"{uid}_{label}" for uid in STUDIES for label in EXAM_LABELS]
        ids += [f"{uid}{k}" for uid, (_, images) in STUDIES.items() for k in range(len(images))]
        values = dict.fromkeys(ids, 0.25) | (scores or {})
        values.pop(drop, None)
        return write_table("submission.csv", ["id", "label"], list(values.items()))

    return make
