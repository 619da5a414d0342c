"""Scorers: the place of a mark, the neighbours of a slice."""

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from benchmarks.transfer.scorers import MapScorer, PipelineScorer, SliceNetScorer
from pe_models.bundle import ModelBundle, Preprocessing
from pe_models.imaging.volume import SliceStamp, Volume, VolumeOrigin
from pe_models.nets.dense_slice_net import DenseSliceNet
from pe_models.nets.tissues import STRIDE, Tissue
from pe_models.phantom.spec import PhantomSpec
from pe_models.phantom.study import make_phantom
from pe_models.pipeline import Pipeline
from pe_models.training.config import preset
from pe_models.training.files import write_json
from pe_models.training.loop.checkpoint import Checkpoint, save_checkpoint
from pe_models.training.run import RunFolder
from pe_models.training.weights.nets import fresh_nets

PARAMS = Preprocessing(pixel_mm=0.75)


class BrightNet(DenseSliceNet):
    """Says clot where the middle channel is bright."""

    def __init__(self) -> None:
        super().__init__("test_efficientnet", width=8)
        self.triplets: list[list[float]] = []
        with torch.no_grad():
            self.maps.weight.zero_()
            self.maps.weight[[Tissue.CLOT, Tissue.ARTERY], 0] = 10.0

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        self.triplets.append(x.amax(dim=(2, 3))[0].tolist())
        bright = torch.nn.functional.max_pool2d(x[:, 1:2], STRIDE)
        features = torch.cat([bright, torch.zeros_like(bright).expand(-1, 7, -1, -1)], dim=1)
        return features, torch.zeros(len(x), 64)


@pytest.fixture(autouse=True)
def without_an_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """The net notes what it was shown; an engine would compute without it."""
    monkeypatch.setitem(sys.modules, "openvino", None)


@pytest.fixture
def volume(volume_of: Callable[..., Volume]) -> Volume:
    """Lung with one bright cube at slices 7 to 9, rows 30 to 36, columns 50 to 56."""
    hu = np.full((16, 72, 80), -850.0)
    hu[7:10, 30:37, 50:57] = 500
    return volume_of(hu)


def a_chest() -> Volume:
    phantom = make_phantom(2, PhantomSpec(matrix=96, n_slices=20))
    stamps = tuple(SliceStamp(f"2.25.{k + 1}", k + 1, None, float(k)) for k in range(20))
    return Volume(phantom.hu, phantom.geometry, VolumeOrigin("2.25.1", "2.25.2", stamps))


def test_a_mark_lies_at_the_voxel_that_the_map_points_at(volume: Volume) -> None:
    found = SliceNetScorer(BrightNet(), PARAMS)(volume, [2, 8])
    assert found.slice_indices == (2, 8)
    assert found.scores[0] < 0.01 < 0.8 < found.scores[1]
    best = max(found.marks, key=lambda mark: mark.score)
    assert best.slice_index == 8
    assert 30 <= best.row <= 36
    assert 50 <= best.col <= 56


def test_maps_are_read_about_the_voxel_asked_for(volume: Volume) -> None:
    scorer = SliceNetScorer(BrightNet(), PARAMS)
    within, beside = (scorer.tissues_at(volume, (8, row, 53)) for row in (33, 15))
    assert within[Tissue.ARTERY] > 0.9 > 0.6 > beside[Tissue.ARTERY]


def test_the_neighbours_lie_a_fixed_distance_away(volume: Volume) -> None:
    net = BrightNet()
    SliceNetScorer(net, PARAMS)(volume, [6, 10])  # 2 mm apart: one slice away
    below, above = net.triplets
    assert [value > 0 for value in below] == [False, False, True]
    assert [value > 0 for value in above] == [True, False, False]


def test_a_bundle_is_scored_as_the_pipeline_scores_it(tiny_bundle: ModelBundle) -> None:
    volume = a_chest()
    pipeline = Pipeline(tiny_bundle, "cpu")
    findings = pipeline.run(volume)
    found = PipelineScorer(pipeline)(volume, [3, 5])
    assert found.scores.tolist() == [findings.slices[k].pe_score for k in (3, 5)]
    assert {mark.slice_index for mark in found.marks} == {3, 5}
    for mark in found.marks:
        assert findings.crop.row_min <= mark.row <= findings.crop.row_max
        assert findings.crop.col_min <= mark.col <= findings.crop.col_max


def test_maps_are_scored_by_their_own_evidence(dense_bundle: ModelBundle) -> None:
    volume = a_chest()
    found = MapScorer(Pipeline(dense_bundle, "cpu"))(volume, [3, 5])
    evidence = Pipeline(dense_bundle, "cpu").analyze(volume).evidence
    assert evidence is not None
    highest = [float(evidence.clot[k].max()) for k in (3, 5)]
    assert found.scores.shape == (2,)
    assert bool((found.scores > 1.0 / (1.0 + np.exp(-np.array(highest))) - 1e-3).all())


def test_a_pooled_bundle_has_no_maps_of_its_own(tiny_bundle: ModelBundle) -> None:
    with pytest.raises(TypeError, match="without maps"):
        MapScorer(Pipeline(tiny_bundle, "cpu"))(a_chest(), [3])


def test_a_pooled_bundle_has_no_slice_net_that_points(tiny_bundle: ModelBundle) -> None:
    with pytest.raises(TypeError, match="pooled"):
        SliceNetScorer.of_bundle(tiny_bundle)


def test_a_run_is_scored_by_its_slice_net(tmp_path: Path, volume: Volume) -> None:
    run, config = RunFolder(tmp_path), preset("tiny")
    net = fresh_nets(config).slice_classifier
    write_json(run.config_file, config.to_dict())
    averaged = {f"module.{name}": weight for name, weight in net.state_dict().items()}
    save_checkpoint(run.checkpoint_file("slice"), Checkpoint("slice", 1, {}, averaged, {}))
    found = SliceNetScorer.of_run(tmp_path)(volume, [4])
    expected = SliceNetScorer(net, config.preprocessing)(volume, [4])
    assert found.scores == pytest.approx(expected.scores)
