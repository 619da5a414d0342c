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
) -> Tensor:
    """The competition's metric as a loss; ``image_floor`` 0 and ``image_gain`` 1 are the metric.

    ``exam`` (batch, label) and ``image`` (batch, slice) hold 0, 1, or NaN for unknown and for
    padding. An exam's images weigh with q, its share of positive images, as in
    ``[sum w_j BCE + sum w q BCE] / [exams + sum w q n]``; q is raised to ``image_floor``, so that
    false positives in negative exams count.
    """
    weights = exam.new_tensor([EXAM_WEIGHTS[label] for label in EXAM_LABELS])
    known = ~torch.isnan(image)
    n_known = known.sum(dim=1)
    positive = torch.nan_to_num(image).sum(dim=1)
    share = (positive / n_known.clamp_min(1)).clamp_min(image_floor)  # (batch,)
    image_weight = IMAGE_WEIGHT * image_gain * share
    exam_sum = (masked_bce(output.exam_logit, exam) * weights).sum()
    image_sum = (masked_bce(output.image_logit, image).sum(dim=1) * image_weight).sum()
    return (exam_sum + image_sum) / (len(exam) + (image_weight * n_known).sum())
