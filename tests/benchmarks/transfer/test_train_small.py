"""A training of seconds, from cached phantoms to weights that score."""

from pathlib import Path

import numpy as np
import pytest
import torch

from benchmarks.transfer.dense_net import DenseNet
from benchmarks.transfer.phantom_cache import BLOOD, CLOT
from benchmarks.transfer.train_small import Pool, SmallTraining, train


@pytest.fixture
def paths(tmp_path: Path) -> list[Path]:
    """Six small phantoms in the cache's format, two of them easy."""
    rng = np.random.default_rng(0)
    made = []
    for seed in range(6):
        label = np.zeros((4, 160, 160), dtype=np.uint8)
        label[:, 60:90, 60:90] = BLOOD
        label[1:3, 70:80, 70:80] = CLOT
        hu = np.array([-850, 400, 250, 50], dtype=np.int16)[label]
        path = tmp_path / f"{seed:06d}.npz"
        noisy = (hu + rng.normal(0, 9, hu.shape)).astype(np.int16)
        np.savez(
            path,
            hu=noisy,
            label=label,
            lookalikes=np.zeros((0, 3), int),
            lookalike_kinds=np.zeros(0, "U4"),
            pixel_mm=0.75,
            seed=seed,
        )
        made.append(path)
    return made


def test_easy_batches_come_from_easy_phantoms_alone(paths: list[Path]) -> None:
    pool = Pool(paths, SmallTraining(batch=2, pool=3), np.random.default_rng(0))
    for _ in range(4):
        x, labels = pool.batch(is_easy=True)
        assert x.shape == (2, 3, 128, 128)
        assert labels.shape == (2, 128, 128)
    assert {phantom.seed for phantom, _ in pool._held} <= {1, 5}


def test_the_training_ends_when_its_time_is_up(paths: list[Path]) -> None:
    torch.manual_seed(0)
    start = DenseNet()
    before = start.head.weight.detach().clone()
    net, steps = train(start, paths, SmallTraining(minutes=0.04, batch=2, pool=2))
    assert steps >= 1
    assert not net.training
    assert all(torch.isfinite(p).all() for p in net.parameters())
    assert not torch.equal(net.head.weight, before)
