"""Losses in which an unknown label (NaN) has no part."""

import torch
from torch import Tensor
from torch.nn import functional

from pe_models.labels import EXAM_LABELS, EXAM_WEIGHTS, IMAGE_WEIGHT
from pe_models.nets.sequence import SequenceOutput


def masked_bce(logit: Tensor, target: Tensor) -> Tensor:
    """Binary cross-entropy of each element, 0 where ``target`` is NaN; same shape."""
    known = ~torch.isnan(target)
    loss = functional.binary_cross_entropy_with_logits(
        logit, torch.nan_to_num(target), reduction="none"
    )
    return loss * known


def mean_known_bce(logit: Tensor, target: Tensor) -> Tensor:
    """Mean binary cross-entropy over the known targets; 0 where none is known."""
    n_known = (~torch.isnan(target)).sum().clamp_min(1)
    return masked_bce(logit, target).sum() / n_known


def box_l1(box: Tensor, target: Tensor) -> Tensor:
    """Mean absolute error of boxes (batch, 4)."""
    return functional.l1_loss(box, target)


def metric_loss(
    output: SequenceOutput,
    exam: Tensor,
    image: Tensor,
    *,
    image_floor: float = 0.0,
    image_gain: float = 1.0,
    total: Tensor | None = None,
) -> Tensor:
    """The competition's metric as a loss; ``image_floor`` 0 and ``image_gain`` 1 are the metric.

    ``exam`` (batch, label) and ``image`` (batch, slice) hold 0, 1, or NaN for unknown and for
    padding. An exam's images weigh with q, its share of positive images, as in
    ``[sum w_j BCE + sum w q BCE] / [exams + sum w q n]``; q is raised to ``image_floor``, so that
    false positives in negative exams count. ``total`` stands in for the divisor, where this is a
    part of a batch.
    """
    image_weight = _image_weight(image, image_floor, image_gain)
    image_sum = (masked_bce(output.image_logit, image).sum(dim=1) * image_weight).sum()
    if total is None:
        total = metric_weight(image, image_floor=image_floor, image_gain=image_gain)
    return (_exam_sum(output, exam) + image_sum) / total


def metric_weight(image: Tensor, *, image_floor: float, image_gain: float) -> Tensor:
    """What the metric of exams with images (batch, slice) is divided by."""
    image_weight = _image_weight(image, image_floor, image_gain)
    return len(image) + (image_weight * _n_known(image)).sum()


def xu_loss(
    output: SequenceOutput,
    exam: Tensor,
    image: Tensor,
    weight: Tensor,
    *,
    n_exams: float,
    n_steps: float,
) -> Tensor:
    """The winner's: a mean over exams, plus one over the steps of all exams.

    ``exam`` and ``image`` as in ``metric_loss``, labels of shortened exams between 0 and 1;
    ``weight`` (batch,) is that of an exam's images. ``n_exams`` and ``n_steps`` are divided by.
    """
    image_sum = (masked_bce(output.image_logit, image).sum(dim=1) * weight).sum()
    return _exam_sum(output, exam) / n_exams + image_sum / n_steps


def _exam_sum(output: SequenceOutput, exam: Tensor) -> Tensor:
    weights = exam.new_tensor([EXAM_WEIGHTS[label] for label in EXAM_LABELS])
    return (masked_bce(output.exam_logit, exam) * weights).sum()


def _image_weight(image: Tensor, floor: float, gain: float) -> Tensor:
    """(batch,) of each image of an exam."""
    positive = torch.nan_to_num(image).sum(dim=1)
    share = (positive / _n_known(image).clamp_min(1)).clamp_min(floor)
    return IMAGE_WEIGHT * gain * share


def _n_known(image: Tensor) -> Tensor:
    return (~torch.isnan(image)).sum(dim=1)
