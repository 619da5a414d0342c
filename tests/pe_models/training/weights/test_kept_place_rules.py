"""A run that begins with a bundle keeps its rules for places, and says for which nets they are."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from pe_models.bundle import ModelBundle, write_bundle
from pe_models.errors import TrainingError
from pe_models.placing.rules import PlaceRules
from pe_models.training.config import preset
from pe_models.training.export.bundle import export_bundle
from pe_models.training.run import RunFolder
from pe_models.training.weights.place_rules import FILE, kept_place_rules
from pe_models.training.weights.start import begin_with

RULES = PlaceRules(0.6, 0.9, fitted_on="20 phantoms")


@pytest.fixture
def placing(tiny_bundle: ModelBundle, tmp_path: Path) -> ModelBundle:
    files = {name: tiny_bundle.read(name) for name in tiny_bundle.files}
    return write_bundle(tmp_path / "placing", replace(tiny_bundle.spec, places=RULES), files)


def test_what_a_run_exports_places_as_the_bundle_that_it_began_with(
    placing: ModelBundle, cut_run: RunFolder, tmp_path: Path
) -> None:
    run = RunFolder(Path(shutil.copytree(cut_run.folder, tmp_path / "run")))
    begin_with(placing, (), preset("tiny"), run)
    made = export_bundle(run, tmp_path / "made", name="made", version="1")
    told = "20 phantoms; for the bundle tiny 1"
    assert made.places == replace(RULES, fitted_on=told)
    begin_with(made, (), preset("tiny"), RunFolder(tmp_path / "next"))
    again = kept_place_rules(RunFolder(tmp_path / "next"))
    assert again is not None
    assert again.fitted_on == told


def test_a_run_of_its_own_has_no_rules(
    tiny_bundle: ModelBundle, cut_run: RunFolder, tmp_path: Path
) -> None:
    assert kept_place_rules(cut_run) is None
    begin_with(tiny_bundle, (), preset("tiny"), RunFolder(tmp_path))
    assert kept_place_rules(RunFolder(tmp_path)) is None


def test_rules_that_were_damaged_are_told(placing: ModelBundle, tmp_path: Path) -> None:
    run = RunFolder(tmp_path / "run")
    begin_with(placing, (), preset("tiny"), run)
    (run.folder / FILE).write_text('{"least_score": 0.5}')
    with pytest.raises(TrainingError, match="no rules for places"):
        kept_place_rules(run)
