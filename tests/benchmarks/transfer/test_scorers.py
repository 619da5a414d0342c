"""Scorers: the place of a mark, the neighbours of a slice."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor

from benchmarks.transfer.dense_net import STRIDE, DenseNet, DenseOutput
from benchmarks.transfer.scorers import DenseScorer
from pe_models.imaging.volume import Volume


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
