"""``pe-models score`` on files in the competition's layout."""

import json
import resource
import time
from pathlib import Path

import numpy as np
import pytest

from benchmarks.competition.published_labels import N_EXAMS, N_IMAGES, N_POSITIVE, published_exams
from pe_models import cli
from pe_models.labels import CSV_COLUMNS, EXAM_LABELS


def score(submission: Path, labels: Path, *more: str) -> int:
    return cli.main(["score", "--predictions", str(submission), "--labels", str(labels), *more])


def test_score_gives_the_metric_losses_and_broken_rules(labels, predict, capsys) -> None:
    submission = predict({"B1": 0.9, "A_negative_exam_for_pe": 0.9})
    assert score(submission, labels, "--json") == cli.DONE
    captured = capsys.readouterr()
    answer = json.loads(captured.out)
    assert captured.err == ""
    assert answer["n_exams"] == 2
    assert 0 < answer["score"] < 1
    assert set(answer["per_label"]) == {*EXAM_LABELS, "pe_present_on_image"}
    negative = answer["per_label"]["negative_exam_for_pe"]
    assert negative["auc"] == 1.0
    assert negative["auc_within_positive"] is None
    assert answer["per_label"]["pe_present_on_image"]["at_half"]["confusion"] == {
        "true_positive": 1,
        "false_negative": 1,
        "false_positive": 0,
        "true_negative": 5,
    }
    # B has a positive image, but no location and no RV/LV class
    assert answer["violations"]["exams"] == 1
    assert answer["violations"]["rules"] == {"1a": 1, "1b": 1, "1c": 0, "1d": 0, "2a": 0, "2b": 0}


def test_score_gives_the_same_as_a_table(labels, predict, capsys) -> None:
    assert score(predict({"B1": 0.9}), labels) == cli.DONE
    text = capsys.readouterr().out
    assert "2 exams (1 positive), 7 images" in text
    assert "Exams that break a rule: 2" in text
    assert "1b: 1" in text


def test_score_writes_plots_as_png_and_svg(labels, predict, tmp_path) -> None:
    out = tmp_path / "plots"
    assert score(predict({"B1": 0.9}), labels, "--out", str(out)) == cli.DONE
    names = {path.name for path in out.iterdir()}
    plots = {f"{name}.{kind}" for name in ("roc", "reliability", "confusion")
             for kind in ("png", "svg")}  # fmt: skip
    assert names == plots | {"score.json"}
    assert (out / "roc.png").read_bytes().startswith(b"\x89PNG")
    assert b"<svg" in (out / "roc.svg").read_bytes()
    assert json.loads((out / "score.json").read_text())["n_images"] == 7


def test_the_columns_of_both_files_may_stand_in_another_order(
    labels, predict, write_table, capsys
) -> None:
    submission = predict({"B1": 0.9})
    assert score(submission, labels, "--json") == cli.DONE
    expected = capsys.readouterr().out
    for path in (labels, submission):
        header, *rows = [line.split(",") for line in path.read_text().splitlines()]
        order = np.random.default_rng(0).permutation(len(header))[::-1]
        shuffled = [[row[k] for k in order] for row in (header, *rows)]
        write_table(path.name, shuffled[0], shuffled[1:])
    assert score(submission, labels, "--json") == cli.DONE
    assert capsys.readouterr().out == expected


def test_the_order_of_rows_does_not_matter(labels, predict, capsys) -> None:
    submission = predict({"B1": 0.9, "A_central_pe": 0.4, "B_central_pe": 0.7})
    assert score(submission, labels, "--json") == cli.DONE
    expected = json.loads(capsys.readouterr().out)
    for path in (labels, submission):
        header, *rows = path.read_text().splitlines()
        path.write_text("\n".join([header, *rows[::-1]]) + "\n")
    assert score(submission, labels, "--json") == cli.DONE
    answer = json.loads(capsys.readouterr().out)
    assert answer["score"] == pytest.approx(expected["score"], abs=1e-12)
    assert answer["violations"] == expected["violations"]


