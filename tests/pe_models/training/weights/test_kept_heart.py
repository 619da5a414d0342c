"""A run that begins with a bundle keeps its net of the heart, and its own bundle has it again."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from pe_models.bundle import HEART_FILE, HeartSpec, ModelBundle, load_bundle, write_bundle
from pe_models.cli import main
from pe_models.errors import TrainingError
from pe_models.heart.calibration import HeartCalibration
from pe_models.heart.strain import StrainRule
from pe_models.nets.heart_net import HeartNet
from pe_models.nets.save import half_weights
from pe_models.placing.rules import PlaceRules
from pe_models.training.config import preset
from pe_models.training.export.bundle import export_bundle
from pe_models.training.heart.config import HeartConfig
from pe_models.training.run import RunFolder
from pe_models.training.weights.heart import kept_heart
from pe_models.training.weights.start import begin_with

CALIBRATION = HeartCalibration(1.0, 0.5, 0.05, 0.5, 40, "tests")


@pytest.fixture(scope="module")
def hearty(tiny_bundle: ModelBundle, tmp_path_factory: pytest.TempPathFactory) -> ModelBundle:
    torch.manual_seed(4)
    spec = HeartSpec(2, HeartConfig().preprocessing, "nothing", CALIBRATION)
    files = {name: tiny_bundle.read(name) for name in tiny_bundle.files}
    return write_bundle(
        tmp_path_factory.mktemp("b") / "hearty",
        replace(tiny_bundle.spec, name="hearty", heart=spec),
        {**files, HEART_FILE: half_weights(HeartNet(2))},
    )


def test_what_a_run_exports_measures_as_the_bundle_that_it_began_with(
    hearty: ModelBundle, cut_run: RunFolder, tmp_path: Path
) -> None:
    shutil.copytree(cut_run.folder, tmp_path / "run")
    run = RunFolder(tmp_path / "run")
    begin_with(hearty, (), preset("tiny"), run)
    made = export_bundle(run, tmp_path / "made", name="made", version="1")
    assert made.heart == hearty.heart
    assert made.read(HEART_FILE) == hearty.read(HEART_FILE)


def test_a_bundle_takes_heart_and_rules_of_one_with_the_same_nets(
    hearty: ModelBundle, cut_run: RunFolder, tmp_path: Path
) -> None:
    bare = export_bundle(cut_run, tmp_path / "bare", name="made", version="1")
    files = {name: bare.read(name) for name in bare.files}
    assert hearty.heart is not None
    weighing = replace(hearty.heart, strain=StrainRule(0.1, 0.2, 0.9, "tests"))
    whole = write_bundle(
        tmp_path / "whole",
        replace(bare.spec, heart=weighing, places=PlaceRules(fitted_on="tests")),
        {**files, HEART_FILE: hearty.read(HEART_FILE)},
    )
    command = ["bundle", "export", "--run", str(cut_run.folder), "--parts-of", str(whole.source)]
    assert main([*command, "--out", str(tmp_path / "made"), "--version", "2"]) == 0
    made = load_bundle(str(tmp_path / "made"))
    assert (made.version, made.heart, made.places) == ("2", whole.heart, whole.places)
    assert made.read(HEART_FILE) == whole.read(HEART_FILE)
    with pytest.raises(TrainingError, match="were fitted for others"):
        export_bundle(cut_run, tmp_path / "other", name="b", version="1", parts_of=hearty)


def test_a_run_of_its_own_has_no_heart(
    tiny_bundle: ModelBundle, cut_run: RunFolder, tmp_path: Path
) -> None:
    assert kept_heart(cut_run) is None
    begin_with(tiny_bundle, (), preset("tiny"), RunFolder(tmp_path))
    assert kept_heart(RunFolder(tmp_path)) is None


def test_a_heart_that_was_damaged_is_told(hearty: ModelBundle, tmp_path: Path) -> None:
    run = RunFolder(tmp_path)
    begin_with(hearty, (), preset("tiny"), run)
    (run.heart_folder / HEART_FILE).unlink()
    with pytest.raises(TrainingError, match="no trained net of the heart"):
        kept_heart(run)
