"""On which device and with how many threads nets compute."""

import torch

from pe_models.errors import InputError


def choose_device(wanted: str | torch.device) -> torch.device:
    """``auto`` is CUDA where there is one, else the CPU. Raises InputError where it is missing."""
    has_cuda = torch.cuda.is_available()
    if wanted == "auto":
        return torch.device("cuda" if has_cuda else "cpu")
    device = torch.device(wanted)
    if device.type == "cuda" and not has_cuda:
        raise InputError("There is no CUDA device here; use --device cpu or auto.")
    return device


def use_threads(n_threads: int) -> None:
    """How many threads the nets use in this process, from now on."""
    torch.set_num_threads(n_threads)
