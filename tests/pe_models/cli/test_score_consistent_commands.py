"""``pe-models score`` and ``consistent`` on files in the competition's layout."""

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from pe_models import cli
from pe_models.labels import CSV_COLUMNS, EXAM_LABELS

NEGATIVE = dict.fromkeys(EXAM_LABELS, 0) | {"negative_exam_for_pe": 1}
POSITIVE = dict.fromkeys(EXAM_LABELS, 0) | {"rightsided_pe": 1, "rv_lv_ratio_lt_1": 1}
STUDIES = {"A": (NEGATIVE, [0, 0, 0]), "B": (POSITIVE, [0, 1, 1, 0])}


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    path = tmp_path / "train.csv"
    rows = [
        dict.fromkeys(CSV_COLUMNS, 0)
        | {"StudyInstanceUID": uid, "SeriesInstanceUID": f"{uid}s", "SOPInstanceUID": f"{uid}{k}"}
        | exam
        | {"pe_present_on_image": present}
        for uid, (exam, images) in STUDIES.items()
        for k, present in enumerate(images)
    ]
    return write(path, list(CSV_COLUMNS), [list(row.values()) for row in rows])


@pytest.fixture
def series(tmp_path: Path) -> Path:
    rows = [
        [uid, f"{uid}s", f"{uid}{k}"]
        for uid, (_, images) in STUDIES.items()
        for k in range(len(images))
    ]
    return write(tmp_path / "test.csv", list(CSV_COLUMNS[:3]), rows)


@pytest.fixture
def predict(tmp_path: Path) -> Callable[..., Path]:
    """``predict({id: score})``: a submission that is 0.25 everywhere else."""

    def make(scores: dict[str, float] | None = None, *, drop: str = "") -> Path:
        ids = [f"{uid}_{label}" for uid in STUDIES for label in EXAM_LABELS]
        ids += [f"{uid}{k}" for uid, (_, images) in STUDIES.items() for k in range(len(images))]
        values = dict.fromkeys(ids, 0.25) | (scores or {})
        values.pop(drop, None)
        rows = [[name, score] for name, score in values.items()]
        return write(tmp_path / "submission.csv", ["id", "label"], rows)

    return make


def write(path: Path, header: list[str], rows: list[list[object]]) -> Path:
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def scores_in(path: Path) -> dict[str, float]:
    with path.open(newline="") as file:
        return {row["id"]: float(row["label"]) for row in csv.DictReader(file)}


def test_score_gives_the_metric_losses_and_broken_rules(labels, predict, capsys) -> None:
    submission = predict({"B1": 0.9, "A_negative_exam_for_pe": 0.9})
    command = ["score", "--predictions", str(submission), "--labels", str(labels), "--json"]
    assert cli.main(command) == cli.DONE
    answer = json.loads(capsys.readouterr().out)
    assert answer["n_exams"] == 2
    assert 0 < answer["score"] < 1
    assert set(answer["per_label"]) == {*EXAM_LABELS, "pe_present_on_image"}
    negative = answer["per_label"]["negative_exam_for_pe"]
    assert negative["auc"] == 1.0
    assert negative["auc_within_positive"] is None
    # B has a positive image, but no location and no RV/LV class
    assert answer["violations"]["exams"] == 1
    assert answer["violations"]["rules"] == {"1a": 1, "1b": 1, "1c": 0, "1d": 0, "2a": 0, "2b": 0}


def test_score_gives_the_same_as_a_table(labels, predict, capsys) -> None:
    command = ["score", "--predictions", str(predict({"B1": 0.9})), "--labels", str(labels)]
    assert cli.main(command) == cli.DONE
    text = capsys.readouterr().out
    assert "2 exams, 7 images" in text
    assert "Exams that break a rule: 2" in text
    assert "1b: 1" in text


