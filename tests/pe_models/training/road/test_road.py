"""The whole road on tiny phantoms, through the commands; and what bad data end in."""

import json
from pathlib import Path

import numpy as np
import pytest

from pe_models import cli
from pe_models.bundle import load_bundle
from pe_models.errors import DatasetError
from pe_models.training.config import preset, with_settings
from pe_models.training.road.train import TrainOptions, train
from pe_models.training.run import RunFolder, RunState
from pe_models.training.store import Store
from pe_models.training.weights.nets import StageName, stages_of


def test_the_whole_road_from_phantoms_to_a_bundle(
    cohort: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store, run, bundle = tmp_path / "store", tmp_path / "run", tmp_path / "b"
    commands = [
        ["prepare", "--dicom", cohort, "--labels", cohort / "train.csv", "--out", store,
         "--workers", 1],
        ["train", "all", "--data", store, "--out", run, "--preset", "tiny", "--device", "cpu"],
        ["features", "--data", store, "--run", run, "--out", tmp_path / "f", "--device", "cpu"],
        ["evaluate", "--data", store, "--run", run, "--out", tmp_path / "e", "--device", "cpu"],
        ["bundle", "export", "--run", run, "--out", bundle, "--name", "mine",
         "--metrics", tmp_path / "e" / "metrics.json"],
        ["bundle", "verify", bundle],
        ["bundle", "show", bundle],
        ["bundle", "import", bundle],
        ["bundle", "list"],
    ]  # fmt: skip
    for command in commands:
        assert cli.main([str(word) for word in command]) == 0, command
    figures = json.loads((tmp_path / "e" / "metrics.json").read_text())
    assert figures["n_studies"] == 6
    assert set(figures["exam"]) == set(load_bundle("mine").labels)
    assert set(figures["froc"]["by_level"]) >= {"central", "lobar"}
    assert (tmp_path / "e" / "roc.svg").exists()
    made = load_bundle(bundle)
    assert made.calibration.calibrated_on == "phantoms"
    assert "phantoms" in made.card.trained_on
    assert made.card.metrics["evaluation"]["n_images"] == 6 * 24
    assert json.loads(RunFolder(run).state_file.read_text())["state"] == "done"
    assert "mine" in capsys.readouterr().out


def test_two_runs_of_one_seed_are_equal_and_a_resumed_one_too(store: Store, tmp_path: Path) -> None:
    config = with_settings(preset("tiny"), ["imagenet_start=false"])
    options = TrainOptions(device="cpu")
    stages = (StageName.LOCALIZER, StageName.SLICE)
    for name in ("one", "two"):
        assert train(stages, store, tmp_path / name, config, options) is RunState.DONE
    checkpoint = RunFolder(tmp_path / "two").checkpoint_file("slice")
    checkpoint.unlink()
    train(stages, store, tmp_path / "two", config, TrainOptions(device="cpu", resume=True))
    for study in store.studies:
        name = f"{study.key}.npy"
        one = np.load(tmp_path / "one" / "features" / name)
        assert np.array_equal(one, np.load(tmp_path / "two" / "features" / name))


def test_a_stage_without_the_one_before_says_what_is_missing(store: Store, tmp_path: Path) -> None:
    run = tmp_path / "run"
    with pytest.raises(DatasetError, match=r"boxes\.json"):
        train((StageName.SLICE,), store, run, preset("tiny"), TrainOptions(device="cpu"))
    state = json.loads(RunFolder(run).state_file.read_text())
    assert state["state"] == "failed"
    assert "boxes.json" in state["message"]


def test_a_final_run_holds_out_none_and_stays_uncalibrated(store: Store, tmp_path: Path) -> None:
    config = with_settings(preset("tiny"), ["is_final=true"])
    train(stages_of(config), store, tmp_path, config, TrainOptions(device="cpu"))
    fitted = json.loads(RunFolder(tmp_path).calibration_file.read_text())
    assert fitted["calibration"]["labels"] == {}
    assert fitted["zones"] is None
