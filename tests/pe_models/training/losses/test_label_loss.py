"""Losses of labels: the metric itself, in which what is unknown has no part."""

import math

import numpy as np
import pytest
import torch
from torch.testing import assert_close

from pe_models.labels import EXAM_LABELS, EXAM_WEIGHTS, IMAGE_WEIGHT
from pe_models.nets.sequence import SequenceOutput
from pe_models.nets.slice_classifier import SliceClassifier
from pe_models.training.losses.labels import mean_known_bce, metric_loss

NAN = float("nan")


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


def test_a_net_overfits_two_samples() -> None:
    torch.manual_seed(2)
    net = SliceClassifier("test_efficientnet")
    x, target = torch.randn(2, 3, 64, 64), torch.tensor([1.0, 0.0])
    optimizer = torch.optim.AdamW(net.parameters(), lr=3e-3)
    losses = []
    for _ in range(40):
        optimizer.zero_grad()
        loss = mean_known_bce(net(x).logit, target)
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    assert losses[0] > 0.4
    assert losses[-1] < 0.02
