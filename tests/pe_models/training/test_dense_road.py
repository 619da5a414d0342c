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
from pe_models.bundle import SliceHead, load_bundle
from pe_models.errors import DatasetError, TrainingError
from pe_models.findings import CLOT_MAP, Crop
from pe_models.imaging.volume import Volume
from pe_models.nets.dense_slice_net import DenseSliceNet
from pe_models.nets.slice_classifier import SliceClassifier
from pe_models.pipeline import Pipeline
from pe_models.training.answers.features import read_crops
from pe_models.training.batches.crop_sampler import CropSampler
from pe_models.training.config import StageConfig, TrainConfig, preset, with_settings
from pe_models.training.export.bundle import export_bundle
from pe_models.training.loop.optimizing import make_optimizer
from pe_models.training.losses.tissues import clot_shares, dense_loss
from pe_models.training.preparing.phantom_store import ArrayCohort, write_phantom_store
from pe_models.training.road.train import TrainOptions, train
from pe_models.training.run import RunFolder, RunState
from pe_models.training.stages.dense import DenseSliceStage, SliceStudies, TurnsStage, slice_stage
from pe_models.training.stages.slices import SliceStage
from pe_models.training.store import Store, StudyRecord
from pe_models.training.store.tissue_labels import TissueLabel
from pe_models.training.weights.nets import StageName, fresh_nets
from pe_models.training.weights.pretrained import start_from_imagenet

