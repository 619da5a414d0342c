"""From phantoms to a table and a bundle by one command; and what is said of one picture."""

import csv
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from pe_models.bundle import load_picture_bundle
from pe_models.cli import main
from pe_models.tasks import HEMORRHAGE, PNEUMONIA, task_for

TASKS = [HEMORRHAGE.key, PNEUMONIA.key]


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """What the command leaves, by task."""
    folders = {task: tmp_path_factory.mktemp(task) for task in TASKS}
    for task, folder in folders.items():
        assert main(["task", task, "--preset", "tiny", "--out", str(folder)]) == 0
    return folders


@pytest.mark.parametrize("task", TASKS)
def test_one_command_leads_from_phantoms_to_a_table_of_two_nets(
    done: dict[str, Path], task: str
) -> None:
    with (done[task] / "table.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {row["label"] for row in rows} == set(task_for(task).labels)
    assert len({row["net"] for row in rows}) == 2
    result = json.loads((done[task] / "result.json").read_text(encoding="utf-8"))
    assert "synthetic phantoms, no patient's data" in result["trained_on"]
    assert result["notice"] in (done[task] / "table.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("task", TASKS)
def test_the_bundle_is_of_the_net_with_the_lowest_validation_loss(
    done: dict[str, Path], task: str
) -> None:
    result = json.loads((done[task] / "result.json").read_text(encoding="utf-8"))
    losses = {name: net["validation_loss"] for name, net in result["nets"].items()}
    assert result["chosen"] == min(losses, key=losses.__getitem__)
    bundle = load_picture_bundle(done[task] / "bundle")
    assert bundle.spec.architecture.net == result["chosen"]
    assert bundle.spec.calibrated_on == "phantoms"


@pytest.mark.parametrize("task", TASKS)
def test_no_patient_is_both_learnt_from_and_measured(done: dict[str, Path], task: str) -> None:
    split = json.loads((done[task] / "split.json").read_text(encoding="utf-8"))
    assert not set(split["train"]) & (set(split["test"]) | set(split["validation"]))
    with (done[task] / "nets" / _chosen(done[task]) / "scores.csv").open(encoding="utf-8") as file:
        assert [row["key"] for row in csv.DictReader(file)] == split["test"]


def _chosen(folder: Path) -> str:
    chosen: str = json.loads((folder / "result.json").read_text(encoding="utf-8"))["chosen"]
    return chosen


def test_the_same_command_again_goes_on_with_what_is_done(done: dict[str, Path]) -> None:
    folder = done[PNEUMONIA.key]
    before = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    history = folder / "nets" / "custom-cnn" / "progress.jsonl"
    n_steps = history.read_text(encoding="utf-8").count('"stage"')
    assert main(["task", PNEUMONIA.key, "--preset", "tiny", "--out", str(folder)]) == 0
    assert json.loads((folder / "result.json").read_text(encoding="utf-8")) == before
    assert history.read_text(encoding="utf-8").count('"stage"') == n_steps


@pytest.mark.parametrize("change", ["pictures", "preset"])
def test_nets_of_another_run_are_not_gone_on_with(
    done: dict[str, Path], change: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A patient of the new test part may be one whom the kept nets were trained on."""
    folder = tmp_path / "run"
    shutil.copytree(done[PNEUMONIA.key], folder)
    if change == "pictures":
        next((folder / "phantoms").glob("stage_2_train*/*.dcm")).unlink()
    kept = {path: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    preset = "laptop" if change == "preset" else "tiny"
    command = ["task", PNEUMONIA.key, "--preset", preset, "--data", str(folder / "phantoms")]
    assert main([*command, "--out", str(folder)]) == 1
    assert "other pictures or another preset" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in kept} == kept


def test_a_split_that_is_no_longer_the_one_trained_on_is_refused(
    done: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "run"
    shutil.copytree(done[PNEUMONIA.key], folder)
    split = json.loads((folder / "split.json").read_text(encoding="utf-8"))
    split["test"].append(split["train"].pop())
    (folder / "split.json").write_text(json.dumps(split), encoding="utf-8")
    assert main(["task", PNEUMONIA.key, "--preset", "tiny", "--out", str(folder)]) == 1
    assert "name another folder" in capsys.readouterr().err


@pytest.mark.parametrize("task", TASKS)
def test_one_picture_is_predicted_with_its_map(
    done: dict[str, Path], task: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    picture = next((done[task] / "phantoms").glob("stage_2_train*/*.dcm"))
    command = ["predict", str(picture), "--bundle", str(done[task] / "bundle")]
    assert main([*command, "--out", str(tmp_path), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert set(said["scores"]) == set(task_for(task).labels)
    assert said["named"] in ("Normal", *task_for(task).kinds)
    assert (tmp_path / "prediction.png").stat().st_size > 5_000
    assert json.loads((tmp_path / "prediction.json").read_text())["scores"] == said["scores"]


def test_a_picture_of_another_kind_is_refused(
    done: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    radiograph = next((done[PNEUMONIA.key] / "phantoms").glob("stage_2_train*/*.dcm"))
    bundle = done[HEMORRHAGE.key] / "bundle"
    assert main(["predict", str(radiograph), "--bundle", str(bundle)]) == 1
    assert "no Hounsfield units" in capsys.readouterr().err


def test_the_likeliest_kind_is_named_and_never_any(done: dict[str, Path], tmp_path: Path) -> None:
    from dataclasses import replace

    from pe_models.bundle import PICTURE_FILE, write_picture_bundle
    from pe_models.pipeline.predicting import NORMAL, predict_picture

    bundle = load_picture_bundle(done[HEMORRHAGE.key] / "bundle")
    picture = next((done[HEMORRHAGE.key] / "phantoms").glob("stage_2_train/*.dcm"))
    files = {PICTURE_FILE: bundle.read(PICTURE_FILE)}
    eager = replace(bundle.spec, thresholds=dict.fromkeys(bundle.labels, 0.0))
    shy = replace(bundle.spec, thresholds=dict.fromkeys(bundle.labels, 1.0))
    found = predict_picture(picture, write_picture_bundle(tmp_path / "eager", eager, files))
    kinds = {label: score for label, score in found.scores.items() if label != "any"}
    assert found.named == max(kinds, key=kinds.__getitem__)
    silent = predict_picture(picture, write_picture_bundle(tmp_path / "shy", shy, files))
    assert silent.named == NORMAL
    assert np.array_equal(silent.picture, found.picture)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["task", "pe", "--out", "x"], "pe-models train"),
        (["task", "pneumonia", "--preset", "huge", "--out", "x"], "no preset 'huge'"),
        (["predict", "x", "--bundle", "pe-phantom"], "whole examinations"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    arguments: list[str], reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 1
    assert reason in capsys.readouterr().err


def test_reserved_phantoms_are_never_trained_on(tmp_path: Path) -> None:
    from pe_models.errors import DatasetError
    from pe_models.experiments.sources import open_pictures
    from pe_models.phantom.head.cohort import write_head_cohort

    write_head_cohort(tmp_path, n_studies=1, seed=900_000, matrix=64, n_slices=4, reserved=True)
    with pytest.raises(DatasetError, match="reserved"):
        open_pictures(HEMORRHAGE.key, tmp_path)