def test_predictions_of_more_studies_are_left_out_and_said_so(labels, predict, capsys) -> None:
    assert score(predict(), labels, "--json") == cli.DONE
    expected = capsys.readouterr().out
    submission = predict({"C_central_pe": 0.9, "C0": 0.1})
    assert score(submission, labels, "--json") == cli.DONE
    captured = capsys.readouterr()
    assert captured.out == expected
    assert captured.err.startswith("2 rows of submission.csv are of no exam or image in train.csv")


def test_predictions_that_lack_an_id_are_refused(labels, predict, capsys) -> None:
    assert score(predict(drop="B_central_pe"), labels) == cli.FAILED
    error = capsys.readouterr().err
    assert "1 of 25 ids are missing" in error
    assert "B_central_pe" not in error


def test_predictions_of_other_studies_are_refused(labels, write_table, capsys) -> None:
    submission = write_table("s.csv", ["id", "label"], [["X_central_pe", 0.5], ["X0", 0.1]])
    assert score(submission, labels) == cli.FAILED
    error = capsys.readouterr().err
    assert "25 of 25 ids are missing, and 2 of its 2 are of no exam or image there" in error


@pytest.mark.parametrize("column", range(3, 5))
def test_with_unknown_labels_there_is_no_score_but_all_other_measures(
    labels, predict, capsys, column: int
) -> None:
    header, *rows = [line.split(",") for line in labels.read_text().splitlines()]
    for row in rows[3:] if column > 3 else rows[3:4]:
        row[column] = ""
    labels.write_text("\n".join(",".join(row) for row in (header, *rows)) + "\n")
    assert score(predict(), labels, "--json") == cli.DONE
    captured = capsys.readouterr()
    answer = json.loads(captured.out)
    assert (answer["score"], answer["exam_loss"], answer["image_loss"]) == (None, None, None)
    assert answer["per_label"][CSV_COLUMNS[column]]["n"] == (6 if column == 3 else 1)
    assert answer["per_label"]["central_pe"]["loss"] > 0
    assert "leaves 1 labels empty" in captured.err


@pytest.mark.parametrize(
    ("header", "rows", "reason"),
    [
        (["id", "label"], [["a", "1.5"]], "the label in line 2 is no number in [0, 1]"),
        (["id", "label"], [["a", "-0.1"]], "the label in line 2 is no number in [0, 1]"),
        (["id", "label"], [["a", "0.5"], ["b", ""]], "the label in line 3 is no number"),
        (["id", "label"], [["a", "0.5"], [], ["b", "x"]], "the label in line 4 is no number"),
        (["id", "label"], [["a", "0.5"], ["b"]], "the label in line 3 is no number"),
        (["id", "label"], [["a", "nan"]], "is no number in [0, 1] (such lines: 1)"),
        (["id", "label"], [["a", "inf"]], "is no number in [0, 1] (such lines: 1)"),
        (["id", "label"], [["a", "0", "5"]], "more cells than its header"),
        (["id", "label"], [["a", "0.5"], ["b", "0", "5"]], "Expected 2 fields in line 3, saw 3"),
        (["id", "label"], [["a", "0.5"], ["a", "0.5"]], "line 3 repeats an id (such lines: 1)"),
        (["id", "score"], [["a", "0.5"]], "lacks the columns label"),
        (["id", "label", "label"], [["a", "0.5", "0.6"]], "has the columns label more than once"),
        (["id;label"], [["a;0.5"]], "separated by semicolons, not commas"),
        (["id", "label"], [], "has no rows"),
    ],
)
def test_a_submission_that_is_none_is_refused(
    labels, write_table, capsys, header, rows, reason
) -> None:
    assert score(write_table("s.csv", header, rows), labels) == cli.FAILED
    error = capsys.readouterr().err
    assert reason in error
    assert error.startswith("s.csv")
    assert len(error.splitlines()) == 1


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "s.csv is empty"),
        (b"\n\n", "s.csv is empty"),
        (b"\x89PNG\xff\xfe\x00\x01", "no UTF-8 text"),
        ("id,label\na,0.5\n".encode("utf-16"), "no UTF-8 text"),
        ("id,label\n\xe4,0.5\n".encode("latin-1"), "no UTF-8 text"),
        (b'id,label\n"open,0.5\n', "no CSV table"),
        (b"\x1f\x8b\x08\x00gz", "no UTF-8 text"),
    ],
)
def test_a_file_that_is_no_table_is_refused(labels, tmp_path, capsys, content, reason) -> None:
    submission = tmp_path / "s.csv"
    submission.write_bytes(content)
    assert score(submission, labels) == cli.FAILED
    error = capsys.readouterr().err
    assert reason in error
    assert len(error.splitlines()) == 1


