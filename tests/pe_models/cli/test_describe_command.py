"""``pe-models describe`` on files in the competition's layout."""

import csv
import json
from pathlib import Path

import pytest

from pe_models import cli
from pe_models.labels import CSV_COLUMNS, EXAM_LABELS, IMAGE_LABEL

FIGURES = ("prevalence", "sites", "joint", "images_per_exam", "positive_share")


def describe(labels: Path, *more: str) -> int:
    return cli.main(["describe", "--labels", str(labels), *more])


def test_describe_says_what_there_is(labels, capsys) -> None:
    assert describe(labels) == cli.DONE
    captured = capsys.readouterr()
    assert captured.err == ""
    assert "2 exams (1 positive, 1 negative, 0 indeterminate), 2 series, 7 images" in captured.out
    assert "Sites in positive exams: rightsided_pe 1" in captured.out
    assert "Chronicity in positive exams: acute alone 1" in captured.out
    assert "right for 71.43% of images, 50.00% of exams" in captured.out
    assert "Exams whose labels break a rule: 0" in captured.out


def test_describe_writes_json_tables_and_figures(labels, tmp_path, capsys) -> None:
    out = tmp_path / "description"
    assert describe(labels, "--json", "--out", str(out)) == cli.DONE
    record = json.loads(capsys.readouterr().out)
    assert json.loads((out / "description.json").read_text()) == record
    names = {path.name for path in out.iterdir()}
    plots = {f"{name}.{kind}" for name in FIGURES for kind in ("png", "svg")}
    assert names == plots | {"description.json", "labels.csv", "joint.csv"}
    with (out / "labels.csv").open(newline="") as file:
        rows = {row["label"]: row for row in csv.DictReader(file)}
    assert list(rows)[: 1 + len(EXAM_LABELS)] == [IMAGE_LABEL, *EXAM_LABELS]
    assert (rows[IMAGE_LABEL]["n"], rows[IMAGE_LABEL]["of"]) == ("2", "7")
    assert rows["rightsided_pe"]["n_in_positive"] == "1"


def test_labels_that_break_a_rule_are_named_with_their_lines(labels, capsys) -> None:
    labels.write_text(labels.read_text().replace("B,Bs,B1,1", "B,Bs,B1,0").replace(
        "B,Bs,B2,1", "B,Bs,B2,0"))  # fmt: skip
    assert describe(labels) == cli.DONE
    text = capsys.readouterr().out
    assert "Exams whose labels break a rule: 1" in text
    assert "2a: 1  (an exam without a positive image is exactly one of" in text
    assert "from line 5" in text


def test_unknown_labels_are_told(labels, capsys) -> None:
    labels.write_text(labels.read_text().replace("A,As,A0,0", "A,As,A0,"))
    assert describe(labels) == cli.DONE
    text = capsys.readouterr().out
    assert "Unknown scored labels: 1" in text
    assert "no score, for labels are unknown" in text
    assert "not judged, for labels are unknown: 1" in text


def test_what_the_reader_of_the_table_should_know_is_warned_of(labels, write_table, capsys) -> None:
    header, *rows = [line.split(",") for line in labels.read_text().splitlines()]
    kept = [k for k, name in enumerate(header) if name != "qa_motion"]
    smaller = [[row[k] for k in kept] for row in (header, *rows)]
    write_table(
        "train.csv", [*smaller[0], "age"], [[*row, 60] for row in (*smaller[1:], smaller[1])]
    )
    assert describe(labels) == cli.DONE
    warnings = capsys.readouterr().err
    assert "rows that repeat another count once (such rows: 1)" in warnings
    assert "no columns qa_motion" in warnings
    assert "columns that the competition does not have: 1" in warnings


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (",central_pe,", ",central,", "train.csv lacks the columns central_pe"),
        ("A,As,A0,0", "A,As,A0,nan", "line 2: pe_present_on_image is neither 0, 1"),
        ("A,As,A0,0", "A,As,A0,2", "line 2: pe_present_on_image is neither 0, 1"),
        ("A,As,A0,0", "A,As,A1,1", "line 3 gives an image a second time, differently"),
        ("A,As,A0,0", ",As,A0,0", "line 2 has no StudyInstanceUID"),
        ("A,As,A0,0", "A,As,A0,0,0", "train.csv is no CSV table"),
    ],
)
def test_what_is_no_table_of_labels_is_refused(labels, capsys, old, new, reason) -> None:
    text = labels.read_text()
    assert old in text
    labels.write_text(text.replace(old, new, 1))
    assert describe(labels) == cli.FAILED
    captured = capsys.readouterr()
    assert reason in captured.err
    assert len(captured.err.splitlines()) == 1
    assert captured.out == ""


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is empty"),
        (",".join(CSV_COLUMNS).encode(), "has no rows"),
        (";".join(CSV_COLUMNS).encode(), "separated by semicolons"),
        ("\N{LATIN SMALL LETTER A WITH DIAERESIS}".encode("latin-1"), "no UTF-8 text"),
    ],
)
def test_a_file_that_is_none_is_refused(tmp_path, capsys, content: bytes, reason: str) -> None:
    path = tmp_path / "train.csv"
    path.write_bytes(content)
    assert describe(path) == cli.FAILED
    error = capsys.readouterr().err
    assert reason in error
    assert len(error.splitlines()) == 1


def test_sample_pictures_need_images_and_a_folder_to_go_to(labels, tmp_path, capsys) -> None:
    assert describe(labels, "--dicom", str(tmp_path)) == cli.FAILED
    assert "give --out with --dicom" in capsys.readouterr().err
    missing = str(tmp_path / "missing")
    assert describe(labels, "--dicom", missing, "--out", str(tmp_path / "out")) == cli.FAILED
    assert "There is no folder" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_where_no_image_is_found_the_rest_is_still_written(labels, tmp_path, capsys) -> None:
    out = tmp_path / "out"
    assert describe(labels, "--dicom", str(tmp_path), "--out", str(out)) == cli.DONE
    warning = capsys.readouterr().err
    assert warning.startswith("No images were found, or none that can be read, of: rightsided_pe")
    assert (out / "description.json").exists()
    assert not (out / "samples.png").exists()


@pytest.mark.parametrize("is_named", [True, False])
def test_with_the_images_there_are_sample_pictures(
    labels, write_ct, tmp_path, is_named: bool
) -> None:
    """Named, or in ``train`` beside the labels, as the competition has them."""
    study = "1.2.826.0.1.9.12345678"  # of the fixture write_ct
    text = labels.read_text().replace("B,", f"{study},")
    for k in range(4):
        text = text.replace(f",B{k},", f",1.2.826.0.1.1.{k + 1},")
    labels.write_text(text)
    folder = tmp_path / "images" if is_named else tmp_path / "train"
    write_ct(folder / study, n_slices=4)
    out = tmp_path / "out"
    options = ["--dicom", str(folder)] if is_named else []
    assert describe(labels, "--out", str(out), *options) == cli.DONE
    assert (out / "samples.png").exists()
    assert (out / "samples.svg").exists()


def test_the_competitions_example_rows_are_described(real_data, capsys) -> None:
    assert describe(real_data / "rsna-format" / "train-example-rows.csv", "--json") == cli.DONE
    record = json.loads(capsys.readouterr().out)
    assert record["n_exams"] == 2
    # five rows of a positive exam, none of them a positive image
    assert record["violations"]["rules"]["2a"] == 1
    assert record["violations"]["first_lines"]["2b"] == [2]
