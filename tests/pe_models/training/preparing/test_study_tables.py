"""Labels and boxes study by study: what is unknown, and what is refused."""

import csv
import shutil
from pathlib import Path

import pytest

from pe_models.errors import DatasetError
from pe_models.labels import IMAGE_LABEL
from pe_models.training.preparing.tables import (
    ImageFile,
    read_boxes,
    read_labels,
    read_manifest,
)


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


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("1.2,a.dcm,nan", "line 3: frames count from 1"),
        ("1.2,a.dcm,inf", "line 3: frames count from 1"),
        ("1.2,a.dcm,0", "line 3: frames count from 1"),
        ("1.2,a.dcm,1.5", "line 3: frames count from 1"),
        ("1.2,a.dcm,one", "line 3: 'one' stands where a number belongs"),
        ("1.2", "line 3: the path is missing"),
        ("1.1,b.dcm,", "line 3: an image stands there a second time, differently"),
        ("1.1,a.dcm,2", "line 3: an image stands there a second time, differently"),
    ],
)
def test_a_manifest_that_cannot_be_is_refused(tmp_path: Path, row: str, message: str) -> None:
    path = tmp_path / "manifest.csv"
    path.write_text(f"SOPInstanceUID,path,frame\n1.1,a.dcm,\n{row}\n")
    with pytest.raises(DatasetError, match=message):
        read_manifest(path)


def test_equal_rows_of_a_manifest_and_of_boxes_count_once(tmp_path: Path) -> None:
    manifest, boxes = tmp_path / "manifest.csv", tmp_path / "lung_bbox.csv"
    manifest.write_text("SOPInstanceUID,path,frame\n1.1,a.dcm,3\n1.1,a.dcm,3\n1.2,a.dcm,4\n")
    assert read_manifest(manifest)["1.2"] == ImageFile((tmp_path / "a.dcm").resolve(), 4)
    boxes.write_text("Image,Xmin,Ymin,Xmax,Ymax\n1.1,0,0,1,1\n1.1,0.0,0,1,1\n")
    assert read_boxes(boxes) == {"1.1": (0, 0, 1, 1)}


def test_two_boxes_of_one_image_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "lung_bbox.csv"
    path.write_text("Image,Xmin,Ymin,Xmax,Ymax\n1.1,0,0,1,1\n1.2,0,0,1,1\n1.1,0,0,1,0.5\n")
    with pytest.raises(DatasetError, match=r"lung_bbox\.csv, line 4: an image stands there a sec"):
        read_boxes(path)
