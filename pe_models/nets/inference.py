"""A slice net put to use: inference mode, and the precision that its device computes natively."""

from contextlib import AbstractContextManager, nullcontext
from functools import cache

import torch
from torch import Tensor

from pe_models.nets.dense_slice_net import DenseSliceNet
from pe_models.nets.load import SliceNet
from pe_models.nets.slice_output import SliceOutput


def slice_output(net: SliceNet, x: Tensor) -> SliceOutput:
    """What ``net`` says of ``x`` (batch, 3, row, col), in float32, without gradients.

    A dense net computes its features in bfloat16 where the processor does so itself: a third of
    the time on a CPU with AVX512-BF16. Its maps and all that is read from them stay in float32.
    """
    with torch.inference_mode(), _precision(net, x.device):
        return net(x)  # type: ignore[no-any-return]


def _precision(net: SliceNet, device: torch.device) -> AbstractContextManager[object]:
    if isinstance(net, DenseSliceNet) and _has_bfloat16(device.type):
        return torch.autocast(device.type, torch.bfloat16)
    return nullcontext()


@cache
def _has_bfloat16(device_type: str) -> bool:
    if device_type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    if not hasattr(torch.cpu, "get_capabilities"):  # an older torch
        return False
    can = torch.cpu.get_capabilities()
    return bool(can.get("avx512_bf16") or can.get("amx_bf16"))
