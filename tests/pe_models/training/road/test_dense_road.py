"""From phantom arrays to a dense bundle that analyses; how the dense stage behaves on the way."""

import json
import os
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from pe_models import cli
from pe_models.bundle import ModelBundle, SliceHead, load_bundle
from pe_models.errors import DatasetError, TrainingError
from pe_models.findings import CLOT_MAP
from pe_models.imaging.volume import Volume
from pe_models.pipeline import Pipeline
from pe_models.training.config import preset, with_settings
from pe_models.training.export.bundle import export_bundle
from pe_models.training.road.train import TrainOptions, train
from pe_models.training.run import RunFolder, RunState
from pe_models.training.store import Store
from pe_models.training.weights.nets import StageName, fresh_nets

CPU = torch.device("cpu")
CONFIG = preset("tiny")


def test_a_dense_bundle_is_trained_exported_and_analyses(
    cut_run: RunFolder, tiny_chest: Volume, tmp_path: Path
) -> None:
    words = [
        "bundle",
        "export",
        "--run",
        cut_run.folder,
        "--out",
        tmp_path / "b",
        "--name",
        "dense",
    ]
    assert cli.main([str(word) for word in words]) == 0
    bundle = load_bundle(tmp_path / "b")
    assert bundle.architecture.slice_classifier.head is SliceHead.DENSE
    assert bundle.preprocessing.pixel_mm == 4.0
    assert "dense, at 4 mm a pixel" in (tmp_path / "b" / "README.md").read_text()
    analysis = Pipeline(bundle, "cpu").analyze(tiny_chest)
    assert analysis.findings.n_slices == len(analysis.heatmaps) == tiny_chest.n_slices
    assert {heatmap.method for heatmap in analysis.heatmaps} == {CLOT_MAP}
    figures = json.loads(cut_run.calibration_file.read_text())["metrics"]
    assert figures["image_auc"] is not None


def test_features_are_those_of_the_dense_net(cut_run: RunFolder, cut_store: Store) -> None:
    for study in cut_store.studies:
        features = np.load(cut_run.features_folder / f"{study.key}.npy")
        assert features.shape == (study.n_slices, fresh_nets(CONFIG).slice_classifier.embedding)


def test_a_run_from_a_dense_bundle_begins_with_its_weights(
    cut_run: RunFolder, cut_store: Store, tmp_path: Path
) -> None:
    bundle_folder = tmp_path / "b"
    words = ["bundle", "export", "--run", cut_run.folder, "--out", bundle_folder, "--name", "dense"]
    assert cli.main([str(word) for word in words]) == 0
    still = ["localizer.learning_rate=1e-12", "slice.learning_rate=1e-12", "slice.ema_decay=0",
             "localizer.ema_decay=0", "slice.weight_decay=0"]  # fmt: skip
    config, start = with_settings(CONFIG, still), load_bundle(bundle_folder)
    options = TrainOptions("cpu", start=start)
    train((StageName.LOCALIZER, StageName.SLICE), cut_store, tmp_path / "run", config, options)
    ours = torch.load(
        RunFolder(tmp_path / "run").checkpoint_file("slice"), weights_only=True
    )["net"]["maps.weight"]  # fmt: skip
    theirs = torch.load(cut_run.checkpoint_file("slice"), weights_only=True)["averaged"]
    assert torch.allclose(ours, theirs["module.maps.weight"], atol=1e-3)
    other = replace(CONFIG, decoder_width=9)
    with pytest.raises(TrainingError, match="another architecture"):
        train((StageName.LOCALIZER,), cut_store, tmp_path / "other", other, options)


def test_a_sequence_net_alone_keeps_the_nets_before_it_and_its_card_names_them(
    cut_bundle: ModelBundle, cut_store: Store, tmp_path: Path
) -> None:
    first = cut_bundle
    folder, options = RunFolder(tmp_path / "run"), TrainOptions("cpu", start=first)
    train((StageName.SEQUENCE,), cut_store, folder.folder, CONFIG, options)
    second = export_bundle(folder, tmp_path / "second", name="second", version="1")
    for name in ("localizer.safetensors", "slice_classifier.safetensors"):
        assert second.files[name] == first.files[name]
    assert second.files["sequence.safetensors"] != first.files["sequence.safetensors"]
    kept = f"bundle first 7 (SHA-256 {first.sha256[:12]}), whose localizer and slice nets are kept"
    assert kept in second.card.trained_on
    assert second.card.trained_on.endswith(first.card.trained_on)
    other = TrainOptions("cpu", start=second, resume=True)
    with pytest.raises(TrainingError, match="began with bundle first 7"):
        train((StageName.SEQUENCE,), cut_store, folder.folder, CONFIG, other)


