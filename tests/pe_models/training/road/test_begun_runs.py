"""A run that was begun: what a later call keeps of it, what it may not touch, what it refuses."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from pe_models.bundle import HEART_FILE, HeartSpec, ModelBundle, write_bundle
from pe_models.errors import DatasetError, TrainingError
from pe_models.nets.heart_net import HeartNet
from pe_models.nets.save import half_weights
from pe_models.placing.rules import PlaceRules
from pe_models.training.config import preset, with_settings
from pe_models.training.export.bundle import export_bundle
from pe_models.training.export.features import export_out_of_fold
from pe_models.training.heart.config import HeartConfig
from pe_models.training.road.train import TrainOptions, train
from pe_models.training.run import RunFolder
from pe_models.training.store import Store
from pe_models.training.weights.heart import kept_heart
from pe_models.training.weights.nets import StageName, stages_of
from pe_models.training.weights.place_rules import kept_place_rules
from pe_models.training.weights.start import begin_with, read_start

CONFIG = preset("tiny")
CPU = TrainOptions("cpu")
RESUMED = TrainOptions("cpu", resume=True)
ALL = stages_of(preset("tiny"))


@pytest.fixture(scope="module")
def start(cut_bundle: ModelBundle, tmp_path_factory: pytest.TempPathFactory) -> ModelBundle:
    """The bundle of the tiny run, with a heart and with rules for places."""
    folder = tmp_path_factory.mktemp("start")
    heart = HeartSpec(2, HeartConfig().preprocessing, "nothing")
    files = {name: cut_bundle.read(name) for name in cut_bundle.files}
    return write_bundle(
        folder / "whole",
        replace(cut_bundle.spec, heart=heart, places=PlaceRules(fitted_on="tests")),
        {**files, HEART_FILE: half_weights(HeartNet(2))},
    )


@pytest.fixture
def run(cut_run: RunFolder, tmp_path: Path) -> RunFolder:
    """A copy of the tiny run."""
    return RunFolder(Path(shutil.copytree(cut_run.folder, tmp_path / "run")))


def told_by(run: RunFolder) -> dict[str, bytes]:
    """What the run says of itself."""
    return {path.name: path.read_bytes() for path in run.folder.glob("*.json")}


@pytest.mark.parametrize(
    "settings",
    [["localizer.epochs=2", "slice.epochs=1"], ["localizer.steps=9", "slice.steps=9"]],
    ids=["epochs", "more steps than the bundle's"],
)
def test_a_kept_net_does_not_change_by_a_bit(
    start: ModelBundle, cut_store: Store, tmp_path: Path, settings: list[str]
) -> None:
    run, config = RunFolder(tmp_path / "run"), with_settings(CONFIG, settings)
    first = TrainOptions("cpu", start=start)
    train((StageName.SEQUENCE,), cut_store, run.folder, with_settings(CONFIG, settings[:1]), first)
    train((StageName.SEQUENCE,), cut_store, run.folder, config, replace(first, resume=True))
    made = export_bundle(run, tmp_path / "made", name="made", version="1")
    for name in ("localizer.safetensors", "slice_classifier.safetensors"):
        assert made.files[name] == start.files[name]
    assert made.files["sequence.safetensors"] != start.files["sequence.safetensors"]


def test_a_sequence_net_that_is_kept_stays_while_the_slice_net_learns(
    start: ModelBundle, cut_store: Store, tmp_path: Path
) -> None:
    """As a retraining of one stage calls it."""
    run, config = RunFolder(tmp_path / "run"), with_settings(CONFIG, ["sequence.epochs=9"])
    begin_with(start, (StageName.LOCALIZER, StageName.SEQUENCE), config, run)
    train(ALL, cut_store, run.folder, config, TrainOptions("cpu", resume=True, start=start))
    made = export_bundle(run, tmp_path / "made", name="made", version="1")
    assert made.files["sequence.safetensors"] == start.files["sequence.safetensors"]
    assert made.files["slice_classifier.safetensors"] != start.files["slice_classifier.safetensors"]


def test_a_net_that_was_kept_and_is_trained_now_is_kept_no_more(
    start: ModelBundle, cut_store: Store, tmp_path: Path
) -> None:
    run, begun = RunFolder(tmp_path / "run"), TrainOptions("cpu", start=start)
    train((StageName.SEQUENCE,), cut_store, run.folder, CONFIG, begun)
    before = read_start(run)
    assert before is not None
    assert before.kept == ("localizer", "slice")
    train((StageName.SLICE,), cut_store, run.folder, CONFIG, begun)
    after = read_start(run)
    assert after is not None
    assert after.kept == ("localizer",)


@pytest.mark.parametrize("stage", ["slice", "sequence"])
def test_other_studies_are_refused_and_nothing_of_the_run_is_touched(
    run: RunFolder, array_store: Store, stage: str
) -> None:
    before = told_by(run)
    for options in (CPU, RESUMED):
        with pytest.raises(DatasetError, match="was trained on other studies"):
            train((StageName(stage),), array_store, run.folder, CONFIG, options)
    assert told_by(run) == before


def test_features_of_another_store_leave_the_run_as_it_was(
    run: RunFolder, array_store: Store, tmp_path: Path
) -> None:
    before = told_by(run)
    with pytest.raises(DatasetError, match="was trained on other studies"):
        export_out_of_fold(array_store, run, tmp_path / "f", n_folds=2, options=RESUMED)
    assert told_by(run) == before


@pytest.mark.parametrize("setting", ["split=other", "is_final=true", "held_out_fraction=0.5"])
def test_another_split_is_refused_where_a_net_stays(
    run: RunFolder, cut_store: Store, setting: str
) -> None:
    before = told_by(run)
    record = json.loads(before["split.json"])
    turned = {"train": record["held_out"], "held_out": record["train"]}
    run.split_file.write_text(json.dumps(turned))
    config = with_settings(CONFIG, [setting])
    with pytest.raises(DatasetError, match="another split"):
        train((StageName.SEQUENCE,), cut_store, run.folder, config, CPU)
    assert told_by(run) == {**before, "split.json": run.split_file.read_bytes()}


@pytest.mark.parametrize("setting", ["preprocessing.reach=2", "decoder_width=9"])
def test_a_net_that_stays_is_what_the_configuration_says(
    run: RunFolder, cut_store: Store, setting: str
) -> None:
    before, config = told_by(run), with_settings(CONFIG, [setting])
    with pytest.raises(TrainingError, match="The slice net of this run is another"):
        train((StageName.SEQUENCE,), cut_store, run.folder, config, CPU)
    assert told_by(run) == before


def test_a_study_that_has_gone_leaves_the_others_on_their_sides(
    run: RunFolder, cut_store: Store
) -> None:
    """Of three, a third each of those with PE and those without would be dealt out otherwise."""
    split = json.loads(run.split_file.read_text())
    gone = split["train"][0]
    fewer = tuple(study for study in cut_store.studies if study.key != gone)
    train((StageName.SEQUENCE,), replace(cut_store, studies=fewer), run.folder, CONFIG, RESUMED)
    left = json.loads(run.split_file.read_text())
    assert left == {"train": split["train"][1:], "held_out": split["held_out"]}


def test_a_run_begun_anew_takes_other_studies(run: RunFolder, array_store: Store) -> None:
    train(ALL, array_store, run.folder, CONFIG, CPU)
    split = json.loads(run.split_file.read_text())
    assert {*split["train"], *split["held_out"]} == {s.key for s in array_store.studies}


def test_a_run_begun_anew_keeps_nothing_of_the_bundle_that_it_began_with(
    start: ModelBundle, cut_store: Store, array_store: Store, tmp_path: Path
) -> None:
    run = RunFolder(tmp_path / "run")
    options = TrainOptions("cpu", start=start, more_crops=array_store)
    train(ALL, cut_store, run.folder, CONFIG, options)
    train((StageName.SEQUENCE,), cut_store, run.folder, CONFIG, CPU)
    assert kept_heart(run) is not None
    assert kept_place_rules(run) is not None
    assert json.loads(run.cohort_file.read_text())["n_more"] == len(array_store.studies)
    train(ALL, cut_store, run.folder, CONFIG, CPU)
    assert read_start(run) is None
    assert kept_heart(run) is None
    assert kept_place_rules(run) is None
    assert json.loads(run.cohort_file.read_text())["n_more"] == 0
    made = export_bundle(run, tmp_path / "made", name="made", version="1")
    assert (made.heart, made.places) == (None, None)


def test_a_slice_net_that_learns_anew_has_seen_no_more_crops(
    cut_store: Store, array_store: Store, run: RunFolder
) -> None:
    def n_more() -> int:
        return int(json.loads(run.cohort_file.read_text())["n_more"])

    more = replace(CPU, more_crops=array_store)
    train((StageName.SLICE,), cut_store, run.folder, CONFIG, more)
    train((StageName.SLICE,), cut_store, run.folder, CONFIG, RESUMED)
    assert n_more() == len(array_store.studies)
    train((StageName.SLICE,), cut_store, run.folder, CONFIG, CPU)
    assert n_more() == 0
    train((StageName.SEQUENCE,), cut_store, run.folder, CONFIG, more)
    assert n_more() == 0


Change = Callable[[TrainOptions], TrainOptions]


@pytest.mark.parametrize(
    ("stages", "change"),
    [
        ((StageName.SLICE,), lambda options: replace(options, resume=True, start=None)),
        ((StageName.SLICE,), lambda options: replace(options, start=None)),
        (ALL, lambda options: replace(options, resume=True, start=None)),
    ],
    ids=["slice, resumed", "slice, anew", "all, resumed"],
)
def test_a_net_that_would_begin_without_the_bundle_of_its_run_is_refused(
    start: ModelBundle,
    cut_store: Store,
    tmp_path: Path,
    stages: tuple[StageName, ...],
    change: Change,
) -> None:
    """Before the first checkpoint of its stage, which says how to go on."""
    run, options = RunFolder(tmp_path / "run"), TrainOptions("cpu", start=start)
    train((StageName.LOCALIZER,), cut_store, run.folder, CONFIG, options)
    before = told_by(run)
    with pytest.raises(TrainingError, match="began with bundle first 7, and so does its stage sli"):
        train(stages, cut_store, run.folder, CONFIG, change(options))
    assert told_by(run) == before
    train((StageName.SLICE,), cut_store, run.folder, CONFIG, replace(options, resume=True))
    train((StageName.SLICE,), cut_store, run.folder, CONFIG, RESUMED)


def test_a_run_that_began_with_no_bundle_goes_on_with_none(
    run: RunFolder, start: ModelBundle, cut_store: Store
) -> None:
    options = TrainOptions("cpu", resume=True, start=start)
    with pytest.raises(TrainingError, match="began with no bundle"):
        train((StageName.SEQUENCE,), cut_store, run.folder, CONFIG, options)
