"""The labels agree with the competition's pages and its example rows."""

import csv
from pathlib import Path

import pytest

from pe_models import labels


def test_the_weights_are_those_of_the_nine_labels_and_sum_to_one() -> None:
    assert set(labels.EXAM_WEIGHTS) == set(labels.EXAM_LABELS)
    assert sum(labels.EXAM_WEIGHTS.values()) == pytest.approx(1.0, abs=1e-8)


def test_every_label_is_a_column_of_the_table() -> None:
    names = {labels.IMAGE_LABEL, *labels.EXAM_LABELS, *labels.QUALITY_LABELS}
    assert names | {"StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"} == set(
        labels.CSV_COLUMNS
    )
    assert len(labels.CSV_COLUMNS) == 17


def test_the_columns_are_those_of_the_competition_in_its_order(real_data: Path) -> None:
    with (real_data / "rsna-format" / "train-example-rows.csv").open() as file:
        assert tuple(next(csv.reader(file))) == labels.CSV_COLUMNS