def test_a_resumed_dense_run_is_exact(cut_store: Store, cut_run: RunFolder, tmp_path: Path) -> None:
    stages = (StageName.LOCALIZER, StageName.SLICE)
    shorter = with_settings(CONFIG, ["slice.checkpoint_every=1"])
    folder = RunFolder(tmp_path)
    train((StageName.LOCALIZER,), cut_store, tmp_path, shorter, TrainOptions("cpu"))

    def stop_at_the_first_step(progress: object) -> None:
        if getattr(progress, "stage", "") == "slice":
            folder.stop_file.touch()

    state = train(
        (StageName.SLICE,), cut_store, tmp_path, shorter, TrainOptions("cpu"),
        on_progress=stop_at_the_first_step,
    )  # fmt: skip
    assert state is RunState.STOPPED
    assert train(stages, cut_store, tmp_path, shorter, TrainOptions("cpu", resume=True)) is (
        RunState.DONE
    )
    for study in cut_store.studies:
        one = np.load(cut_run.features_folder / f"{study.key}.npy")
        assert np.array_equal(one, np.load(folder.features_folder / f"{study.key}.npy"))


def test_a_resumed_run_keeps_the_features_of_its_own_net_alone(
    cut_store: Store, cut_run: RunFolder, tmp_path: Path
) -> None:
    copy = RunFolder(shutil.copytree(cut_run.folder, tmp_path / "run"))
    kept, lost, stale = (copy.features_folder / f"{s.key}.npy" for s in cut_store.studies[:3])
    lost.unlink()
    os.utime(stale, ns=(0, 0))  # as if of an earlier net
    before = kept.stat().st_mtime_ns
    train((StageName.SLICE,), cut_store, copy.folder, CONFIG, TrainOptions("cpu", resume=True))
    assert kept.stat().st_mtime_ns == before
    assert stale.stat().st_mtime_ns > before
    assert np.array_equal(np.load(lost), np.load(cut_run.features_folder / lost.name))


def test_a_run_goes_where_its_bundle_was_mistaken_and_into_a_second_store(
    cut_bundle: ModelBundle, cut_store: Store, array_store: Store, tmp_path: Path
) -> None:
    config = with_settings(CONFIG, ["crops.at_mistakes=0.3", "slice.steps=2"])
    options = TrainOptions("cpu", start=cut_bundle, more_crops=array_store)
    run = RunFolder(tmp_path / "run")
    train((StageName.SLICE,), cut_store, run.folder, config, options)
    train((StageName.SEQUENCE,), cut_store, run.folder, config, TrainOptions("cpu"))
    split = json.loads(run.split_file.read_text())
    seen = {*split["train"], *(study.key for study in array_store.studies)}
    assert {path.stem for path in run.mistakes_of(0).iterdir()} == seen
    assert {path.stem for path in run.features_folder.iterdir()} == {
        s.key for s in cut_store.studies
    }
    cohort = json.loads(run.cohort_file.read_text())
    assert (cohort["n_more"], cohort["n_train"]) == (len(array_store.studies), len(split["train"]))
    second = export_bundle(run, tmp_path / "second", name="second", version="1")
    assert f"the slice net also on crops of {len(array_store.studies)} more" in (
        second.card.trained_on
    )


def test_mistakes_are_those_of_a_bundle(cut_store: Store, tmp_path: Path) -> None:
    config = with_settings(CONFIG, ["crops.at_mistakes=0.3"])
    train((StageName.LOCALIZER,), cut_store, tmp_path, config, TrainOptions("cpu"))
    with pytest.raises(TrainingError, match="begins with"):
        train((StageName.SLICE,), cut_store, tmp_path, config, TrainOptions("cpu", resume=True))


def test_a_reserved_store_gives_no_crops(cut_store: Store, tmp_path: Path) -> None:
    reserved = replace(cut_store, is_reserved=True)
    with pytest.raises(DatasetError, match="reserved"):
        train((StageName.SLICE,), cut_store, tmp_path, CONFIG, TrainOptions(more_crops=reserved))


def test_a_kept_slice_net_is_not_sent_where_it_was_mistaken(
    cut_bundle: ModelBundle, cut_store: Store, tmp_path: Path
) -> None:
    config = with_settings(CONFIG, ["crops.at_mistakes=0.3"])
    run, options = RunFolder(tmp_path / "run"), TrainOptions("cpu", start=cut_bundle)
    train((StageName.SEQUENCE,), cut_store, run.folder, config, options)
    assert not run.mistakes_of(0).exists()


def test_further_crops_are_of_other_patients(cut_store: Store, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="in both stores"):
        train((StageName.SLICE,), cut_store, tmp_path, CONFIG, TrainOptions(more_crops=cut_store))
