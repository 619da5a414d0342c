"""The heart's stage: crops against the ventricle of each pixel."""

from collections.abc import Mapping, Sequence
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from pe_models.nets.heart_net import HeartNet, Ventricle, ventricle_scores
from pe_models.training.batches.ahead import Ahead
from pe_models.training.batches.parts import WHOLE, Part
from pe_models.training.heart.sampler import HeartBatch
from pe_models.training.loop.kept_weights import HELD_OUT_LOSS

_OVERLAP_WEIGHT: Final = 0.5
_SMOOTH_PX: Final = 50.0


class HeartStage:
    """Cross-entropy, and the overlap of each ventricle (Dice; Milletari et al. 2016, arXiv
    1606.04797): most pixels are neither.
    """

    name = "heart"

    def __init__(
        self,
        net: HeartNet,
        batches: Ahead[HeartBatch],
        held_out: HeartBatch | None,
        device: torch.device,
        parts: Sequence[Part] = (WHOLE,),
    ) -> None:
        self.net: nn.Module = net
        self._batches, self._held_out = batches, held_out
        self._device, self._parts = device, tuple(parts)

    def loss(self, net: nn.Module, step: int, part: Part = WHOLE) -> Tensor:
        place = step * len(self._parts) + self._parts.index(part)
        return heart_loss(*self._said(net, self._batches.at(place)))

    def measure(self, net: nn.Module) -> Mapping[str, float]:
        """The loss of held-out crops, and how far each ventricle was found (Dice)."""
        if self._held_out is None:
            return {}
        maps, target = self._said(net, self._held_out)
        found = overlaps(ventricle_scores(maps), target)
        return {
            HELD_OUT_LOSS: float(heart_loss(maps, target)),
            "right_overlap": float(found[Ventricle.RIGHT]),
            "left_overlap": float(found[Ventricle.LEFT]),
        }

    def _said(self, net: nn.Module, batch: HeartBatch) -> tuple[Tensor, Tensor]:
        x = batch.x.to(self._device, memory_format=torch.channels_last)
        return net(x), batch.target.to(self._device)


def heart_loss(maps: Tensor, target: Tensor) -> Tensor:
    """Scalar; ``maps`` (batch, ventricle and neither, row, col) are logits, ``target`` (batch, row,
    col) as in HeartBatch.
    """
    missed = 1.0 - overlaps(ventricle_scores(maps), target).mean()
    return functional.cross_entropy(maps.float(), target) + _OVERLAP_WEIGHT * missed


def overlaps(scores: Tensor, target: Tensor) -> Tensor:
    """(ventricle,): Dice over the whole batch; ``scores`` (batch, ventricle, row, col)."""
    wanted = torch.stack([target == ventricle for ventricle in Ventricle], dim=1).to(scores.dtype)
    both = 2.0 * (scores * wanted).sum(dim=(0, 2, 3)) + _SMOOTH_PX
    return both / ((scores + wanted).sum(dim=(0, 2, 3)) + _SMOOTH_PX)
