"""Labels and boxes study by study: what is unknown, and what is refused."""

import csv
import shutil
from pathlib import Path

import pytest

from pe_models.errors import DatasetError
from pe_models.labels import IMAGE_LABEL
from pe_models.training.preparing.tables import read_boxes, read_labels


@pytest.fixture
def labels(cohort: Path, tmp_path: Path) -> Path:
    """A copy of the labels that a test may spoil; without boxes beside it."""
    return Path(shutil.copy(cohort / "train.csv", tmp_path / "train.csv"))


def rewrite(path: Path, change) -> None:  # type: ignore[no-untyped-def]
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    rows = change(rows)
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)


def test_an_empty_cell_is_an_unknown_label(labels: Path) -> None:
    rewrite(labels, lambda rows: [{**rows[0], IMAGE_LABEL: ""}, *rows[1:]])
    first = read_labels(labels)[0]
    unknown, *rest = first.image.values()
    assert unknown is None
    assert set(rest) <= {0, 1}


def test_equal_rows_count_once(labels: Path) -> None:
    rewrite(labels, lambda rows: [*rows, rows[0]])
    assert len(read_labels(labels)[0].image) == 24


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda rows: [*rows, {**rows[0], IMAGE_LABEL: str(1 - int(rows[0][IMAGE_LABEL]))}],
         "a second time, differently"),
        (lambda rows: [{**rows[0], "central_pe": "2"}, *rows[1:]],
         "line 2: central_pe is neither 0, 1"),
        (lambda rows: [{k: v for k, v in row.items() if k != "chronic_pe"} for row in rows],
         "lacks the columns chronic_pe"),
        (lambda rows: [{**rows[0], "SeriesInstanceUID": "1.2"}, *rows[1:]],
         "exams with more than one series: 1"),
        (lambda rows: [{**rows[0], "chronic_pe": ""}, *rows[1:]], "line 3 chronic_pe is not what"),
    ],
)  # fmt: skip
def test_tables_that_contradict_themselves_are_refused(labels: Path, change, message: str) -> None:  # type: ignore[no-untyped-def]
    rewrite(labels, change)
    with pytest.raises(DatasetError, match=message):
        read_labels(labels)


def test_a_table_that_is_none_is_refused(tmp_path: Path) -> None:
    for content in (b"", b"\x00\x01\xff\xfe", b"a,b\n"):
        (tmp_path / "train.csv").write_bytes(content)
        with pytest.raises(DatasetError):
            read_labels(tmp_path / "train.csv")
    with pytest.raises(DatasetError, match="There is no"):
        read_labels(tmp_path / "nothing.csv")


@pytest.mark.parametrize("edges", ["0.5,0.1,0.4,0.9", "0,0,1.2,1", "a,0,1,1", "nan,0,1,1"])
def test_a_box_outside_the_image_is_refused(tmp_path: Path, edges: str) -> None:
    path = tmp_path / "lung_bbox.csv"
    path.write_text(f"Image,Xmin,Ymin,Xmax,Ymax\n1.2.3,{edges}\n")
    with pytest.raises(DatasetError):
        read_boxes(path)