def test_a_byte_order_mark_and_windows_line_ends_are_read(labels, predict, capsys) -> None:
    submission = predict({"B1": 0.9})
    assert score(submission, labels, "--json") == cli.DONE
    expected = capsys.readouterr().out
    for path in (submission, labels):
        text = path.read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        path.write_bytes(b"\xef\xbb\xbf" + text)
    assert score(submission, labels, "--json") == cli.DONE
    assert capsys.readouterr().out == expected


@pytest.mark.parametrize("name", ["none.csv", "folder"])
def test_a_file_that_cannot_be_opened_is_named(labels, tmp_path, capsys, name: str) -> None:
    (tmp_path / "folder").mkdir()
    assert score(tmp_path / name, labels) == cli.FAILED
    error = capsys.readouterr().err
    assert name in error
    assert len(error.splitlines()) == 1


def test_an_image_with_the_id_of_an_exam_label_is_refused(
    labels, predict, write_table, capsys
) -> None:
    header, *rows = [line.split(",") for line in labels.read_text().splitlines()]
    rows[0][2] = "B_central_pe"
    write_table("train.csv", header, rows)
    assert score(predict(drop="A0"), labels) == cli.FAILED
    assert "an image has the id of an exam label" in capsys.readouterr().err


@pytest.mark.long
def test_the_whole_training_table_is_scored_in_seconds_and_bounded_memory(tmp_path) -> None:
    labels, submission = write_whole_size(tmp_path)
    start = time.process_time()
    assert score(submission, labels, "--json") == cli.DONE
    assert time.process_time() - start < 60
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < 2e6  # kB


def write_whole_size(folder: Path) -> tuple[Path, Path]:
    """7,279 exams and 1,790,594 images, 5.4 % of them positive, and scores for all."""
    rng = np.random.default_rng(0)
    exams = published_exams(rng)
    lengths = np.full(N_EXAMS, N_IMAGES // N_EXAMS)
    lengths[: N_IMAGES % N_EXAMS] += 1
    columns = CSV_COLUMNS[4:]
    place = [EXAM_LABELS.index(name) if name in EXAM_LABELS else None for name in columns]
    labels, submission = folder / "train.csv", folder / "submission.csv"
    with labels.open("w") as table, submission.open("w") as scores:
        table.write(",".join(CSV_COLUMNS) + "\n")
        scores.write("id,label\n")
        for exam, (row, n_images) in enumerate(zip(exams, lengths, strict=True)):
            rest = ",".join("0" if k is None else f"{row[k]:.0f}" for k in place)
            shown = set(range(100, 100 + 44)) if exam < N_POSITIVE else set()
            predicted = rng.random(n_images + 9)
            for k in range(n_images):
                uid = f"{exam:06x}{k:06x}"
                table.write(f"s{exam:011x},r{exam:011x},{uid},{int(k in shown)},{rest}\n")
                scores.write(f"{uid},{predicted[k]:.9f}\n")
            scores.writelines(
                f"s{exam:011x}_{label},{predicted[-1 - j]:.9f}\n"
                for j, label in enumerate(EXAM_LABELS)
            )
    return labels, submission
