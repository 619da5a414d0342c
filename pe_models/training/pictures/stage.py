"""The stage of a picture net: pictures against their labels, by weighted cross-entropy."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from pe_models.nets.pictures import PictureNet
from pe_models.nets.pictures.inference import picture_logits
from pe_models.pictures import as_grey, normalise
from pe_models.tasks import PictureInput, Task
from pe_models.training.batches.augment import Draws, augment
from pe_models.training.batches.parts import WHOLE, Part
from pe_models.training.batches.samplers import StratifiedSampler, step_generator
from pe_models.training.loop.kept_weights import HELD_OUT_LOSS
from pe_models.training.losses.labels import masked_bce
from pe_models.training.pictures.arrays import PictureArrays
from pe_models.training.pictures.config import MEASURED_PICTURES, PictureConfig
from pe_models.training.pictures.split import PictureSplit
from pe_models.training.pictures.strata import picture_strata

_UNUSED_WIDTH_HU: Final = 1.0
"""Pictures are neither brightened nor made noisy in HU: some have none."""


class PictureStage:
    """Shrunk pictures, drawn by the task's sampling, varied, against the labels that are known."""

    def __init__(
        self,
        net: PictureNet,
        arrays: PictureArrays,
        split: PictureSplit,
        *,
        params: PictureInput,
        config: PictureConfig,
        device: torch.device,
        parts: Sequence[Part] = (WHOLE,),
    ) -> None:
        self.name = config.name
        self.net: nn.Module = net
        self._arrays, self._params, self._config = arrays, params, config
        self._device, self._parts = device, tuple(parts)
        self._labels, self._task = arrays.table.labels, arrays.table.task
        self._weights = torch.from_numpy(self._task.label_weights()).to(device)
        self._validation = split.validation[:: -(-len(split.validation) // MEASURED_PICTURES)]
        self._sampler = StratifiedSampler(
            picture_strata(self._task, self._labels, split.train),
            batch_size=config.stage.batch_size,
            seed=config.seed,
        )

    def loss(self, net: nn.Module, step: int, part: Part = WHOLE) -> Tensor:
        chosen = part.of(self._sampler.batch(step))
        grey = as_grey(self._small(chosen), self._params)
        draws = Draws(step_generator(self._config.seed, step), part)
        varied = augment(grey, self._config.augmentation, widths_hu=[_UNUSED_WIDTH_HU], draws=draws)
        x = normalise(varied, self._params).contiguous(memory_format=torch.channels_last)
        target = torch.from_numpy(self._labels[chosen]).to(self._device)
        return weighted_bce(net(x), target, self._weights)

    def measure(self, net: nn.Module) -> Mapping[str, float]:
        """The loss of the pictures to choose by, and how many with the summary label are found."""
        small, truth = self._arrays.small[self._validation], self._labels[self._validation]
        logits = picture_logits(net, small, self._params, self._device)
        target = torch.from_numpy(truth)
        loss = weighted_bce(torch.from_numpy(logits), target, self._weights.cpu())
        return {HELD_OUT_LOSS: float(loss), "recall": _recall(self._task, truth, logits)}

    def _small(self, chosen: NDArray[np.int64]) -> Tensor:
        return torch.from_numpy(np.array(self._arrays.small[chosen])).to(self._device)


def weighted_bce(logit: Tensor, target: Tensor, weights: Tensor) -> Tensor:
    """Scalar: the mean over known labels, each by its weight; all (batch, label) and (label,).

    Of a task whose labels are all known it is the task's weighted log loss.
    """
    known = (~torch.isnan(target)) * weights
    return (masked_bce(logit, target) * weights).sum() / known.sum().clamp_min(1e-12)


def _recall(task: Task, truth: NDArray[np.float32], logits: NDArray[np.float32]) -> float:
    summary = task.labels.index(task.summary_label)
    found = logits[truth[:, summary] == 1, summary] > 0
    return float(found.mean()) if found.size else 0.0
