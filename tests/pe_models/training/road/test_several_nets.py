"""The winner's recipe and ours of it, on tiny nets: two backbones, from a store to findings."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from torch.testing import assert_close

from pe_models import cli
from pe_models.bundle import Attention, Windowing, load_bundle
from pe_models.errors import BundleError
from pe_models.nets.inference import SliceReader, slice_output
from pe_models.nets.load import load_nets
from pe_models.pipeline import Pipeline
from pe_models.training.config import preset
from pe_models.training.export.bundle import export_bundle
from pe_models.training.loop.checkpoint import load_checkpoint
from pe_models.training.preparing.phantom_store import ArrayCohort, write_phantom_store
from pe_models.training.road.train import TrainOptions, train
from pe_models.training.run import RunFolder, RunState
from pe_models.training.store import Store
from pe_models.training.weights.nets import stages_of

if TYPE_CHECKING:
    from pe_models.imaging.volume import Volume

Trained = Callable[[str], RunFolder]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Eight phantoms of 64 x 64 px, half of them positive."""
    cohort = ArrayCohort(n_studies=8, seed=60, positive_fraction=0.5, matrix=64, n_slices=20)
    return write_phantom_store(tmp_path_factory.mktemp("store"), cohort)


@pytest.fixture(scope="module")
def trained(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """A whole run by a preset's name; each is trained once."""
    runs: dict[str, RunFolder] = {}

    def run(name: str) -> RunFolder:
        if name not in runs:
            folder = tmp_path_factory.mktemp(name)
            options = TrainOptions(device="cpu")
            assert (
                train(stages_of(preset(name)), store, folder, preset(name), options)
                is RunState.DONE
            )
            runs[name] = RunFolder(folder)
        return runs[name]

    return run


@pytest.mark.parametrize("name", ["tiny-xu2020", pytest.param("tiny-best", marks=pytest.mark.long)])
def test_the_whole_road_of_two_backbones_ends_in_findings(
    trained: Trained, tiny_chest: "Volume", tmp_path: Path, name: str
) -> None:
    run = trained(name)
    bundle = export_bundle(run, tmp_path / "b", name="two", version="1")
    again = load_bundle(tmp_path / "b")
    assert again.architecture == bundle.architecture
    assert [m.slice_classifier.backbone for m in again.architecture.members] == [
        "test_efficientnet", "test_resnet",
    ]  # fmt: skip
    findings = Pipeline(again, "cpu").run(tiny_chest)
    assert len(findings.slices) == tiny_chest.n_slices
    assert cli.main(["bundle", "verify", str(tmp_path / "b")]) == 0


def test_the_scores_of_a_bundle_are_the_mean_of_its_members(
    trained: Trained, tiny_chest: "Volume", tmp_path: Path
) -> None:
    """Against each member's nets, run alone as a bundle of one."""
    bundle = export_bundle(trained("tiny-xu2020"), tmp_path / "b", name="two", version="1")
    pipeline = Pipeline(bundle, "cpu")
    both = pipeline.analyze(tiny_chest)
    alone = []
    for member in pipeline._at_work.nets.members:
        single = Pipeline(bundle, "cpu")
        single._at_work.nets = replace(
            single._at_work.nets,
            slice_classifier=member.slice_classifier,
            sequence=member.sequence,
            others=(),
        )
        single._at_work._readers = (SliceReader(member.slice_classifier),)
        alone.append(single.analyze(tiny_chest))
    raw = [[s.pe_score_raw for s in a.findings.slices] for a in (both, *alone)]
    assert_close(np.array(raw[0]), np.mean(raw[1:], axis=0), rtol=0, atol=1e-9)
    assert np.abs(np.array(raw[1]) - raw[2]).max() > 1e-4
    maps = [a.heatmaps[7].values for a in (both, *alone)]
    assert_close(maps[0], np.mean(maps[1:], axis=0), rtol=0, atol=1e-5)


def test_the_map_on_request_is_the_one_that_came_with_the_findings(
    trained: Trained, tiny_chest: "Volume", tmp_path: Path
) -> None:
    pipeline = Pipeline(
        export_bundle(trained("tiny-xu2020"), tmp_path / "b", name="b", version="1")
    )
    came = pipeline.analyze(tiny_chest)
    asked = pipeline.explain(tiny_chest, 5, crop=came.findings.crop, method=came.heatmaps[5].method)
    assert_close(asked.values, came.heatmaps[5].values, rtol=0, atol=1e-5)


def test_a_bundle_without_the_net_of_a_member_is_refused(trained: Trained, tmp_path: Path) -> None:
    export_bundle(trained("tiny-xu2020"), tmp_path / "b", name="two", version="1")
    (tmp_path / "b" / "sequence-2.safetensors").unlink()
    with pytest.raises(BundleError, match=r"sequence-2\.safetensors"):
        load_bundle(tmp_path / "b")


def test_the_winners_weaknesses_travel_in_his_bundle(trained: Trained, tmp_path: Path) -> None:
    export_bundle(trained("tiny-xu2020"), tmp_path / "b", name="xu", version="1")
    bundle = load_bundle(tmp_path / "b")
    assert bundle.preprocessing.windowing is Windowing.OWN_RANGE
    assert bundle.preprocessing.neighbour_mm is None
    for member in bundle.architecture.members:
        assert member.sequence.steps == 16
        assert not member.sequence.masks_padding
        assert member.sequence.attention is Attention.PLACE
        assert member.sequence.bottleneck == 0
    assert bundle.zones is None
    assert "recipe" in bundle.calibration.calibrated_on


def test_one_epoch_shows_every_slice_and_the_last_weights_are_kept(
    trained: Trained, store: Store
) -> None:
    run = trained("tiny-xu2020")
    split = json.loads(run.split_file.read_text())
    n_slices = sum(s.n_slices for s in store.studies if s.key in split["train"])
    checkpoint = load_checkpoint(run.checkpoint_file("slice", 1), "slice")
    assert checkpoint.step == n_slices // 8
    kept = checkpoint.kept_weights
    assert all(torch.equal(kept[name], weight) for name, weight in checkpoint.net.items())


def test_each_slice_net_writes_features_of_its_own(trained: Trained, store: Store) -> None:
    run, study = trained("tiny-xu2020"), store.studies[0]
    one, two = (np.load(run.features_of(m) / f"{study.key}.npy") for m in (0, 1))
    assert len(one) == len(two) == study.n_slices
    assert one.shape != two.shape or np.abs(one - two).max() > 1e-3


def test_the_nets_of_a_bundle_of_two_are_those_that_were_saved(
    trained: Trained, tmp_path: Path
) -> None:
    bundle = export_bundle(trained("tiny-xu2020"), tmp_path / "b", name="two", version="1")
    x = torch.randn(1, 3, 64, 64)
    one, two = (
        [
            slice_output(m.slice_classifier, x).logit
            for m in load_nets(bundle, torch.device("cpu")).members
        ]
        for _ in range(2)
    )
    assert_close(one, two)
    assert not torch.equal(one[0], one[1])
