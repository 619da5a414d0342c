"""Scores of a net that was shown more of a kind than there is become probabilities again."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from pe_models.bundle import PictureArchitecture
from pe_models.imaging.volume import VolumeKind
from pe_models.nets.pictures import build_picture_net
from pe_models.nets.pictures.inference import picture_scores
from pe_models.tasks import HEMORRHAGE
from pe_models.training.config.stage import StageConfig
from pe_models.training.pictures.arrays import PictureArrays
from pe_models.training.pictures.calibrate import calibrate_pictures
from pe_models.training.pictures.config import PictureConfig
from pe_models.training.pictures.table import Picture, PictureTable
from pe_models.training.pictures.train import TrainedPictures

CPU = torch.device("cpu")
ARCHITECTURE = PictureArchitecture("simple-cnn", 0.25)
STAGE = StageConfig(steps=1, batch_size=1, learning_rate=1e-3, warmup_steps=0)


@pytest.fixture
def arrays() -> PictureArrays:
    """Half of 400 pictures are bright, and of these one in five bleeds; epidural blood has none."""
    rng = np.random.default_rng(6)
    is_bright = np.arange(400) % 2 == 0
    small = np.where(is_bright[:, None, None], 70, 10) + rng.integers(-5, 5, (400, 32, 32))
    bleeds = is_bright & (rng.random(400) < 0.2)
    labels = np.repeat(bleeds[:, None], 6, axis=1).astype(float)
    labels[:, 0] = 0.0
    pictures = tuple(
        Picture(f"s{k}", f"p{k}", Path(f"{k}.dcm"), tuple(row)) for k, row in enumerate(labels)
    )
    return PictureArrays(
        PictureTable(HEMORRHAGE, pictures), small.astype(np.int16), VolumeKind.HU, ()
    )


@pytest.fixture
def trained() -> TrainedPictures:
    """A net that knows bright from dark, and names every bright picture."""
    params = replace(HEMORRHAGE.picture, px=32)
    torch.manual_seed(2)
    net = build_picture_net(ARCHITECTURE, params, n_labels=6).eval()
    return TrainedPictures(net, params, PictureConfig("net", ARCHITECTURE, 32, STAGE))


def test_the_mean_score_becomes_the_prevalence(
    arrays: PictureArrays, trained: TrainedPictures
) -> None:
    with torch.no_grad():
        trained.net.head.bias += 2.0
    part = np.arange(400)
    before = picture_scores(trained.net, arrays.small, trained.params, CPU)
    calibrate_pictures(trained, arrays, part)
    after = picture_scores(trained.net, arrays.small, trained.params, CPU)
    truth = arrays.table.labels
    assert before[:, 5].mean() > 0.5
    assert after[:, 5].mean() == pytest.approx(truth[:, 5].mean(), abs=0.02)


def test_no_order_is_changed_and_a_label_without_examples_stays(
    arrays: PictureArrays, trained: TrainedPictures
) -> None:
    before = picture_scores(trained.net, arrays.small, trained.params, CPU)
    calibrate_pictures(trained, arrays, np.arange(400))
    after = picture_scores(trained.net, arrays.small, trained.params, CPU)
    assert np.array_equal(after[:, 0], before[:, 0])
    for k in range(1, 6):
        order = np.argsort(before[:, k], kind="stable")
        assert (np.diff(after[order, k]) >= -1e-3).all()  # but for rounding