CPU = torch.device("cpu")
CONFIG = preset("tiny")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Four phantoms of 64 x 64 px, two of them positive, cut to their lungs."""
    cohort = ArrayCohort(
        n_studies=4, seed=40, positive_fraction=0.5, matrix=64, n_slices=16, margin_mm=15.0
    )
    return write_phantom_store(tmp_path_factory.mktemp("store"), cohort)


@pytest.fixture(scope="module")
def run(store: Store, tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    folder = tmp_path_factory.mktemp("run")
    assert train(tuple(StageName), store, folder, CONFIG, TrainOptions("cpu")) is RunState.DONE
    return RunFolder(folder)


def sampler(store: Store, config: TrainConfig = CONFIG, *, seed: int = 1) -> CropSampler:
    return CropSampler(
        store, store.studies, config=config.crops, params=config.preprocessing, seed=seed
    )


def without_labels(study: StudyRecord) -> StudyRecord:
    return replace(study, labels_sha256=None)


def test_a_dense_bundle_is_trained_exported_and_analyses(
    run: RunFolder, tiny_chest: Volume, tmp_path: Path
) -> None:
    words = ["bundle", "export", "--run", run.folder, "--out", tmp_path / "b", "--name", "dense"]
    assert cli.main([str(word) for word in words]) == 0
    bundle = load_bundle(tmp_path / "b")
    assert bundle.architecture.slice_classifier.head is SliceHead.DENSE
    assert bundle.preprocessing.pixel_mm == 4.0
    assert "dense, at 4 mm a pixel" in (tmp_path / "b" / "README.md").read_text()
    analysis = Pipeline(bundle, "cpu").analyze(tiny_chest)
    assert analysis.findings.n_slices == len(analysis.heatmaps) == tiny_chest.n_slices
    assert {heatmap.method for heatmap in analysis.heatmaps} == {CLOT_MAP}
    figures = json.loads(run.calibration_file.read_text())["metrics"]
    assert figures["image_auc"] is not None


def test_features_are_those_of_the_dense_net(run: RunFolder, store: Store) -> None:
    for study in store.studies:
        features = np.load(run.features_folder / f"{study.key}.npy")
        assert features.shape == (study.n_slices, fresh_nets(CONFIG).slice_classifier.embedding)


def test_a_run_from_a_dense_bundle_begins_with_its_weights(
    run: RunFolder, store: Store, tmp_path: Path
) -> None:
    bundle_folder = tmp_path / "b"
    words = ["bundle", "export", "--run", run.folder, "--out", bundle_folder, "--name", "dense"]
    assert cli.main([str(word) for word in words]) == 0
    still = ["localizer.learning_rate=1e-12", "slice.learning_rate=1e-12", "slice.ema_decay=0",
             "localizer.ema_decay=0", "slice.weight_decay=0"]  # fmt: skip
    config, start = with_settings(CONFIG, still), load_bundle(bundle_folder)
    options = TrainOptions("cpu", start=start)
    train((StageName.LOCALIZER, StageName.SLICE), store, tmp_path / "run", config, options)
    ours = torch.load(
        RunFolder(tmp_path / "run").checkpoint_file("slice"), weights_only=True
    )["net"]["maps.weight"]  # fmt: skip
    theirs = torch.load(run.checkpoint_file("slice"), weights_only=True)["averaged"]
    assert torch.allclose(ours, theirs["module.maps.weight"], atol=1e-3)
    other = replace(CONFIG, decoder_width=9)
    with pytest.raises(TrainingError, match="another architecture"):
        train((StageName.LOCALIZER,), store, tmp_path / "other", other, options)


def test_a_sequence_net_alone_keeps_the_nets_before_it_and_its_card_names_them(
    run: RunFolder, store: Store, tmp_path: Path
) -> None:
    first = export_bundle(run, tmp_path / "first", name="first", version="7")
    folder, options = RunFolder(tmp_path / "run"), TrainOptions("cpu", start=first)
    train((StageName.SEQUENCE,), store, folder.folder, CONFIG, options)
    second = export_bundle(folder, tmp_path / "second", name="second", version="1")
    for name in ("localizer.safetensors", "slice_classifier.safetensors"):
        assert second.files[name] == first.files[name]
    assert second.files["sequence.safetensors"] != first.files["sequence.safetensors"]
    kept = f"bundle first 7 (SHA-256 {first.sha256[:12]}), whose localizer and slice nets are kept"
    assert kept in second.card.trained_on
    assert second.card.trained_on.endswith(first.card.trained_on)
    other = TrainOptions("cpu", start=second, resume=True)
    with pytest.raises(TrainingError, match="began with bundle first 7"):
        train((StageName.SEQUENCE,), store, folder.folder, CONFIG, other)


def test_a_resumed_dense_run_is_exact(store: Store, run: RunFolder, tmp_path: Path) -> None:
    stages = (StageName.LOCALIZER, StageName.SLICE)
    shorter = with_settings(CONFIG, ["slice.checkpoint_every=1"])
    folder = RunFolder(tmp_path)
    train((StageName.LOCALIZER,), store, tmp_path, shorter, TrainOptions("cpu"))

    def stop_at_the_first_step(progress: object) -> None:
        if getattr(progress, "stage", "") == "slice":
            folder.stop_file.touch()

    state = train(
        (StageName.SLICE,), store, tmp_path, shorter, TrainOptions("cpu"),
        on_progress=stop_at_the_first_step,
    )  # fmt: skip
    assert state is RunState.STOPPED
    assert train(stages, store, tmp_path, shorter, TrainOptions("cpu", resume=True)) is (
        RunState.DONE
    )
    for study in store.studies:
        one = np.load(run.features_folder / f"{study.key}.npy")
        assert np.array_equal(one, np.load(folder.features_folder / f"{study.key}.npy"))


def test_a_resumed_run_keeps_the_features_of_its_own_net_alone(
    store: Store, run: RunFolder, tmp_path: Path
) -> None:
    copy = RunFolder(shutil.copytree(run.folder, tmp_path / "run"))
    kept, lost, stale = (copy.features_folder / f"{s.key}.npy" for s in store.studies[:3])
    lost.unlink()
    os.utime(stale, ns=(0, 0))  # as if of an earlier net
    before = kept.stat().st_mtime_ns
    train((StageName.SLICE,), store, copy.folder, CONFIG, TrainOptions("cpu", resume=True))
    assert kept.stat().st_mtime_ns == before
    assert stale.stat().st_mtime_ns > before
    assert np.array_equal(np.load(lost), np.load(run.features_folder / lost.name))


def test_crops_are_a_function_of_seed_step_and_index(store: Store) -> None:
    one, two = sampler(store), sampler(store)
    assert torch.equal(one.batch(7, 4).x, two.batch(7, 4).x)
    assert torch.equal(one.batch(7, 4).labels[:2], one.batch(7, 2).labels)
    assert not torch.equal(one.batch(7, 4).x, one.batch(8, 4).x)
    assert not torch.equal(one.batch(7, 4).x, sampler(store, seed=2).batch(7, 4).x)
    assert one.batch(1, 2).x.amin() >= -1
    assert one.batch(1, 2).x.amax() <= 1


def test_a_share_of_crops_lies_at_clots(store: Store) -> None:
    """0.3 at clots and more by chance elsewhere; without, only what chance gives."""
    shares = []
    for at_clots in (0.3, 0.0):
        crops = replace(CONFIG.crops, at_clots=at_clots, shift_px=0.0, px=32)
        labels = sampler(store, replace(CONFIG, crops=crops)).batch(0, 300).labels
        middle = labels[:, 12:20, 12:20] == TissueLabel.CLOT
        shares.append(middle.flatten(1).any(dim=1).float().mean().item())
    assert 0.25 < shares[0] < 0.65
    assert shares[1] < 0.6 * shares[0]


def test_every_kind_of_lookalike_is_seen_as_often(store: Store) -> None:
    crops = replace(CONFIG.crops, at_clots=0.0, at_arteries=0.0, at_lookalikes=1.0)
    chosen = sampler(store, replace(CONFIG, crops=crops))
    kinds = sorted({look.kind for study in store.studies for look in study.lookalikes})
    seen = [chosen._drawn(np.random.default_rng(i)) for i in range(400)]
    by_kind = [[spots in kind for spots in seen].count(True) for kind in chosen._lookalikes]
    assert len(by_kind) == len(kinds)
    expected = 400 / len(kinds)  # binomial: four standard deviations
    assert all(abs(n - expected) < 4 * expected**0.5 for n in by_kind)


def test_crops_of_a_store_without_labels_are_refused(store: Store) -> None:
    plain = [without_labels(study) for study in store.studies]
    with pytest.raises(DatasetError, match="what its voxels are"):
        CropSampler(store, plain, config=CONFIG.crops, params=CONFIG.preprocessing, seed=1)


@pytest.fixture
def crops_of(run: RunFolder) -> dict[str, Crop]:
    return read_crops(run.boxes_file)


@pytest.mark.parametrize(
    ("n_plain", "kind"), [(0, DenseSliceStage), (4, SliceStage), (2, TurnsStage)]
)
def test_the_stage_fits_what_the_store_knows(
    store: Store, crops_of: dict[str, Crop], n_plain: int, kind: type
) -> None:
    """Labelled studies by crops, the others by their slices' labels; steps of every kind learn."""
    order = sorted(store.studies, key=lambda s: s.is_positive, reverse=True)
    mixed = [*map(without_labels, order[::2]), *order[1::2]] if n_plain == 2 else order
    studies = [without_labels(s) for s in order] if n_plain == 4 else mixed
    nets = fresh_nets(CONFIG)
    ours = SliceStudies(store, studies, studies[:1], crops_of)
    with slice_stage(nets.slice_classifier, ours, CONFIG, CPU) as stage:
        assert isinstance(stage, kind)
        for step in range(2):
            nets.slice_classifier.train()
            stage.loss(nets.slice_classifier, step).backward()
        with torch.inference_mode():
            figures = stage.measure(nets.slice_classifier.eval())
    assert nets.slice_classifier.laterals[0].weight.grad.abs().max() > 0
    assert "held_out_loss" in figures or studies[0].labels_sha256 is None


