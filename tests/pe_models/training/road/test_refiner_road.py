"""A run with a refiner: from phantom arrays to a bundle, and from a bundle that has none."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from pe_models import cli
from pe_models.bundle import REFINER_FILE, ModelBundle, load_bundle
from pe_models.errors import BundleError, DatasetError, TrainingError
from pe_models.evaluation.faithfulness import randomised
from pe_models.imaging.volume import Volume
from pe_models.nets.refiner import N_CHANNELS
from pe_models.nets.refining import RefinerReader
from pe_models.nets.slice_description import N_REFINED
from pe_models.pipeline import Pipeline
from pe_models.preprocess import hu_tensor
from pe_models.progress import Cancelled, CancelToken, Progress
from pe_models.training.config import TrainConfig, config_from, preset, with_settings
from pe_models.training.export.bundle import export_bundle
from pe_models.training.export.features import export_features
from pe_models.training.road.train import TrainOptions, train
from pe_models.training.run import RunFolder, RunState
from pe_models.training.store import Store
from pe_models.training.store.maps import read_maps, write_maps
from pe_models.training.weights.nets import StageName
from pe_models.training.weights.start import begin_with, fits, read_start

DEEP = preset("tiny-deep")


@pytest.fixture(scope="module")
def refined_bundle(refined_run: RunFolder, tmp_path_factory: pytest.TempPathFactory) -> ModelBundle:
    out = tmp_path_factory.mktemp("bundle") / "deep"
    return export_bundle(refined_run, out, name="deep", version="1")


def moved(bundle: ModelBundle, factor: float) -> Pipeline:
    """Its pipeline, whose refiner moves every cell by ``factor``."""
    pipeline = Pipeline(bundle, "cpu")
    refiner = pipeline._at_work.nets.refiner
    assert refiner is not None
    with torch.no_grad():
        for parameter in refiner.moved.parameters():
            parameter.zero_()
        refiner.moved.bias.fill_(factor)  # type: ignore[union-attr]
    at_work = pipeline._at_work
    assert at_work._refiner is not None
    at_work._refiner = replace(at_work._refiner, reader=RefinerReader(refiner))
    return pipeline


def test_a_bundle_with_a_refiner_is_read_back_and_analyses(
    refined_bundle: ModelBundle, tiny_chest: Volume
) -> None:
    assert REFINER_FILE in refined_bundle.files
    again = load_bundle(refined_bundle.source)
    assert again.architecture == refined_bundle.architecture
    assert again.architecture.refiner is not None
    assert again.architecture.refiner.widths == (4, 4)
    card = (refined_bundle.source / "README.md").read_text()
    assert "Refiner over its maps and the CT at W/L 900/250, a U-net of 4-4; SequenceNet" in card
    assert again.architecture.sequence.embedding == (
        again.architecture.slice_classifier.embedding + N_REFINED
    )
    analysis = Pipeline(again, "cpu").analyze(tiny_chest)
    assert analysis.findings.n_slices == len(analysis.heatmaps) == tiny_chest.n_slices


def test_the_map_that_is_shown_and_the_places_are_the_refiners(
    refined_bundle: ModelBundle, tiny_chest: Volume
) -> None:
    low, high = moved(refined_bundle, -3.0), moved(refined_bundle, 3.0)
    dark, bright = low.analyze(tiny_chest), high.analyze(tiny_chest)
    for cold, hot in zip(dark.heatmaps, bright.heatmaps, strict=True):
        assert hot.values.shape == cold.values.shape
        assert bool((hot.values > cold.values + 1.0).all())
    assert dark.evidence is not None
    assert bright.evidence is not None
    assert bool((bright.evidence.clot > dark.evidence.clot).all())


def test_refining_counts_its_slices_and_heeds_a_cancel(
    refined_bundle: ModelBundle, tiny_chest: Volume
) -> None:
    pipeline, cancel, counted = Pipeline(refined_bundle, "cpu"), CancelToken(), []

    def cancel_while_refining(progress: Progress) -> None:
        if progress.stage == "refine":
            counted.append(progress.done)
            cancel.cancel()

    with pytest.raises(Cancelled):
        pipeline.run(tiny_chest, cancel_while_refining, cancel)
    assert len(counted) == 1
    counted.clear()
    pipeline.run(tiny_chest, lambda p: counted.append(p.done) if p.stage == "refine" else None)
    assert counted == sorted(counted)
    assert counted[-1] == tiny_chest.n_slices


def test_the_map_of_one_slice_is_that_of_the_whole_study(
    refined_bundle: ModelBundle, tiny_chest: Volume
) -> None:
    pipeline = Pipeline(refined_bundle, "cpu")
    analysis = pipeline.analyze(tiny_chest)
    for index in (0, tiny_chest.n_slices // 2, tiny_chest.n_slices - 1):
        whole = analysis.heatmaps[index]
        alone = pipeline.explain(
            tiny_chest, index, crop=analysis.findings.crop, method=whole.method
        )
        np.testing.assert_allclose(alone.values, whole.values, atol=2e-3)


def test_one_slice_read_again_is_scored_as_in_the_study_and_heeds_what_is_changed(
    refined_bundle: ModelBundle, tiny_chest: Volume
) -> None:
    pipeline = moved(refined_bundle, 0.0)
    refiner = pipeline.one_slice_reader.refiner
    assert refiner is not None
    refiner.reader.net.moved.weight.data.fill_(0.3)  # so that it looks at all that it sees
    crop, hu = pipeline.run(tiny_chest).crop, hu_tensor(tiny_chest.hu)
    own = pipeline.one_slice_reader.of(tiny_chest, hu, crop, tiny_chest.n_slices // 2)
    dark, no_grey = own.x.clone(), own.x.clone()
    dark[:, :-1] = own.x.min()
    no_grey[:, -1] = 0.0
    again = own.read(torch.cat([own.x, dark, no_grey]))
    assert again.logit.shape == (3,)
    assert again.maps.shape[1:] == own.read(own.x).maps.shape[1:]
    assert again.logit[0] == pytest.approx(own.read(own.x).logit[0], abs=1e-4)
    assert abs(again.logit[1] - again.logit[0]) > 1e-5
    assert abs(again.logit[2] - again.logit[0]) > 1e-5
    strange = randomised(pipeline.one_slice_reader, seed=1).of(tiny_chest, hu, crop, 3)
    assert strange.read(strange.x).maps.shape == again.maps[:1].shape


def test_training_and_use_describe_a_slice_alike(
    refined_run: RunFolder,
    refined_bundle: ModelBundle,
    cut_store: Store,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    study = cut_store.studies[0]
    pipeline = Pipeline(refined_bundle, "cpu")
    seen: list[torch.Tensor] = []
    follow = pipeline._at_work.follow

    def listening(embeddings: list[torch.Tensor]) -> object:
        seen.extend(embeddings)
        return follow(embeddings)

    monkeypatch.setattr(pipeline._at_work, "follow", listening)
    monkeypatch.setattr("pe_models.quality.refuse_unless_chest", lambda volume, lungs: None)
    pipeline.run(cut_store.volume(study))
    trained_on = np.load(refined_run.refined_folder / f"{study.key}.npy").astype(np.float32)
    assert trained_on.shape == seen[0].shape
    # crops are equal, maps are kept in 255 steps
    np.testing.assert_allclose(
        seen[0].numpy()[:, -N_REFINED:], trained_on[:, -N_REFINED:], atol=0.1
    )


def test_maps_hold_what_the_refiner_sees_and_where_clots_are(
    refined_run: RunFolder, cut_store: Store
) -> None:
    n_clots = 0
    for study in cut_store.studies:
        maps = read_maps(refined_run.maps_folder, study)
        assert maps.shape[:2] == (study.n_slices, N_CHANNELS + 1)
        has_clot = maps[:, N_CHANNELS].max(axis=(1, 2)) > 0
        assert not (has_clot & (study.image_labels() == 0)).any()
        n_clots += int(has_clot.sum())
    assert n_clots > 0


def test_damaged_maps_are_told(cut_store: Store, tmp_path: Path) -> None:
    study = cut_store.studies[0]
    path = tmp_path / f"{study.key}.npy"
    with pytest.raises(DatasetError, match="missing or damaged"):
        read_maps(tmp_path, study)
    maps = np.zeros((study.n_slices, N_CHANNELS + 1, 4, 4), dtype=np.uint8)
    write_maps(tmp_path, study, maps)
    assert read_maps(tmp_path, study).shape == maps.shape
    whole = path.read_bytes()
    for length in (0, 60, len(whole) - 1):
        path.write_bytes(whole[:length])
        with pytest.raises(DatasetError, match="missing or damaged"):
            read_maps(tmp_path, study)
    for others in (maps[:-1], maps[:, :-1], maps[0], maps.astype(np.float32)):
        write_maps(tmp_path, study, others)  # type: ignore[arg-type]
        with pytest.raises(DatasetError, match="another study"):
            read_maps(tmp_path, study)


def test_a_bundle_without_a_refiner_gets_one_and_keeps_its_nets(
    cut_bundle: ModelBundle, cut_store: Store, tmp_path: Path
) -> None:
    assert fits(cut_bundle, DEEP)
    options = TrainOptions("cpu", start=cut_bundle)
    train((StageName.REFINER,), cut_store, tmp_path, DEEP, options)
    train((StageName.SEQUENCE,), cut_store, tmp_path, DEEP, TrainOptions("cpu"))
    run = RunFolder(tmp_path)
    start = read_start(run)
    assert start is not None
    assert start.kept == (StageName.LOCALIZER, StageName.SLICE)
    deep = export_bundle(run, tmp_path / "b", name="deep", version="1")
    for name in ("localizer.safetensors", "slice_classifier.safetensors"):
        assert deep.read(name) == cut_bundle.read(name)


def test_a_refiner_that_nobody_trained_is_not_kept(
    cut_bundle: ModelBundle, cut_store: Store, tmp_path: Path
) -> None:
    options = TrainOptions("cpu", start=cut_bundle)
    with pytest.raises(TrainingError, match="train stage refiner first"):
        train((StageName.SEQUENCE,), cut_store, tmp_path, DEEP, options)


def test_a_sequence_net_that_reads_no_refiner_is_not_kept(
    cut_bundle: ModelBundle, tmp_path: Path
) -> None:
    run = RunFolder(tmp_path)
    with pytest.raises(TrainingError, match="its sequence net reads none"):
        begin_with(cut_bundle, {StageName.LOCALIZER, StageName.SEQUENCE}, DEEP, run)
    assert read_start(run) is None
    assert not run.checkpoint_file(StageName.SEQUENCE).exists()


def test_a_sequence_net_without_the_refiner_before_it_says_which_stage_is_missing(
    cut_store: Store, tmp_path: Path
) -> None:
    with pytest.raises(DatasetError, match="run stage refiner again"):
        train((StageName.SEQUENCE,), cut_store, tmp_path, DEEP, TrainOptions("cpu"))


def test_a_preset_without_a_refiner_trains_none(cut_store: Store, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="no refiner"):
        train((StageName.REFINER,), cut_store, tmp_path, preset("tiny"), TrainOptions("cpu"))


def test_a_refiner_needs_studies_that_say_what_their_voxels_are(
    cut_store: Store, cut_bundle: ModelBundle, tmp_path: Path
) -> None:
    unlabelled = replace(
        cut_store, studies=tuple(replace(s, labels_sha256=None) for s in cut_store.studies)
    )
    options = TrainOptions("cpu", start=cut_bundle)
    with pytest.raises(DatasetError, match="what their voxels are"):
        train((StageName.REFINER,), unlabelled, tmp_path, DEEP, options)


def test_a_stopped_refiner_goes_on_to_the_same_weights(
    refined_run: RunFolder, cut_store: Store, tmp_path: Path
) -> None:
    def stop_at_two(progress: Progress) -> None:
        if (progress.stage, progress.done) == ("refiner", 2):
            RunFolder(tmp_path).stop_file.touch()

    stages = tuple(StageName)
    state = train(stages, cut_store, tmp_path, DEEP, TrainOptions("cpu"), on_progress=stop_at_two)
    assert state is RunState.STOPPED
    options = TrainOptions("cpu", resume=True)
    assert train(stages, cut_store, tmp_path, DEEP, options) is RunState.DONE
    ours, theirs = (
        torch.load(run.checkpoint_file("refiner"), weights_only=True)["averaged"]
        for run in (RunFolder(tmp_path), refined_run)
    )
    for name, weight in theirs.items():
        torch.testing.assert_close(ours[name], weight, rtol=0, atol=0)


def test_a_run_is_told_by_its_figures_and_its_configuration(refined_run: RunFolder) -> None:
    assert refined_run.config() == DEEP
    lines = [json.loads(line) for line in refined_run.history_file.read_text().splitlines()]
    last = [line for line in lines if line.get("stage") == "refiner"][-1]
    assert last["done"] == last["total"] == DEEP.refiner.steps
    assert "image_auc" in json.dumps(last)


def test_a_record_of_before_refiners_reads_as_one_without() -> None:
    record = preset("tiny").to_dict()
    for name in ("refiner", "refiner_widths", "refiner_window", "volumes"):
        del record[name]
    assert config_from(record) == preset("tiny")


def test_features_of_other_studies_are_written_with_the_refiners(
    refined_run: RunFolder, cut_store: Store, tmp_path: Path
) -> None:
    export_features(cut_store, refined_run, tmp_path, device="cpu")
    for study in cut_store.studies:
        theirs = np.load(refined_run.refined_folder / f"{study.key}.npy")
        np.testing.assert_allclose(np.load(tmp_path / f"{study.key}.npy"), theirs, atol=2e-2)


@pytest.mark.parametrize(
    "settings", [["slice_head=pooled"], ["out_of_fold=2"], ["more_backbones=test_resnet"]]
)
def test_a_refiner_is_for_one_dense_net(settings: list[str]) -> None:
    with pytest.raises(TrainingError, match="one dense slice net"):
        with_settings(DEEP, settings)


def test_widths_are_set_from_a_command_line() -> None:
    config: TrainConfig = with_settings(preset("tiny"), ["refiner_widths=4,8", "refiner.steps=2"])
    assert config.refiner_widths == (4, 8)
    assert config.refiner.steps == 2


@pytest.mark.parametrize("widths", ["0", "4,0", "4,-8", "wide", "4,,8"])
def test_widths_that_cannot_be_are_refused(widths: str) -> None:
    with pytest.raises(TrainingError, match="whole numbers of 1 or more"):
        with_settings(DEEP, [f"refiner_widths={widths}"])


def test_the_command_trains_the_stage_and_names_it(
    refined_run: RunFolder, cut_store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["train", "refiner", "--data", cut_store.folder, "--out", refined_run.folder,
             "--preset", "tiny-deep", "--resume"]  # fmt: skip
    assert cli.main([str(word) for word in words]) == 0
    assert "refiner: done" in capsys.readouterr().out


def test_a_bundle_whose_refiner_is_missing_is_refused(
    refined_bundle: ModelBundle, tmp_path: Path
) -> None:
    folder = shutil.copytree(refined_bundle.source, tmp_path / "b")
    (folder / REFINER_FILE).unlink()
    with pytest.raises(BundleError, match=REFINER_FILE):
        load_bundle(folder)


def test_a_bundle_whose_refiner_was_changed_is_refused(
    refined_bundle: ModelBundle, tmp_path: Path
) -> None:
    folder = shutil.copytree(refined_bundle.source, tmp_path / "b")
    content = bytearray((folder / REFINER_FILE).read_bytes())
    content[-1] ^= 1
    (folder / REFINER_FILE).write_bytes(content)
    with pytest.raises(BundleError, match=f"{REFINER_FILE} was changed"):
        Pipeline(load_bundle(folder), "cpu")


def test_a_refiner_learns_from_further_studies_too_and_the_card_says_so(
    cut_bundle: ModelBundle, cut_store: Store, array_store: Store, tmp_path: Path
) -> None:
    options = TrainOptions("cpu", start=cut_bundle, more_crops=array_store)
    train((StageName.REFINER,), cut_store, tmp_path, DEEP, options)
    run = RunFolder(tmp_path)
    for study in array_store.studies:
        assert len(read_maps(run.maps_folder, study)) == study.n_slices
        assert not (run.refined_folder / f"{study.key}.npy").exists()
    train((StageName.SEQUENCE,), cut_store, tmp_path, DEEP, TrainOptions("cpu"))
    deep = export_bundle(run, tmp_path / "b", name="deep", version="1")
    told = f"the refiner also on blocks of {len(array_store.studies)} more"
    assert told in deep.card.trained_on
    assert "the slice net also" not in deep.card.trained_on.partition("; start:")[0]
    alone = RunFolder(tmp_path / "alone")
    train((StageName.REFINER,), cut_store, alone.folder, DEEP, replace(options, more_crops=None))
    ours, theirs = (
        torch.load(one.checkpoint_file("refiner"), weights_only=True)["net"] for one in (run, alone)
    )
    assert any(not torch.equal(ours[name], theirs[name]) for name in theirs)
