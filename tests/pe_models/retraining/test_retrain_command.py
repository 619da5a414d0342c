"""`pe-models retrain` from outside: what it tells before it begins, and where a study lies."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from pe_models import cli
from pe_models.bundle import ModelBundle
from pe_models.retraining.folder import RetrainFolder, lock_file, runs_folder
from pe_models.retraining.order import AS_IN_USE
from pe_models.training.run.lock import RunLock

MakeRun = Callable[..., RetrainFolder]


def test_a_check_counts_as_json_and_makes_nothing(
    make_run: MakeRun, capsys: pytest.CaptureFixture[str]
) -> None:
    run = make_run(n_studies=6, has_store=False)
    assert cli.main(["retrain", str(run.folder), "--check"]) == 0
    counted = json.loads(capsys.readouterr().out)
    assert (counted["n_patients_with_pe"], counted["n_patients_without_pe"]) == (3, 3)
    assert counted["problems"] == []
    assert [path.name for path in run.folder.iterdir()] == ["order.json"]


def test_a_check_says_that_the_bundle_in_use_has_other_nets(
    make_run: MakeRun, in_use: ModelBundle, capsys: pytest.CaptureFixture[str]
) -> None:
    run = make_run(n_studies=6, has_store=False, start="in use")
    assert cli.main(["retrain", str(run.folder), "--check"]) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "The nets of the bundle in use, tiny 1, are others than those of preset tiny" in said


def test_a_check_goes_by_the_preset_of_the_bundle_in_use_where_the_order_names_none(
    make_run: MakeRun, in_use: ModelBundle, capsys: pytest.CaptureFixture[str]
) -> None:
    run = make_run(n_studies=6, has_store=False, start="in use", preset=AS_IN_USE)
    assert cli.main(["retrain", str(run.folder), "--check"]) == 0
    assert json.loads(capsys.readouterr().out)["problems"] == []
    assert run.order().preset == AS_IN_USE


def test_where_a_compared_study_lies_is_told_as_json(
    make_run: MakeRun, safety: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = make_run(has_store=False)
    command = ["retrain", str(run.folder), "--safety", str(safety), "--study", "0" * 20]
    assert cli.main(command) == 1
    assert "There is no" in capsys.readouterr().err


@pytest.mark.parametrize("words", ['{"schema_version": 99}', "[]", "{"])
def test_an_order_that_cannot_be_read_is_refused_in_one_line(
    words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    run = RetrainFolder(runs_folder() / "retrained-1")
    run.folder.mkdir()
    run.order_file.write_text(words)
    assert cli.main(["retrain", str(run.folder)]) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_a_second_training_is_refused_in_one_line(
    make_run: MakeRun, capsys: pytest.CaptureFixture[str]
) -> None:
    run = make_run(has_store=False)
    with RunLock(lock_file()):
        assert cli.main(["retrain", str(run.folder)]) == 1
    assert "trains here already" in capsys.readouterr().err