def test_a_pooled_net_learns_from_labels_alone_whatever_the_store_knows(
    store: Store, crops_of: dict[str, Crop]
) -> None:
    config = preset("tiny-pooled")
    nets = fresh_nets(config)
    ours = SliceStudies(store, store.studies, (), crops_of)
    with slice_stage(nets.slice_classifier, ours, config, CPU) as stage:
        assert isinstance(stage, SliceStage)
        assert isinstance(nets.slice_classifier, SliceClassifier)


def test_a_dense_net_overfits_two_crops() -> None:
    torch.manual_seed(2)
    net = DenseSliceNet("test_efficientnet", width=16)
    x, labels = torch.rand(2, 3, 64, 64) - 1.0, torch.zeros(2, 64, 64, dtype=torch.uint8)
    labels[0, 20:36, 8:40], x[0, :, 20:36, 8:40] = TissueLabel.ARTERY, 0.9
    labels[0, 24:32, 16:28], x[0, :, 24:32, 16:28] = TissueLabel.CLOT, 0.0
    shares = torch.from_numpy(np.stack([clot_shares(plane) for plane in labels.numpy()]))
    optimizer = torch.optim.AdamW(net.parameters(), lr=5e-3)
    losses = []
    for _ in range(80):
        optimizer.zero_grad()
        loss = dense_loss(net(x).tissues, labels, shares)
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    assert losses[0] > 0.8
    assert losses[-1] < 0.15
    logits = net(x).logit
    assert logits[0] > 0 > logits[1]


def test_the_imagenet_start_fills_the_features_of_a_dense_net() -> None:
    net = DenseSliceNet("efficientnet_lite0", width=8)
    before = {name: w.clone() for name, w in net.backbone.state_dict().items()}
    start_from_imagenet(net.backbone)
    after = net.backbone.state_dict()
    assert all(
        not torch.equal(after[name], weight)
        for name, weight in before.items()
        if weight.is_floating_point()
    )


@pytest.mark.parametrize(
    "setting",
    ["crops.px=100", "crops.at_clots=0.9", "preprocessing.pixel_mm=none", "slice_head=soft",
     "slice.backbone_share=2", "slice_backbone=test_convnext"],
)  # fmt: skip
def test_a_dense_configuration_that_cannot_be_is_refused(setting: str) -> None:
    with pytest.raises(TrainingError):
        fresh_nets(with_settings(CONFIG, [setting]))


def test_a_backbone_learns_at_its_share_of_the_rate() -> None:
    net = DenseSliceNet("test_efficientnet", width=8)
    stage = StageConfig(steps=1, batch_size=1, learning_rate=1e-3, backbone_share=0.25)
    groups = make_optimizer(net, stage).param_groups
    of_backbone = {id(p) for p in net.backbone.parameters()}
    for group in groups:
        inside = {id(p) in of_backbone for p in group["params"]}
        assert inside == {group["share"] == 0.25}
    assert sum(len(group["params"]) for group in groups) == len(list(net.parameters()))
