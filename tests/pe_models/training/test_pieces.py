"""Samplers, losses, augmentation, settings: the small parts that training stands on."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.testing import assert_close

from pe_models.bundle import SliceHead
from pe_models.errors import TrainingError
from pe_models.labels import EXAM_LABELS, EXAM_WEIGHTS, IMAGE_WEIGHT
from pe_models.nets.sequence import SequenceOutput
from pe_models.training.batches.augment import Draws, augment, augment_boxed, finer_steps
from pe_models.training.batches.samplers import (
    StratifiedSampler,
    Stream,
    balanced_slices,
    step_generator,
)
from pe_models.training.config import PRESETS, Augmentation, config_from, preset, with_settings
from pe_models.training.losses.labels import mean_known_bce, metric_loss

NAN = float("nan")
STILL = Augmentation(
    shift=0.0,
    scale=0.0,
    rotation_degrees=0.0,
    contrast=0.0,
    brightness_hu=0.0,
    noise_low_hu=1e-6,
    noise_high_hu=1e-6,
)


def test_a_stream_shows_every_member_once_an_epoch() -> None:
    stream = Stream(np.arange(10, 17), seed=3)
    first, second = stream.take(0, 7).tolist(), stream.take(7, 7).tolist()
    assert sorted(first) == sorted(second) == list(range(10, 17))
    assert first != second


def test_a_stream_read_from_the_middle_is_the_same_stream() -> None:
    members = np.arange(5)
    whole = Stream(members, seed=3).take(0, 23)
    assert Stream(members, seed=3).take(9, 14).tolist() == whole[9:].tolist()


def test_batches_are_balanced_over_slices_and_kinds_of_exam() -> None:
    labels = np.array([1, 1, 0, 0, 0, 0, 0, 0, NAN], dtype=np.float32)
    of_positive_exam = np.array([1, 1, 1, 1, 0, 0, 0, 0, 1], dtype=bool)
    strata = balanced_slices(labels, of_positive_exam)
    sampler = StratifiedSampler(strata, batch_size=8, seed=1)
    for step in range(5):
        batch = sampler.batch(step)
        assert labels[batch].sum() == 4
        assert of_positive_exam[batch].sum() == 6
        assert 8 not in batch


def test_an_empty_stratum_gives_its_share_to_the_others() -> None:
    strata = [(0.5, np.array([7])), (0.5, np.array([], dtype=np.int64))]
    assert StratifiedSampler(strata, batch_size=3, seed=1).batch(0).tolist() == [7, 7, 7]


def test_an_unknown_label_has_no_part_in_the_loss() -> None:
    logit = torch.tensor([0.3, -1.0, 2.0], requires_grad=True)
    loss = mean_known_bce(logit, torch.tensor([1.0, NAN, 0.0]))
    loss.backward()
    known = torch.nn.functional.binary_cross_entropy_with_logits(
        torch.tensor([0.3, 2.0]), torch.tensor([1.0, 0.0])
    )
    assert_close(loss.detach(), known)
    assert logit.grad is not None
    assert logit.grad[1] == 0
    assert (logit.grad[[0, 2]] != 0).all()


def test_a_batch_of_unknown_labels_has_loss_0() -> None:
    assert mean_known_bce(torch.ones(2), torch.full((2,), NAN)) == 0


def test_the_sequence_loss_is_the_metric() -> None:
    """Against the formula of the competition, written out with plain loops."""
    rng = np.random.default_rng(4)
    image = [np.array([1, 0, 0, 1, 0.0]), np.array([0, 0, 0.0])]
    exam = rng.integers(0, 2, (2, 9)).astype(float)
    image_logit, exam_logit = rng.normal(size=(2, 5)), rng.normal(size=(2, 9))

    def bce(truth: float, logit: float) -> float:
        score = 1 / (1 + math.exp(-logit))
        return -math.log(score if truth == 1 else 1 - score)

    total, weight = 0.0, 2.0
    for i in range(2):
        q = image[i].mean()
        total += sum(
            EXAM_WEIGHTS[label] * bce(exam[i, j], exam_logit[i, j])
            for j, label in enumerate(EXAM_LABELS)
        )
        total += sum(IMAGE_WEIGHT * q * bce(t, image_logit[i, k]) for k, t in enumerate(image[i]))
        weight += IMAGE_WEIGHT * q * len(image[i])
    padded = torch.tensor(np.array([image[0], [*image[1], NAN, NAN]]))
    output = SequenceOutput(torch.tensor(image_logit), torch.tensor(exam_logit))
    assert float(metric_loss(output, torch.tensor(exam), padded)) == pytest.approx(total / weight)


def test_images_of_negative_exams_count_with_the_floor_alone() -> None:
    output = SequenceOutput(torch.full((1, 3), 2.0), torch.zeros(1, 9))
    exam, image = torch.zeros(1, 9), torch.zeros(1, 3)
    assert metric_loss(output, exam, image) == pytest.approx(math.log(2))
    assert metric_loss(output, exam, image, image_floor=0.1) > math.log(2) + 0.01


def test_augmentation_never_flips() -> None:
    grey = torch.zeros(1, 3, 40, 60)
    grey[:, :, :20, 40:] = 1.0
    for step in range(20):
        varied = augment(grey, Augmentation(), width_hu=700.0, draws=Draws(step_generator(1, step)))
        assert varied[:, :, :15, 45:].mean() > varied[:, :, 25:, :15].mean() + 0.3
        assert varied[:, :, :15, 45:].mean() > varied[:, :, :15, :15].mean() + 0.3


def test_augmentation_with_everything_off_changes_nothing() -> None:
    grey = torch.rand(2, 3, 24, 24)
    same = augment(grey, STILL, width_hu=700.0, draws=Draws(step_generator(1, 1)))
    assert_close(same, grey, atol=1e-5, rtol=0)


def test_augmentation_is_a_function_of_seed_and_step() -> None:
    grey = torch.rand(2, 3, 24, 24)

    def varied(step: int) -> torch.Tensor:
        return augment(grey, Augmentation(), width_hu=700.0, draws=Draws(step_generator(5, step)))

    assert_close(varied(3), varied(3), atol=0, rtol=0)
    assert (varied(3) - varied(4)).abs().max() > 0.01


def test_noise_has_the_strength_that_was_asked_for() -> None:
    noisy = replace(STILL, noise_low_hu=30.0, noise_high_hu=30.0)
    grey = torch.full((4, 3, 64, 64), 0.5)
    varied = augment(grey, noisy, width_hu=700.0, draws=Draws(step_generator(1, 1)))
    assert_close(varied.std(dim=(2, 3)), torch.full((4, 3), 30 / 700), rtol=0.02, atol=0)


def test_a_box_moves_with_its_slice() -> None:
    x = torch.zeros(6, 3, 100, 100)
    x[:, :, 30:60, 20:80] = 1.0
    boxes = torch.tensor([[0.2, 0.3, 0.8, 0.6]]).repeat(6, 1)
    moved, placed = augment_boxed(x, boxes, Augmentation(), draws=Draws(step_generator(2, 7)))
    for image, box in zip(moved, placed, strict=True):
        rows = torch.nonzero(image[0].amax(dim=1) > 0.5).flatten()
        cols = torch.nonzero(image[0].amax(dim=0) > 0.5).flatten()
        seen = torch.stack([cols[0], rows[0], cols[-1] + 1, rows[-1] + 1]) / 100
        assert_close(box, seen, atol=0.015, rtol=0)
    assert (placed - boxes).abs().max() > 0.02


def test_an_exam_may_be_seen_as_if_its_slices_lay_closer() -> None:
    features = torch.arange(5.0)[:, None].repeat(1, 3)
    image = torch.tensor([0.0, 0.0, 1.0, 1.0, NAN])
    lengths = set()
    for step in range(40):
        steps, labels = finer_steps(
            features, image, slice_mm=2.5, finest_mm=1.0, generator=step_generator(1, step)
        )
        n = len(steps)
        lengths.add(n)
        assert len(labels) == n
        assert_close(steps[:, 1], torch.linspace(0, 4, n))
        positive = torch.nonzero(labels == 1).flatten() * 4 / (n - 1)
        assert positive.min() >= 1.5
        assert positive.max() <= 3.5
        assert torch.isnan(labels[-1])
    assert min(lengths) == 5
    assert max(lengths) == 11  # (5 - 1) * 2.5 + 1


def test_an_exam_of_thin_slices_stays_as_it_is() -> None:
    features, image = torch.rand(7, 3), torch.zeros(7)
    steps, labels = finer_steps(
        features, image, slice_mm=0.8, finest_mm=1.0, generator=step_generator(1, 1)
    )
    assert steps is features
    assert labels is image


@pytest.mark.parametrize("name", sorted(PRESETS))
def test_a_configuration_survives_json(name: str) -> None:
    config = preset(name)
    again = config_from(json.loads(json.dumps(config.to_dict())))
    assert again == config
    assert isinstance(again.slice_head, SliceHead)


def test_a_configuration_of_a_run_before_there_were_dense_nets_is_pooled() -> None:
    record = preset("tiny-pooled").to_dict()
    for name in ("slice_head", "decoder_width", "crops"):
        del record[name]
    assert config_from(record).slice_head is SliceHead.POOLED


def test_a_setting_may_be_switched_on_and_off() -> None:
    config = with_settings(preset("tiny-pooled"), ["preprocessing.pixel_mm=1.5"])
    assert config.preprocessing.pixel_mm == 1.5
    assert with_settings(config, ["preprocessing.pixel_mm=none"]) == preset("tiny-pooled")
    dense = with_settings(config, ["slice_head=dense"])
    assert dense.slice_head is SliceHead.DENSE


def test_settings_change_nested_values_by_their_type() -> None:
    config = with_settings(
        preset("tiny"), ["slice.steps=7", "seed=5", "imagenet_start=false", "slice.dropout=0.1"]
    )
    assert (config.slice.steps, config.seed, config.slice.dropout) == (7, 5, 0.1)
    assert config.imagenet_start is False
    assert with_settings(config, ["preprocessing.window.width_hu=800"]).preprocessing.window == (
        replace(config.preprocessing.window, width_hu=800.0)
    )


@pytest.mark.parametrize(
    "setting",
    ["slice.stepps=3", "slice=3", "seed.x=1", "seed", "slice.steps=many", "slice.steps=0",
     "imagenet_start=maybe"],
)  # fmt: skip
def test_a_wrong_setting_is_refused(setting: str) -> None:
    with pytest.raises(TrainingError):
        with_settings(preset("tiny"), [setting])


def test_an_unknown_preset_names_those_there_are() -> None:
    with pytest.raises(TrainingError, match="ship"):
        preset("huge")
