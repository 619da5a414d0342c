"""A slice net put to use: inference mode, and float32 on every processor."""

import torch
from torch import Tensor

from pe_models.nets.load import SliceNet
from pe_models.nets.slice_output import SliceOutput


def slice_output(net: SliceNet, x: Tensor) -> SliceOutput:
    """What ``net`` says of ``x`` (batch, 3, row, col), in float32, without gradients.

    Not in bfloat16 where the processor has it: that moved scores by up to 0.05, so that a study
    would have had other flags on another machine.
    """
    with torch.inference_mode():
        return net(x)  # type: ignore[no-any-return]
