"""``pe-models consistent`` on files in the competition's layout."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from pe_models import cli
from pe_models.labels import EXAM_LABELS


def consistent(submission: Path, series: Path, out: Path, *more: str) -> int:
    command = ["consistent", "--predictions", str(submission), "--series", str(series)]
    return cli.main([*command, "--out", str(out), *more])


def scores_in(path: Path) -> dict[str, float]:
    with path.open(newline="") as file:
        return {row["id"]: float(row["label"]) for row in csv.DictReader(file)}


def n_broken(submission: Path, labels: Path, capsys) -> int:
    capsys.readouterr()
    command = ["score", "--predictions", str(submission), "--labels", str(labels), "--json"]
    assert cli.main(command) == cli.DONE
    return json.loads(capsys.readouterr().out)["violations"]["exams"]


def test_consistent_leaves_no_rule_broken_and_valid_exams_alone(
    labels, series, predict, tmp_path, capsys
) -> None:
    valid = {"A_negative_exam_for_pe": 0.9}
    submission = predict(valid | {"B1": 0.9, "B_leftsided_pe": 0.4, "B_rv_lv_ratio_gte_1": 0.45})
    out = tmp_path / "out" / "consistent.csv"
    assert consistent(submission, series, out) == cli.DONE
    assert "1 of 2 exams broke a rule" in capsys.readouterr().out
    before, after = scores_in(submission), scores_in(out)
    assert list(after) == list(before)
    assert all(after[name] == before[name] for name in before if name.startswith("A"))
    changed = {name: after[name] for name in before if after[name] != before[name]}
    assert changed == {"B_leftsided_pe": 0.5 + 1e-6, "B_rv_lv_ratio_gte_1": 0.5 + 1e-6}
    assert n_broken(out, labels, capsys) == 0


def test_what_is_consistent_stays_so_and_the_same(series, predict, tmp_path) -> None:
    rng = np.random.default_rng(2)
    drawn = {name: float(rng.random()) for name in scores_in(predict())}
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"
    assert consistent(predict(drawn), series, first) == cli.DONE
    assert consistent(first, series, second) == cli.DONE
    assert second.read_bytes() == first.read_bytes()


@pytest.mark.parametrize(
    "value", [0.0, 1.0, 0.5, 0.5 + 1e-7, 0.5 - 1e-17, 1e-320, 1 - 1e-16, 0.5000005]
)
def test_odd_scores_break_nothing(labels, series, predict, tmp_path, capsys, value: float) -> None:
    submission = predict(dict.fromkeys(scores_in(predict()), value))
    out = tmp_path / "out.csv"
    assert consistent(submission, series, out) == cli.DONE
    assert n_broken(out, labels, capsys) == 0


@pytest.mark.parametrize("seed", range(5))
def test_no_rule_is_broken_after_it_whatever_the_scores(
    labels, series, predict, tmp_path, capsys, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    submission = predict({name: float(rng.beta(0.3, 0.3)) for name in scores_in(predict())})
    out = tmp_path / "out.csv"
    assert consistent(submission, series, out) == cli.DONE
    assert n_broken(out, labels, capsys) == 0


def test_rows_of_the_map_in_any_order_and_twice_give_the_same(series, predict, tmp_path) -> None:
    submission = predict({"B1": 0.9, "A2": 0.7})
    expected, found = tmp_path / "a.csv", tmp_path / "b.csv"
    assert consistent(submission, series, expected) == cli.DONE
    header, *rows = series.read_text().splitlines()
    series.write_text("\n".join([header, *rows[::-1], rows[2]]) + "\n")
    assert consistent(submission, series, found) == cli.DONE
    assert found.read_bytes() == expected.read_bytes()


def test_it_reports_as_json(series, predict, tmp_path, capsys) -> None:
    out = tmp_path / "out.csv"
    assert consistent(predict({"B1": 0.9}), series, out, "--progress", "json") == cli.DONE
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [event["done"] for event in events if event["event"] == "progress"] == [1, 2]
    assert events[-1] == {"event": "done", "out": str(out), "n_exams": 2, "n_changed": 2}


@pytest.mark.parametrize(
    ("scores", "drop", "reason"),
    [
        ({}, "B_central_pe", "1 of 25 ids are missing"),
        ({}, "A1", "1 of 25 ids are missing"),
        ({"C0": 0.1}, "", "1 of its 26 rows are of no exam or image there"),
        ({"A_central": 0.1}, "", "1 of its 26 rows are of no exam or image there"),
        ({"A_central": 0.1}, "A_central_pe", "1 of 25 ids are missing, and 1 of its 25"),
        ({"A0": float("nan")}, "", "is no number in [0, 1]"),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_written(
    series, predict, tmp_path, capsys, scores, drop, reason
) -> None:
    out = tmp_path / "out.csv"
    assert consistent(predict(scores, drop=drop), series, out) == cli.FAILED
    error = capsys.readouterr().err
    assert reason in error
    assert len(error.splitlines()) == 1
    assert not out.exists()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "test.csv is empty"),
        ("StudyInstanceUID,SOPInstanceUID\nA,A0\n", "lacks the columns SeriesInstanceUID"),
        ("StudyInstanceUID,SeriesInstanceUID,SOPInstanceUID\n", "has no rows"),
        ("StudyInstanceUID,SeriesInstanceUID,SOPInstanceUID\nA,As,A0\nA,,A1\n",
         "line 3 has no SeriesInstanceUID"),
        ("StudyInstanceUID,SeriesInstanceUID,SOPInstanceUID\nA,As\n", "line 2 has no SOPInstance"),
        ("StudyInstanceUID,SeriesInstanceUID,SOPInstanceUID\nA,As,A0\nB,Bs,A0\n",
         "line 3 gives an image a second time, differently"),
    ],
)  # fmt: skip
def test_a_map_that_is_none_is_refused(predict, tmp_path, capsys, text, reason) -> None:
    series = tmp_path / "test.csv"
    series.write_text(text)
    out = tmp_path / "out.csv"
    assert consistent(predict(), series, out) == cli.FAILED
    error = capsys.readouterr().err
    assert reason in error
    assert len(error.splitlines()) == 1
    assert not out.exists()


def test_the_competitions_own_example_rows_are_read(real_data, tmp_path, capsys) -> None:
    """The sample submission holds other images than the first lines of ``test.csv``."""
    folder = real_data / "rsna-format"
    out = tmp_path / "out.csv"
    submission, series = folder / "sample_submission-head.csv", folder / "test-head.csv"
    assert consistent(submission, series, out) == cli.FAILED
    assert "13 of 14 ids are missing, and 13 of its 14" in capsys.readouterr().err
    ids = [f"df06fad17bc3_{label}" for label in EXAM_LABELS]
    ids += [line.split(",")[2] for line in series.read_text().splitlines()[1:]]
    whole = tmp_path / "submission.csv"
    whole.write_text("id,label\n" + "".join(f"{name},0.5\n" for name in ids))
    assert consistent(whole, series, out) == cli.DONE
    # nothing is on: the cheapest valid state is the lighter of negative and indeterminate
    on = [name for name, value in scores_in(out).items() if value > 0.5]
    assert on == ["df06fad17bc3_negative_exam_for_pe"]
