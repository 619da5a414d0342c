"""Scorers: the place of a mark, the neighbours of a slice."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from benchmarks.transfer.dense_net import STRIDE, DenseNet, DenseOutput
from benchmarks.transfer.measure import as_volume
from benchmarks.transfer.phantom_cache import make_cached, read_cached
from benchmarks.transfer.scorers import DenseScorer, PipelineScorer
from pe_models.bundle import ModelBundle
from pe_models.imaging.volume import Volume
from pe_models.pipeline import Pipeline


class BrightNet(DenseNet):
    """Says clot where the middle channel is bright."""

    def __init__(self) -> None:
        torch.nn.Module.__init__(self)
        self.triplets: list[list[float]] = []

    def forward(self, x: Tensor) -> DenseOutput:
        self.triplets.append(x.amax(dim=(2, 3))[0].tolist())
        bright = torch.nn.functional.max_pool2d(x[:, 1:2], STRIDE)[:, 0]
        logit = 20.0 * (bright - 0.5)
        return DenseOutput(logit, logit, -logit)


@pytest.fixture
def volume(volume_of: Callable[..., Volume]) -> Volume:
    """Lung with one bright cube at slices 7 to 9, rows 30 to 36, columns 50 to 56."""
    hu = np.full((16, 72, 80), -850.0)
    hu[7:10, 30:37, 50:57] = 500
    return volume_of(hu)


def test_a_mark_lies_at_the_voxel_that_the_map_points_at(volume: Volume) -> None:
    found = DenseScorer(BrightNet())(volume, [2, 8])
    assert found.slice_indices == (2, 8)
    assert found.scores[0] < 0.01 < 0.9 < found.scores[1]
    best = max(found.marks, key=lambda mark: mark.score)
    assert best.slice_index == 8
    assert 30 <= best.row <= 36
    assert 50 <= best.col <= 56


def test_the_neighbours_lie_a_fixed_distance_away(volume: Volume) -> None:
    net = BrightNet()
    DenseScorer(net)(volume, [6, 10])  # 2 mm apart: one slice away
    below, above = net.triplets
    assert [value > 0 for value in below] == [False, False, True]
    assert [value > 0 for value in above] == [True, False, False]


def test_a_bundle_is_scored_as_the_pipeline_scores_it(
    tmp_path: Path, tiny_bundle: ModelBundle
) -> None:
    path = make_cached(tmp_path, 2, n_slices=12)
    assert path is not None
    volume = as_volume(read_cached(path))
    pipeline = Pipeline(tiny_bundle, "cpu")
    findings = pipeline.run(volume)
    found = PipelineScorer(pipeline)(volume, [3, 5])
    assert found.scores.tolist() == [findings.slices[k].pe_score for k in (3, 5)]
    assert {mark.slice_index for mark in found.marks} == {3, 5}
    for mark in found.marks:
        assert findings.crop.row_min <= mark.row <= findings.crop.row_max
        assert findings.crop.col_min <= mark.col <= findings.crop.col_max