def test_consistent_leaves_no_rule_broken_and_valid_exams_alone(
    labels, series, predict, tmp_path, capsys
) -> None:
    valid = {"A_negative_exam_for_pe": 0.9}
    submission = predict(valid | {"B1": 0.9, "B_leftsided_pe": 0.4, "B_rv_lv_ratio_gte_1": 0.45})
    out = tmp_path / "out" / "consistent.csv"
    command = ["consistent", "--predictions", str(submission), "--series", str(series)]
    assert cli.main([*command, "--out", str(out)]) == cli.DONE
    assert "1 of 2 exams broke a rule" in capsys.readouterr().out
    before, after = scores_in(submission), scores_in(out)
    assert list(after) == list(before)
    assert all(after[name] == before[name] for name in before if name.startswith("A"))
    changed = {name: after[name] for name in before if after[name] != before[name]}
    assert changed == {"B_leftsided_pe": 0.5 + 1e-6, "B_rv_lv_ratio_gte_1": 0.5 + 1e-6}
    score = ["score", "--predictions", str(out), "--labels", str(labels), "--json"]
    assert cli.main(score) == cli.DONE
    assert json.loads(capsys.readouterr().out)["violations"]["exams"] == 0


def test_predictions_that_lack_an_id_are_refused(labels, series, predict, tmp_path, capsys) -> None:
    submission = str(predict(drop="B_central_pe"))
    score = ["score", "--predictions", submission, "--labels", str(labels)]
    out = tmp_path / "out.csv"
    project = ["consistent", "--predictions", submission, "--series", str(series)]
    for command in (score, [*project, "--out", str(out)]):
        assert cli.main(command) == cli.FAILED
        error = capsys.readouterr().err
        assert "1 of 25 ids are missing" in error
        assert "B_central_pe" not in error
    assert not out.exists()


@pytest.mark.parametrize(
    ("header", "rows", "reason"),
    [
        (["id", "label"], [["a", "1.5"]], "not numbers in [0, 1]; the first is in line 2"),
        (["id", "label"], [["a", "0.5"], ["b", ""]], "the first is in line 3"),
        (["id", "label"], [["a", "nan"]], "not numbers in [0, 1]"),
        (["id", "label"], [["a", "0.5"], ["a", "0.5"]], "repeat an id; the first is in line 3"),
        (["id", "score"], [["a", "0.5"]], "lacks the columns label"),
        (["id", "label"], [], "has no rows"),
    ],
)
def test_a_submission_that_is_none_is_refused(labels, tmp_path, capsys, header, rows, reason):
    submission = write(tmp_path / "s.csv", header, rows)
    command = ["score", "--predictions", str(submission), "--labels", str(labels)]
    assert cli.main(command) == cli.FAILED
    assert reason in capsys.readouterr().err


@pytest.mark.parametrize("content", [b"", b"\x89PNG\xff\xfe\x00\x01", b'id,label\n"open,0.5\n'])
def test_a_file_that_is_no_table_is_refused(labels, tmp_path, capsys, content) -> None:
    submission = tmp_path / "s.csv"
    submission.write_bytes(content)
    command = ["score", "--predictions", str(submission), "--labels", str(labels)]
    assert cli.main(command) == cli.FAILED
    error = capsys.readouterr().err
    assert "s.csv" in error
    assert len(error.strip().splitlines()) == 1


def test_a_missing_file_is_named(labels, tmp_path, capsys) -> None:
    command = ["score", "--predictions", str(tmp_path / "none.csv"), "--labels", str(labels)]
    assert cli.main(command) == cli.FAILED
    assert "none.csv" in capsys.readouterr().err


def test_unknown_labels_cannot_be_scored(labels, predict, capsys) -> None:
    text = labels.read_text().replace("A0,0,1,", "A0,,1,")
    labels.write_text(text)
    command = ["score", "--predictions", str(predict()), "--labels", str(labels)]
    assert cli.main(command) == cli.FAILED
    assert "leaves 1 labels empty" in capsys.readouterr().err
