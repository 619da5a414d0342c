"""A slice net put to use: inference mode, and float32 on every processor."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor

from pe_models.nets.load import SliceNet
from pe_models.nets.openvino_engine import openvino_engine
from pe_models.nets.slice_output import SliceOutput

Engine = Callable[[Tensor], tuple[Tensor, ...]]
"""Another way to compute a net's ``encode``."""


def slice_output(net: SliceNet, x: Tensor, engine: Engine | None = None) -> SliceOutput:
    """What ``net`` says of ``x`` (batch, channel, row, col), in float32, without gradients.

    Not in bfloat16 where the processor has it: that moved scores by up to 0.05, so that a study
    would have had other flags on another machine.
    """
    with torch.inference_mode():
        return net.read(*(net.encode(x) if engine is None else engine(x)))


@dataclass(frozen=True, slots=True, eq=False)
class SliceReader:
    """A slice net whose weights stay as they are, and what computes its convolutions."""

    net: SliceNet
    engine: Engine | None = None

    @classmethod
    def of(cls, net: SliceNet, *, is_final: bool = True) -> Self:
        """``net``, in inference mode on its device; on a CPU with an engine, where there is one.

        The engine of a net that ``is_final`` is kept in the cache for the next time.
        """
        if next(net.parameters()).device.type != "cpu":
            return cls(net)
        return cls(net, openvino_engine(net, is_kept=is_final))

    def __call__(self, x: Tensor) -> SliceOutput:
        """As ``slice_output``."""
        return slice_output(self.net, x, self.engine)
