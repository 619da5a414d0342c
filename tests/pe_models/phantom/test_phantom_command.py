"""`pe-models phantom`."""

import json
from pathlib import Path

import pytest

from pe_models.cli import main


def test_the_command_writes_a_cohort_and_reports_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "cohort"
    arguments = ["--studies", "1", "--seed", "3", "--matrix", "64", "--slices", "16"]
    assert main(["phantom", "--out", str(out), *arguments, "--progress", "json"]) == 0
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert events[-1]["event"] == "done"
    assert {"event": "progress", "stage": "phantom", "done": 1, "total": 1} in [
        {k: e[k] for k in ("event", "stage", "done", "total")} for e in events[:-1]
    ]
    assert len(list((out / "train").rglob("*.dcm"))) == 16


def test_a_reserved_seed_is_refused_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--out", str(tmp_path / "c"), "--studies", "1", "--seed", "900001"]
    assert main(["phantom", *arguments]) == 1
    error = capsys.readouterr().err.strip()
    assert "kept for evaluation" in error
    assert "\n" not in error


def test_a_cohort_without_a_seed_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["phantom", "--out", str(tmp_path), "--studies", "1"])
    assert stop.value.code == 2


@pytest.mark.parametrize("workers", ["0", "-2"])
def test_arrays_by_no_worker_are_wrong_usage(
    tmp_path: Path, workers: str, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--out", str(tmp_path / "s"), "--studies", "1", "--seed", "3", "--arrays"]
    with pytest.raises(SystemExit) as stop:
        main(["phantom", *arguments, "--workers", workers])
    assert stop.value.code == 2
    assert f"--workers must be 1 or more; {workers} was given" in capsys.readouterr().err
    assert not (tmp_path / "s").exists()
