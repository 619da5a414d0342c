"""Exams brought to a fixed number of steps and back, as the competition's winner did.

By bilinear sampling without a low-pass filter: of 600 slices at 192 steps most never count. Here
for parity; SequenceNet takes exams of any length as they are.
"""

import torch
from torch import Tensor
from torch.nn import functional


def to_steps(features: Tensor, lengths: Tensor, steps: int) -> tuple[Tensor, Tensor]:
    """(batch, slice, embedding) -> (batch, steps, embedding) and how many of them are not padding.

    Exams longer than ``steps`` are shortened, shorter ones padded with zeros.
    """
    exams = [_exam(exam[:n], steps) for exam, n in zip(features, lengths.tolist(), strict=True)]
    return torch.stack(exams), lengths.clamp(max=steps)


def from_steps(image_logit: Tensor, lengths: Tensor, n_slices: int) -> Tensor:
    """(batch, steps) -> (batch, n_slices): scores are resized back, logits beyond the end are 0."""
    steps = image_logit.shape[1]
    exams = [
        functional.pad(_stretched(logit, n) if n > steps else logit[:n], (0, n_slices - n))
        for logit, n in zip(image_logit, lengths.tolist(), strict=True)
    ]
    return torch.stack(exams)


def resized(values: Tensor, steps: int) -> Tensor:
    """(slice, channel) -> (steps, channel), linearly between neighbours."""
    return functional.interpolate(values.T[None], size=steps, mode="linear", align_corners=False)[
        0
    ].T


def _exam(features: Tensor, steps: int) -> Tensor:
    if len(features) > steps:
        return resized(features, steps)
    return functional.pad(features, (0, 0, 0, steps - len(features)))


def _stretched(logit: Tensor, n_slices: int) -> Tensor:
    score = resized(torch.sigmoid(logit)[:, None], n_slices)[:, 0]
    return torch.logit(score, eps=1e-6)
