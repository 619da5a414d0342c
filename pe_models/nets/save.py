"""Nets become the files of a ModelBundle."""

import torch
from safetensors.torch import save as write_safetensors
from torch import nn

from pe_models.bundle import LOCALIZER_FILE, REFINER_FILE, member_files
from pe_models.errors import BundleError
from pe_models.nets.load import Nets


def net_files(nets: Nets) -> dict[str, bytes]:
    """The bundle's file of each net."""
    files = {LOCALIZER_FILE: half_weights(nets.localizer)}
    for index, member in enumerate(nets.members):
        slices_file, sequence_file = member_files(index)
        files[slices_file] = half_weights(member.slice_classifier)
        files[sequence_file] = half_weights(member.sequence)
    if nets.refiner is not None:
        files[REFINER_FILE] = half_weights(nets.refiner)
    return files


def half_weights(net: nn.Module) -> bytes:
    """The weights as a safetensors file, floating point ones as float16.

    Raises BundleError where a weight is not finite in float16.
    """
    weights = {}
    for name, weight in net.state_dict().items():
        stored = weight.half() if weight.is_floating_point() else weight
        if not bool(torch.isfinite(stored).all()):
            raise BundleError(f"Weight {name} is not finite as float16; the net cannot be bundled.")
        weights[name] = stored.cpu().contiguous()
    return write_safetensors(weights)
